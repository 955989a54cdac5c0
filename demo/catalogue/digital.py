"""What the demo shop sells under Digital & phone numbers."""

from demo.drawings import digital
from demo.items import Item, Picture, Shelf, keys, numbered

SHELF = Shelf(
    "digital-numbers",
    "Digital & phone numbers",
    (
        Item(
            "DI-VAULT",
            "password-vault-licence",
            "Password vault, licence key",
            "29.00",
            "One key for five devices, for good. Everything is encrypted before it leaves your hands. "
            "The key appears on your order as soon as it is paid.",
            (Picture(digital.licence_key, "A golden key on violet ground"),),
            numbers=keys("VAULT", 60),
            numbers_reusable=False,
        ),
        Item(
            "DI-PHOTO",
            "photo-editor-licence",
            "Photo editor, licence key",
            "45.00",
            "Light, colour and crop, without a subscription. Opens raw files of all usual cameras. "
            "Updates are free for three years.",
            (Picture(digital.photo_editor, "A photo editor's window with a picture and sliders"),),
            numbers=keys("PHOTO", 48),
            numbers_reusable=False,
        ),
        Item(
            "DI-WRITER",
            "writing-desk-licence",
            "Writing desk, licence key",
            "35.00",
            "A screen with your text on it and nothing else. It keeps every version and exports to "
            "all that a publisher may ask for. One key, two computers.",
            (Picture(digital.writing_app, "A laptop with a page of text, and a red quill"),),
            numbers=keys("WRITE", 36),
            numbers_reusable=False,
        ),
        Item(
            "DI-PHONE-HN",
            "hanoi-phone-number",
            "Hà Nội phone number",
            "6.00",
            "A fixed-line number in Hà Nội that rings wherever you are. Calls arrive in the app, "
            "messages by mail. Paid once a year.",
            (Picture(digital.phone, "A phone with a number and a keypad on its screen"),),
            numbers=numbered("+84 24 7300 {}", range(1180, 1230)),
        ),
        Item(
            "DI-SIM",
            "mobile-number-esim",
            "Mobile number on eSIM",
            "11.00",
            "A Vietnamese mobile number that you scan onto your phone. Ten gigabytes are on it "
            "already. No shop, no queue, no plastic.",
            (Picture(digital.sim_card, "A SIM card with a golden chip"),),
            numbers=numbered("+84 90 55{}", range(10240, 10280)),
        ),
        Item(
            "DI-GIFT",
            "gift-card-25",
            "Gift card, $25",
            "25.00",
            "A code worth 25 in this shop, for somebody who has everything. It never expires and may "
            "be spent in pieces. Comes with a card that you can print.",
            (Picture(digital.gift_card, "A pink gift card with a golden ribbon"),),
            stock=80,
            is_gift_card=True,
        ),
    ),
)
