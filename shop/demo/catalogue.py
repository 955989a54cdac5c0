"""What the demo shop sells: five categories with their products, as data."""

from collections.abc import Callable
from dataclasses import dataclass

from shop.demo.canvas import Canvas
from shop.demo.drawings import digital, drinks, home, stationery, stays


@dataclass(frozen=True)
class Picture:
    draw: Callable[[], Canvas]
    alt: str


@dataclass(frozen=True)
class Item:
    """A product: price in the shop's currency, grams, centimetres; pieces in stock, or its numbers."""

    sku: str
    slug: str
    name: str
    price: str
    description: str
    pictures: tuple[Picture, ...]
    weight_g: int = 0
    sides_cm: tuple[int, int, int] = (0, 0, 0)
    stock: int = 0
    numbers: tuple[str, ...] = ()
    numbers_reusable: bool = True


@dataclass(frozen=True)
class Shelf:
    """A category and what lies in it."""

    slug: str
    name: str
    items: tuple[Item, ...]


def numbered(pattern: str, *ranges: range) -> tuple[str, ...]:
    """`Room {}` and range(101, 104) -> Room 101, Room 102, Room 103."""
    return tuple(pattern.format(number) for numbers in ranges for number in numbers)


def seats(rows: str, per_row: int) -> tuple[str, ...]:
    return tuple(f"Row {row}, seat {seat}" for row in rows for seat in range(1, per_row + 1))


def keys(prefix: str, count: int) -> tuple[str, ...]:
    """Licence keys that look like ones, the same each time."""
    parts = ((i * 7919 % 65536, i * 104729 % 65536, i * 15485863 % 65536) for i in range(1, count + 1))
    return tuple(f"{prefix}-{a:04X}-{b:04X}-{c:04X}" for a, b, c in parts)


COFFEE_AND_TEA = Shelf(
    "coffee-tea",
    "Coffee & tea",
    (
        Item(
            "CT-DALAT-250", "ca-phe-da-lat", "Cà phê Đà Lạt", "14.50",
            "Arabica from the hills around Đà Lạt, grown at 1,500 metres and roasted medium. It tastes of cocoa and ripe "
            "orange, and stays gentle when brewed strong. Whole beans, 250 grams.",
            (
                Picture(drinks.coffee_bag, "A green bag of coffee with a mountain on its label, beans beside it"),
                Picture(drinks.coffee_beans, "Roasted coffee beans on a wooden scoop"),
            ),
            270, (20, 11, 7), stock=180,
        ),
        Item(
            "CT-PHIN", "phin-filter", "Phin filter", "12.00",
            "The small steel dripper that stands on the glass and takes its time. Put in three spoons of coffee, pour, and "
            "watch it fall. Serves one, lasts for decades.",
            (Picture(drinks.phin_filter, "A steel phin filter dripping coffee onto condensed milk in a glass"),),
            190, (10, 9, 9), stock=64,
        ),
        Item(
            "CT-MUG", "terracotta-mug", "Terracotta mug", "18.00",
            "Thrown by hand, speckled on the outside, smooth where you drink. Holds 320 ml and keeps its warmth. No two "
            "are quite alike.",
            (Picture(drinks.mug, "A speckled terracotta mug of hot coffee"),),
            380, (13, 10, 10), stock=3,
        ),
        Item(
            "CT-TEAPOT", "celadon-teapot", "Celadon teapot", "49.00",
            "A round pot with a green glaze that pools in the carved lotus. It pours without a drip and holds enough for "
            "four small cups. A strainer is built into the spout.",
            (Picture(drinks.teapot, "A green celadon teapot with a lotus on its side"),),
            950, (24, 17, 17), stock=22,
        ),
        Item(
            "CT-LOTUS", "lotus-tea", "Lotus tea", "16.80",
            "Green tea left to rest among lotus flowers until it takes on their scent. Light, sweet and a little like "
            "vanilla. Brew it at 80 degrees, three times from the same leaves.",
            (Picture(drinks.tea_tin, "A pink tea tin with a lotus on its label"),),
            220, (14, 9, 9), stock=95,
        ),
        Item(
            "CT-KETTLE", "gooseneck-kettle", "Gooseneck kettle", "64.00",
            "A slim spout puts the water exactly where you want it. Deep blue enamel on steel, with a handle of walnut that "
            "stays cool. Works on gas and induction, 900 ml.",
            (Picture(drinks.kettle, "A dark blue kettle with a long thin spout and a wooden handle"),),
            1150, (30, 16, 20), stock=17,
        ),
    ),
)

