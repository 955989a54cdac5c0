"""Papers print every letter that an address may hold, joined and placed as its readers are used to, and never a gap."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from orders.checkout.placement.placement import place_order
from orders.documents import invoices, packing
from orders.documents.drawing import embedding, faces, layout, letters
from orders.documents.drawing.embedding import strung
from orders.documents.drawing.letters import LettersNotPrintable
from orders.documents.drawing.pdf import Paper
from orders.emails.messages import message_of
from orders.models import Email, EmailKind, Order
from orders.status import OrderStatus
from staff.models import StaffAction
from tests.factories import Buyer, make_product, pay, staff_of
from tests.orders.documents.shown import Shown

WRITINGS = {
    "Vietnamese": "Nguyễn Thị Hoà, Đà Lạt",
    "Polish": "Łódź, Żółkiewskiego",
    "Greek": "Ελένη Παπαδοπούλου",
    "Russian": "Петрова, ул. Ленина",
    "Kazakh": "Қазақ ұлы көшесі",
    "Georgian": "რუსთაველის გამზირი",
    "Armenian": "Հյուսիսային պողոտա",
    "Simplified Chinese": "北京市朝阳区建国门外大街1号院（王先生）",
    "Traditional Chinese": "臺北市信義區信義路五段7號",
    "Japanese": "東京都千代田区丸の内 グラントウキョウ 𠮷田",
    "Korean": "서울특별시 강남구 테헤란로",
    "Thai": "ถนนสุขุมวิท ผู้ใหญ่ น้ำปั๊ม",
    "Lao": "ວຽງຈັນ ນ້ຳ",
    "Khmer": "ភ្នំពេញ ស្ត្រី",
    "Burmese": "ရန်ကုန်မြို့",
    "Tibetan": "ལྷ་ས་གྲོང་ཁྱེར།",
    "Arabic": "شارع الملك فهد، الرياض",
    "Persian": "تهران می\u200cخواهم",
    "Urdu": "گلی نمبر ۵، لاہور",
    "Hebrew": "רחוב הרצל שָׁלוֹם",
    "Dhivehi": "މާލެ، ދިވެހި",
    "Hindi": "महात्मा गांधी मार्ग क्षेत्र",
    "Bengali": "ধানমন্ডি ক্ষেত্র",
    "Punjabi": "ਅੰਮ੍ਰਿਤਸਰ",
    "Gujarati": "અમદાવાદ શ્રી",
    "Odia": "ଭୁବନେଶ୍ୱର",
    "Tamil": "சென்னை கொடி",
    "Telugu": "హైదరాబాద్ శ్రీ",
    "Kannada": "ಬೆಂಗಳೂರು ಶ್ರೀ",
    "Malayalam": "തിരുവനന്തപുരം",
    "Sinhala": "ශ්‍රී ලංකා",
    "Amharic": "አዲስ አበባ",
    "Mongolian": "ᠮᠣᠩᠭᠣᠯ",
    "Cherokee": "ᏣᎳᎩ",
    "Inuktitut": "ᐃᓄᒃᑎᑐᑦ",
    "Tamazight": "ⵜⴰⵎⴰⵣⵉⵖⵜ",
    "N'Ko": "ߒߞߏ",
    "Emoji": "🏠 👨\u200d👩\u200d👧 🇻🇳 ✔ ★",
    "Accents apart": "q\u0303 x\u0308",
    "Mixed": "Café محمد 5 北京 קפה (A1) ไทย",
}
pytestmark = pytest.mark.django_db
S = OrderStatus
# Cuneiform: no customer's address is written in it, and no font of ours has it.
SIGN = "\U00012000"


def printed(text: str, *, width: float = 150, region: str = "") -> Shown:
    paper = Paper()
    paper.add_page()
    paper.speak_of({"country": region, "line1": text})
    for bold in (False, True):
        paper.use(bold=bold)
        paper.write_text(text, width=width, height=5)
    return Shown(bytes(paper.output()))


def line_of(text: str, *, language: str = "") -> layout.Line:
    (line,) = layout.lines(text, width=100_000, language=language)
    return line


def seen_in(line: layout.Line) -> str:
    """The letters of a line from left to right."""
    return "".join(glyph.letters for glyph in line.glyphs)


@pytest.fixture
def order(buyer) -> Order:
    return lettered(buyer, f"Hoa {SIGN}")


def lettered(buyer: Buyer, text: str) -> Order:
    """A paid order with an address, a note and a product in some letters."""
    order = buyer.order_in(S.PAY_REQUIRED, (make_product(name=text, stock=1), 1))
    order.address_snapshot |= {"full_name": text, "line1": text, "city": text}
    order.note = text
    order.save(update_fields=["address_snapshot", "note"])
    pay(order)
    return Order.objects.get(pk=order.pk)


class TestEveryPaperHasEveryLetter:
    @pytest.mark.parametrize("writing", WRITINGS)
    def test_in_regular_and_bold(self, writing):
        shown = printed(WRITINGS[writing])
        assert shown.gaps == 0
        assert shown.has(WRITINGS[writing], times=2)

    @pytest.mark.long
    def test_on_labels_lists_and_invoices(self, buyer, staff):
        for writing, text in WRITINGS.items():
            order = lettered(buyer, text)
            for paper in (
                packing.address_labels(order_ids=[order.pk], actor=staff),
                packing.packing_lists(order_ids=[order.pk], actor=staff),
                invoices.pdf(order.invoices.get()),
            ):
                shown = Shown(paper)
                assert (writing, shown.gaps) == (writing, 0)
                assert shown.has(text, times=2), writing

    def test_who_copies_a_line_gets_it_as_it_is_read(self):
        assert WRITINGS["Arabic"] in printed(WRITINGS["Arabic"]).copied
        assert WRITINGS["Hindi"] in printed(WRITINGS["Hindi"]).copied


class TestShaping:
    def test_arabic_letters_join(self):
        alone = {line_of(letter).glyphs[0].id for letter in "محمد"}
        assert alone.isdisjoint(glyph.id for glyph in line_of("محمد").glyphs[1:])

    @pytest.mark.parametrize("cluster", ["क्ष", "ক্ষ", "ශ්‍රී", "ស្ត្រី", "မြို့", "น้ำ", "כֶּ", "👨\u200d👩\u200d👧"])
    def test_what_is_stacked_or_joined_is_one_piece(self, cluster):
        """No line breaks in it, and its marks move no further."""
        line = line_of(cluster)
        assert len(layout.lines(cluster, width=1)) == 1
        assert line.width < 1000 * len(cluster)

    @pytest.mark.parametrize(
        ("text", "seen"),
        [
            ("abc אבג", "abc גבא"),
            ("אבג abc", "abc גבא"),
            ("רחוב 12, תל", "לת ,12 בוחר"),
            ("(אב)", "(בא)"),
            ("abc (אבג 12) def", "abc (12 גבא) def"),
        ],
    )
    def test_directions_mix_as_unicode_says(self, text, seen):
        assert sorted(seen_in(line_of(text))) == sorted(seen)
        letters_seen = [letter for letter in seen_in(line_of(text)) if letter.isalnum()]
        assert letters_seen == [letter for letter in seen if letter.isalnum()]

    def test_a_joiner_stays_in_its_word(self):
        text = "fa می\u200cخواهم"
        assert seen_in(line_of(text)).replace("\u200c", "") == "fa " + "میخواهم"[::-1]

    def test_shared_letters_have_their_countrys_form(self):
        forms = {line_of("骨", language=language).glyphs[0].id for language in ("ja", "zh-hans", "zh-hant")}
        assert len(forms) > 1
        assert layout.language_of("丸の内骨") == "ja"
        assert layout.language_of("骨") == "zh-hans"

    def test_a_word_is_in_one_font(self):
        assert len({glyph.face for glyph in line_of("Қазақ").glyphs}) == 1


class TestLines:
    @pytest.mark.parametrize(
        "writing", ["Simplified Chinese", "Japanese", "Thai", "Arabic", "Hindi", "Khmer", "Mixed"]
    )
    @pytest.mark.parametrize("width", [5_000, 9_000, 15_000])
    def test_long_ones_are_wrapped_and_nothing_is_lost(self, writing, width):
        text = WRITINGS[writing] * 4
        lines = layout.lines(text, width=width)
        assert len(lines) > 1
        assert all(line.width <= width for line in lines)
        assert "".join("".join(line.text for line in lines).split()) == "".join(text.split())

    def test_no_line_begins_with_what_closes(self):
        text = "東京（千代田）、丸の内ヶ丘ーグッズ。" * 5
        for width in range(4_500, 12_000, 500):
            for line in layout.lines(text, width=width)[1:]:
                assert line.text[0] not in "）、ヶーッ。", line.text

    def test_words_stay_whole_where_they_fit(self):
        assert [line.text for line in layout.lines("one two three", width=4_000)] == ["one two", "three"]

    def test_a_line_break_is_one_and_odd_blanks_are_blanks(self):
        assert [line.text for line in layout.lines("a\r\nb\u2028c\td\x01", width=9_000)] == ["a", "b", "c d"]


class TestWhatNoFontHas:
    def test_is_named(self):
        assert faces.unprintable(f"a{SIGN}b{SIGN}\u200d\ufe0f\u202e") == [SIGN]
        with pytest.raises(LettersNotPrintable) as refusal:
            letters.require_printable("plain", f"Hoa {SIGN}")
        assert "U+12000 CUNEIFORM SIGN A" in str(refusal.value)
        assert refusal.value.members == {"letters": [SIGN]}

    def test_letters_in_fancy_dress_are_printed_plain(self):
        assert faces.unprintable("𝓗𝓸𝓪 Ｈ") == []
        assert line_of("𝓗𝓸𝓪").text == "Hoa"

    @pytest.mark.parametrize("draw", [packing.packing_lists, packing.address_labels])
    def test_keeps_a_stack_from_being_printed_and_names_the_order(self, order, buyer, staff, draw):
        good = buyer.order_in(S.PAID)
        with pytest.raises(LettersNotPrintable, match=f"{order}: {SIGN}") as refusal:
            draw(order_ids=[order.pk, good.pk], actor=staff)
        assert str(good) not in str(refusal.value)
        assert not StaffAction.objects.exists()

    def test_is_said_at_the_desk(self, client, order):
        client.force_login(staff_of("fulfilment"))
        chosen = {"action": "address_labels", "_selected_action": [str(order.pk)]}
        answer = client.post(reverse("admin:orders_order_changelist"), chosen, follow=True)
        assert "U+12000 CUNEIFORM SIGN A" in answer.text

    def test_is_said_on_the_orders_page_in_place_of_the_invoice(self, client, order):
        client.force_login(order.customer)
        answer = client.get(reverse("order-invoice", args=[order.pk]), follow=True)
        assert answer.redirect_chain == [(order.get_absolute_url(), 302)]
        assert "U+12000 CUNEIFORM SIGN A" in answer.text

    def test_keeps_no_email_from_leaving(self, order, caplog):
        message = message_of(Email.objects.get(order=order, kind=EmailKind.PAID))
        assert message.attachments == []
        assert "U+12000 CUNEIFORM SIGN A" in caplog.text

    @pytest.mark.parametrize("where", ["address", "note"])
    def test_is_refused_before_it_is_ordered(self, buyer, where):
        if where == "address":
            buyer.address.line2 = f"Floor {SIGN}"
            buyer.address.save()
        preview = buyer.preview((make_product(stock=3), 1))
        with pytest.raises(LettersNotPrintable):
            place_order(
                preview_id=preview.id,
                customer=buyer.user,
                price_table_id=buyer.table.pk,
                note=SIGN if where == "note" else "",
            )
        assert not Order.objects.exists()


def test_a_paper_is_the_same_to_the_byte_whatever_was_printed_before():
    def paper() -> bytes:
        drawn = Paper()
        drawn.set_creation_date(datetime(2026, 11, 28, tzinfo=UTC))
        drawn.add_page()
        drawn.write_text("Nguyễn 北京", width=100, height=5)
        return bytes(drawn.output())

    first = paper()
    printed(WRITINGS["Arabic"])
    assert paper() == first


def test_a_paper_has_no_more_of_a_font_than_it_shows():
    assert printed("北京市 한국 ไทย").size < 60_000


def test_a_paper_of_usual_letters_has_the_smallest_of_the_kept_fonts_that_does():
    plain, latin, further = (
        printed(text).size for text in ("Main Street 1 · 2\u00a0€", "Große Straße", "Đà Lạt")
    )
    assert plain < 21_000 < latin < 34_000 < further < 42_000


def test_what_shows_a_line_is_worked_out_once(monkeypatch):
    told: list[int] = []

    def counting(codes: list[int], backs: list[int]) -> str:
        told.append(len(codes))
        return strung(codes, backs)

    monkeypatch.setattr(embedding, "strung", counting)
    first = printed("Nowhere else is this line AVA")
    once = sum(told)

    assert printed("Nowhere else is this line AVA").letters == first.letters
    assert sum(told) == once > 0