HOME = Shelf(
    "home",
    "Home",
    (
        Item(
            "HO-LAMP", "mushroom-lamp", "Mushroom lamp", "89.00",
            "A glass cap on a copper foot that fills a corner with warm light. Three steps of brightness by touch. The "
            "bulb is included and can be replaced.",
            (Picture(home.lamp, "A glowing table lamp in the shape of a mushroom"),),
            1900, (34, 34, 38), stock=12,
        ),
        Item(
            "HO-VASE", "ridged-vase", "Ridged vase", "36.00",
            "Red clay, pressed into soft ridges and left unglazed outside. Watertight within, steady enough for tall "
            "branches. The eucalyptus is not included.",
            (Picture(home.vase, "A ridged clay vase with eucalyptus branches"),),
            1400, (20, 20, 28), stock=0,
        ),
        Item(
            "HO-CUSHION", "striped-cushion", "Striped cushion", "32.50",
            "Heavy cotton in mustard with woven stripes and a tassel on each corner. The cover comes off and may be "
            "washed at 40 degrees. Filled with kapok, 50 by 50.",
            (Picture(home.cushion, "A mustard cushion with white and red stripes and tassels"),),
            780, (50, 50, 16), stock=40,
        ),
        Item(
            "HO-BASKET", "rattan-basket", "Rattan basket", "44.00",
            "Woven in the Mekong delta from rattan that was dried in the sun. Strong enough for firewood, handsome enough "
            "for linen. It carries up to twelve kilograms.",
            (Picture(home.basket, "A woven rattan basket with a white cloth in it"),),
            1100, (45, 32, 38), stock=9,
        ),
        Item(
            "HO-CANDLE", "amber-candle", "Amber candle", "21.00",
            "Soy wax with amber, cedar and a little smoke. Burns for about 45 hours in a glass that you will keep "
            "afterwards. Poured in small batches.",
            (Picture(home.candle, "A burning candle in a glass with a dark label"),),
            420, (10, 10, 11), stock=130,
        ),
        Item(
            "HO-CLOCK", "quiet-clock", "Quiet clock", "58.00",
            "A wall clock that does not tick: its hands sweep. Ash wood rim, paper-white face, 30 centimetres across. "
            "Runs for two years on one battery.",
            (Picture(home.clock, "A round wall clock with a wooden rim"),),
            860, (32, 32, 6), stock=25,
        ),
    ),
)

STATIONERY = Shelf(
    "stationery",
    "Stationery",
    (
        Item(
            "ST-NOTEBOOK", "dotted-notebook", "Dotted notebook", "17.00",
            "192 dotted pages that lie flat from the first to the last. Paper heavy enough for a fountain pen, a ribbon, "
            "and an elastic band that does not wear out. Size A5.",
            (
                Picture(stationery.notebook, "A violet notebook with an orange elastic band"),
                Picture(stationery.open_notebook, "The notebook lying open, with a sketch and notes on dotted pages"),
            ),
            330, (21, 15, 2), stock=210,
        ),
        Item(
            "ST-PEN", "brass-fountain-pen", "Brass fountain pen", "72.00",
            "Blue lacquer over solid brass, with weight in the right place. The nib writes a fine, wet line from the first "
            "stroke. Takes cartridges or bottled ink.",
            (Picture(stationery.pen, "A blue and brass fountain pen that has just drawn a line"),),
            60, (16, 5, 3), stock=34,
        ),
        Item(
            "ST-PENCILS", "five-pencils", "Five pencils in a cup", "24.00",
            "Soft coloured leads in cedar, and a porcelain cup to keep them in. Enough colour for a sunset and a garden. "
            "They come sharpened.",
            (Picture(stationery.pencils, "Five coloured pencils in a white cup with an orange band"),),
            460, (18, 9, 9), stock=48,
        ),
        Item(
            "ST-TAPE", "paper-tape", "Paper tape, three rolls", "9.50",
            "Three widths of printed rice paper that tears by hand and peels off without a trace. For letters, labels and "
            "walls. Ten metres on each roll.",
            (Picture(stationery.tape, "Three rolls of dotted paper tape in pink, blue and yellow"),),
            120, (9, 9, 5), stock=160,
        ),
        Item(
            "ST-CARDS", "bay-postcards", "Postcards from the bay", "8.00",
            "Twelve drawings of limestone islands at different hours of the day. Printed on thick cotton paper that takes "
            "ink well. One of each, with envelopes.",
            (Picture(stationery.postcards, "A postcard of limestone islands and a red sail at sunset"),),
            150, (16, 12, 2), stock=75,
        ),
        Item(
            "ST-CALENDAR", "desk-calendar", "Desk calendar", "19.00",
            "One month on a page, large enough to write on, small enough for any desk. Weeks start on Monday, and the "
            "holidays of both your countries fit on the stickers. Stands by itself.",
            (Picture(stationery.calendar, "A standing desk calendar with one day marked"),),
            400, (24, 19, 4), stock=30,
        ),
    ),
)

STAYS_AND_SEATS = Shelf(
    "stays-seats",
    "Stays & seats",
    (
        Item(
            "SS-GARDEN", "garden-room-one-night", "Garden room, one night", "68.00",
            "A quiet room on the ground floor, with its own door to the garden. Breakfast is served under the mango tree "
            "until ten. You learn your room number once the stay is paid.",
            (
                Picture(stays.garden_room, "A bright room with a bed and an arched window onto a garden"),
                Picture(stays.garden_view, "The garden terrace with a table, a chair and a paper lantern"),
            ),
            numbers=numbered("Room {}", range(101, 113), range(121, 133)),
        ),
        Item(
            "SS-RIVER", "river-suite-one-night", "River suite, one night", "142.00",
            "Two rooms under the roof, with the lights of the river all night. A bath by the window, and late check-out as a "
            "matter of course. There are only two of these.",
            (Picture(stays.river_suite, "A dim bedroom with a lamp and a window onto a river at night"),),
            numbers=("Suite 501", "Suite 502"),
        ),
        Item(
            "SS-CONCERT", "concert-seat", "Concert seat, Saturday", "39.00",
            "The city orchestra plays an evening of film music. All seats in the stalls, chosen for you as close to the "
            "middle as can be. Doors open at seven.",
            (Picture(stays.concert_seat, "A red velvet seat under coloured stage lights"),),
            numbers=seats("ABCDEF", 10),
        ),
        Item(
            "SS-CINEMA", "open-air-cinema", "Open-air cinema, one deckchair", "15.00",
            "A deckchair on the hill, a blanket, and a film when it is dark. Bring what you like to eat. When it rains, the "
            "ticket is good for another night.",
            (Picture(stays.deckchair, "A striped deckchair on a hill before a film screen at dusk"),),
            numbers=numbered("Deckchair {}", range(1, 41)),
        ),
        Item(
            "SS-TRAIN", "sleeper-berth", "Sleeper berth, Hà Nội to Đà Nẵng", "54.00",
            "A lower berth in a cabin of four, with clean linen and a window. The train leaves in the evening and reaches "
            "the sea by morning. Tea is included.",
            (Picture(stays.sleeper_train, "A blue sleeper train passing mountains at sunset"),),
            numbers=tuple(f"Coach {coach}, berth {berth}" for coach in (3, 4, 5) for berth in range(1, 29, 2)),
        ),
    ),
)

DIGITAL = Shelf(
    "digital-numbers",
    "Digital & phone numbers",
    (
        Item(
            "DI-VAULT", "password-vault-licence", "Password vault, licence key", "29.00",
            "One key for five devices, for good. Everything is encrypted before it leaves your hands. The key appears on "
            "your order as soon as it is paid.",
            (Picture(digital.licence_key, "A golden key on violet ground"),),
            numbers=keys("VAULT", 60), numbers_reusable=False,
        ),
        Item(
            "DI-PHOTO", "photo-editor-licence", "Photo editor, licence key", "45.00",
            "Light, colour and crop, without a subscription. Opens raw files of all usual cameras. Updates are free for "
            "three years.",
            (Picture(digital.photo_editor, "A photo editor's window with a picture and sliders"),),
            numbers=keys("PHOTO", 48), numbers_reusable=False,
        ),
        Item(
            "DI-WRITER", "writing-desk-licence", "Writing desk, licence key", "35.00",
            "A screen with your text on it and nothing else. It keeps every version and exports to all that a publisher may "
            "ask for. One key, two computers.",
            (Picture(digital.writing_app, "A laptop with a page of text, and a red quill"),),
            numbers=keys("WRITE", 36), numbers_reusable=False,
        ),
        Item(
            "DI-PHONE-HN", "hanoi-phone-number", "Hà Nội phone number", "6.00",
            "A fixed-line number in Hà Nội that rings wherever you are. Calls arrive in the app, messages by mail. Paid once "
            "a year.",
            (Picture(digital.phone, "A phone with a number and a keypad on its screen"),),
            numbers=numbered("+84 24 7300 {}", range(1180, 1230)),
        ),
        Item(
            "DI-SIM", "mobile-number-esim", "Mobile number on eSIM", "11.00",
            "A Vietnamese mobile number that you scan onto your phone. Ten gigabytes are on it already. No shop, no queue, "
            "no plastic.",
            (Picture(digital.sim_card, "A SIM card with a golden chip"),),
            numbers=numbered("+84 90 55{}", range(10240, 10280)),
        ),
        Item(
            "DI-GIFT", "gift-card-25", "Gift card, 25", "25.00",
            "A code worth 25 in this shop, for somebody who has everything. It never expires and may be spent in pieces. "
            "Comes with a card that you can print.",
            (Picture(digital.gift_card, "A pink gift card with a golden ribbon"),),
            numbers=keys("GIFT", 80), numbers_reusable=False,
        ),
    ),
)

SHELVES = (COFFEE_AND_TEA, HOME, STATIONERY, STAYS_AND_SEATS, DIGITAL)
