"""The paper with an e-invoice in it keeps the rules of PDF/A-3b (ISO 19005-3) that its file can be asked about.

No validator in Python is to be had, so the rules stand here as a table, each with damage that it finds.
"""

import io
import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from fontTools.ttLib import TTFont
from lxml import etree
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    ContentStream,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from orders.documents import invoices
from orders.models import InvoiceKind
from orders.status import OrderStatus
from tests.factories import add_rate, make_product, standard_class
from tests.orders.paper import refunded

pytestmark = pytest.mark.django_db

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"
SCHEMA = "{http://www.aiim.org/pdfa/ns/schema#}"
PROPERTY = "{http://www.aiim.org/pdfa/ns/property#}"
FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
FX_PROPERTIES = {"DocumentFileName", "DocumentType", "Version", "ConformanceLevel"}
OPERATORS = set(
    """b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J K k l m M MP n q Q re RG
    rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' \"""".split()  # noqa: SIM905 as the norm lists them
)
ANNOTATIONS = {"/Link", "/Text", "/FreeText", "/Popup"}
ACTIONS = {"/GoTo", "/GoToR", "/GoToE", "/URI", "/Named", "/Thread", "/SubmitForm"}
PRINTED, UNSEEN = 4, 0b100011
MAX_NAME, MAX_OBJECTS = 127, 8_388_607


class Paper:
    """A PDF as bytes, and all of its objects."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.reader = PdfReader(io.BytesIO(content))
        self.root = self.reader.trailer["/Root"]
        self.objects = [self.reader.get_object(number) for number in range(1, self.reader.trailer["/Size"])]

    def dictionaries(self) -> Iterator[DictionaryObject]:
        for one in self.objects:
            yield from _inside(one)

    def fonts(self) -> Iterator[DictionaryObject]:
        """Those that have letters: of a composite font its one descendant."""
        for one in self.dictionaries():
            if one.get("/Type") == "/Font" and "/DescendantFonts" not in one:
                yield one

    def xmp(self) -> etree._Element:
        return etree.fromstring(self.root["/Metadata"].get_data())


def _inside(one: object) -> Iterator[DictionaryObject]:
    if isinstance(one, IndirectObject):
        return
    if isinstance(one, DictionaryObject):
        yield one
        for value in one.values():
            yield from _inside(value)
    elif isinstance(one, ArrayObject):
        for value in one:
            yield from _inside(value)


# --- the rules: each gives what is wrong ---------------------------------------------------------------------------


def header(paper: Paper) -> Iterator[str]:
    first, second = paper.content.split(b"\n", 2)[:2]
    if not re.fullmatch(rb"%PDF-1\.[0-7]", first):
        yield "begins otherwise"
    if not (second.startswith(b"%") and len(second) > 4 and all(byte > 127 for byte in second[1:5])):
        yield "does not say that it is binary"


def end(paper: Paper) -> Iterator[str]:
    if not re.search(rb"%%EOF\r?\n?\Z", paper.content):
        yield "goes on behind its end"


def trailer(paper: Paper) -> Iterator[str]:
    if len(paper.reader.trailer.get("/ID", [])) != 2:
        yield "has no file id"
    if "/Encrypt" in paper.reader.trailer:
        yield "is encrypted"


def limits(paper: Paper) -> Iterator[str]:
    if len(paper.objects) > MAX_OBJECTS:
        yield "has too many objects"
    yield from (
        f"the name {name} is too long"
        for one in paper.dictionaries()
        for name in one
        if len(name) > MAX_NAME + 1
    )


def streams(paper: Paper) -> Iterator[str]:
    for one in paper.dictionaries():
        if not isinstance(one, StreamObject):
            continue
        filters = one.get("/Filter", [])
        if {"/LZWDecode", "/Crypt"} & {*(filters if isinstance(filters, list) else [filters])}:
            yield "a stream is packed as none may be"
        if {"/F", "/FFilter", "/FDecodeParms"} & one.keys():
            yield "a stream stands in another file"


def metadata(paper: Paper) -> Iterator[str]:
    stream = paper.root.get("/Metadata")
    if stream is None:
        yield "has none"
        return
    if "/Filter" in stream.get_object():
        yield "is packed"
    if re.search(rb"<\?xpacket[^>]*(bytes|encoding)=", stream.get_object().get_data()):
        yield "its packet says more than it may"
    for name, wanted in (("part", "3"), ("conformance", "B")):
        if [one.text for one in paper.xmp().iter(f"{PDFAID}{name}")] != [wanted]:
            yield f"pdfaid:{name} is another"


def extension_schema(paper: Paper) -> Iterator[str]:
    """What Factur-X says is described where a reader looks for words that it does not know."""
    described = [one for one in paper.xmp().iter(f"{RDF}li") if one.findtext(f"{SCHEMA}namespaceURI") == FX]
    if len(described) != 1:
        yield "the words of Factur-X are not described"
        return
    named = {one.text for one in described[0].iter(f"{PROPERTY}name")}
    used = {etree.QName(one).localname for one in paper.xmp().iter(f"{{{FX}}}*")}
    if not (named == FX_PROPERTIES == used):
        yield f"{used} are used and {named} described"


def output_intent(paper: Paper) -> Iterator[str]:
    intents = [one.get_object() for one in paper.root.get("/OutputIntents", [])]
    if [one["/S"] for one in intents] != ["/GTS_PDFA1"]:
        yield "it is not said for which colours it is made"
        return
    profile = intents[0].get("/DestOutputProfile")
    data = profile.get_object().get_data() if profile else b""
    if data[36:40] != b"acsp" or len(data) != int.from_bytes(data[:4], "big"):
        yield "has no colour profile"
    elif (data[16:20], profile.get_object()["/N"]) != (b"RGB ", 3) or data[8] > 4 or data[12:16] != b"mntr":
        yield "its profile is of other colours"


def colours(paper: Paper) -> Iterator[str]:
    """The profile is of RGB: then grey and RGB may be named without one."""
    for page in paper.reader.pages:
        for _operands, operator in ContentStream(page.get_contents(), paper.reader).operations:
            if operator in (b"k", b"K"):
                yield "names inks"


def operators(paper: Paper) -> Iterator[str]:
    for page in paper.reader.pages:
        for _operands, operator in ContentStream(page.get_contents(), paper.reader).operations:
            if operator.decode() not in OPERATORS:
                yield f"{operator!r} is no operator"


def fonts(paper: Paper) -> Iterator[str]:
    found = 0
    for font in paper.fonts():
        found += 1
        descriptor = font.get("/FontDescriptor", {})
        if not {"/FontFile", "/FontFile2", "/FontFile3"} & descriptor.keys():
            yield f"{font.get('/BaseFont')} is not in it"
        if font["/Subtype"] == "/CIDFontType2" and "/CIDToGIDMap" not in font:
            yield f"{font['/BaseFont']} does not say which glyph a letter is"
    if not found:
        yield "has no font"


def widths(paper: Paper) -> Iterator[str]:
    """What the PDF says of a letter's width is what its font says, within a thousandth."""
    for font in paper.fonts():
        descriptor = font["/FontDescriptor"]
        if font["/Subtype"] != "/CIDFontType2" or "/FontFile2" not in descriptor:
            continue
        cut = TTFont(io.BytesIO(descriptor["/FontFile2"].get_data()))
        map_, order = font["/CIDToGIDMap"], cut.getGlyphOrder()
        glyphs = None if map_ == "/Identity" else map_.get_data()
        for code, width in _widths(font["/W"]):
            glyph = code if glyphs is None else int.from_bytes(glyphs[2 * code : 2 * code + 2], "big")
            real = cut["hmtx"][order[glyph]][0] * 1000 / cut["head"].unitsPerEm
            if abs(real - width) > 1:
                yield f"{font['/BaseFont']}: letter {code} is {real} wide, not {width}"


def _widths(said: ArrayObject) -> Iterator[tuple[int, float]]:
    at = 0
    while at < len(said):
        if isinstance(said[at + 1], ArrayObject):
            yield from ((int(said[at]) + nth, float(width)) for nth, width in enumerate(said[at + 1]))
            at += 2
        else:
            yield from ((code, float(said[at + 2])) for code in range(int(said[at]), int(said[at + 1]) + 1))
            at += 3


def actions(paper: Paper) -> Iterator[str]:
    for one in paper.dictionaries():
        if "/AA" in one:
            yield "something happens by itself"
        if "/S" in one and (one.get("/Type") == "/Action" or "/JS" in one) and one["/S"] not in ACTIONS:
            yield f"does {one['/S']}"
    if "/JavaScript" in paper.root.get("/Names", {}):
        yield "has programs"


def annotations(paper: Paper) -> Iterator[str]:
    for page in paper.reader.pages:
        for one in page.get("/Annots", []):
            note = one.get_object()
            if note["/Subtype"] not in ANNOTATIONS:
                yield f"has a {note['/Subtype']}"
            if note["/Subtype"] != "/Popup" and (not note.get("/F", 0) & PRINTED or note["/F"] & UNSEEN):
                yield "has a note that is not printed"


def forms(paper: Paper) -> Iterator[str]:
    form = paper.root.get("/AcroForm", {})
    if "/XFA" in form or form.get("/NeedAppearances"):
        yield "has a form that a program fills"
    if {"/Requirements", "/NeedsRendering", "/AlternatePresentations"} & paper.root.keys():
        yield "asks for more than a reader has"


def pictures(paper: Paper) -> Iterator[str]:
    for one in paper.dictionaries():
        if one.get("/Subtype") == "/Image" and (
            "/Alternates" in one or "/OPI" in one or one.get("/Interpolate")
        ):
            yield "a picture is shown otherwise than it is"
        if {"/TR", "/HTP", "/TransferFunction"} & one.keys() and one.get("/Type") == "/ExtGState":
            yield "changes how it is printed"


def embedded(paper: Paper) -> Iterator[str]:
    """Each file in it says what it is, what it is to the paper, and when it was changed; and the paper names it."""
    named = [one.get_object() for one in paper.root.get("/AF", [])]
    listed = _listed(paper)
    if not named or [one.get("/UF") for one in named] != [one.get("/UF") for one in listed]:
        yield "a file is not named by the paper, or not listed"
    for one in (*named, *listed):
        if not one.get("/F") or not one.get("/UF"):
            yield "a file has no name"
        if one.get("/AFRelationship") not in (
            "/Source",
            "/Data",
            "/Alternative",
            "/Supplement",
            "/Unspecified",
        ):
            yield "it is not said what a file is to the paper"
        content = one["/EF"]["/F"].get_object()
        if content.get("/Subtype") != "/text#2Fxml" and content.get("/Subtype") != "/text/xml":
            yield "it is not said what is in a file"
        if "/ModDate" not in content.get("/Params", {}):
            yield "it is not said when a file was changed"


def _listed(paper: Paper) -> list[DictionaryObject]:
    names = paper.root.get("/Names", {}).get("/EmbeddedFiles", {}).get("/Names", [])
    return [one.get_object() for one in names[1::2]]


RULES = {
    rule.__name__: rule
    for rule in (
        *(
            header,
            end,
            trailer,
            limits,
            streams,
            metadata,
            extension_schema,
            output_intent,
            colours,
            operators,
        ),
        *(fonts, widths, actions, annotations, forms, pictures, embedded),
    )
}


def broken(paper: Paper) -> list[str]:
    return [f"{name}: {wrong}" for name, rule in RULES.items() for wrong in rule(paper)]


# --- papers ------------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def germany(settings):
    settings.E_INVOICE, settings.SHOP_COUNTRY, settings.CURRENCY = True, "DE", "EUR"
    settings.SHOP_TAX_ID, settings.SHOP_ADDRESS = "DE136695976", "Hauptstraße 1\n10115 Berlin"
    add_rate(standard_class(), "20")


def goods(count: int = 1) -> list:
    """Of names in letters that need several fonts."""
    names = ("Gạo & <Reis>", "龙井茶 100 g", "Chè Thái Nguyên")
    return [
        (make_product(price=Decimal("7.33"), stock=9, name=f"{names[nth % 3]} {nth}"), 1)
        for nth in range(count)
    ]


@pytest.mark.parametrize("count", [1, 60])
def test_an_invoice_keeps_every_rule(buyer, count):
    paper = buyer.order_in(OrderStatus.PAID, *goods(count)).invoices.get()
    printed = Paper(invoices.pdf(paper))
    assert broken(printed) == []
    assert len(printed.reader.pages) > 1 or count == 1
    assert len(list(printed.fonts())) > 1


def test_a_credit_note_keeps_every_rule(buyer):
    paper = refunded(buyer, *goods(3)).invoices.get(kind=InvoiceKind.CREDIT_NOTE)
    assert broken(Paper(invoices.pdf(paper))) == []


# --- damage ------------------------------------------------------------------------------------------------------------


def _first(paper: PdfWriter, wanted) -> DictionaryObject:
    objects = (one for one in paper._objects if one is not None)
    return next(found for one in objects for found in _inside(one) if wanted(found))


def _is_font(one: DictionaryObject) -> bool:
    return one.get("/Type") == "/Font" and "/DescendantFonts" not in one


def _said(paper: PdfWriter, was: bytes, becomes: bytes) -> None:
    stream = paper._root_object["/Metadata"].get_object()
    assert was in stream.get_data()
    stream.set_data(stream.get_data().replace(was, becomes))


def _written(paper: PdfWriter, more: bytes) -> None:
    page = paper.pages[0]
    stream = StreamObject()
    stream.set_data(page.get_contents().get_data() + more)
    page[NameObject("/Contents")] = paper._add_object(stream)


def _act(paper: PdfWriter) -> None:
    action = DictionaryObject(
        {NameObject("/Type"): NameObject("/Action"), NameObject("/S"): NameObject("/Launch")}
    )
    paper._root_object[NameObject("/OpenAction")] = action


def _note(paper: PdfWriter) -> None:
    link = DictionaryObject({NameObject("/Subtype"): NameObject("/Link"), NameObject("/F"): NumberObject(2)})
    paper.pages[0][NameObject("/Annots")] = ArrayObject([link])


def _file(paper: PdfWriter) -> DictionaryObject:
    return paper._root_object["/AF"][0].get_object()


def _picture(paper: PdfWriter) -> None:
    image = StreamObject()
    image.set_data(b"")
    image.update({NameObject("/Subtype"): NameObject("/Image"), NameObject("/Interpolate"): NumberObject(1)})
    paper._add_object(image)


DAMAGE = {
    "a font that is not in it": (
        "fonts",
        lambda paper: _first(paper, lambda one: "/FontFile2" in one).pop("/FontFile2"),
    ),
    "letters without their glyphs": ("fonts", lambda paper: _first(paper, _is_font).pop("/CIDToGIDMap")),
    "another width": (
        "widths",
        lambda paper: _first(paper, _is_font)["/W"][1].__setitem__(0, FloatObject(1)),
    ),
    "no colour profile": (
        "output_intent",
        lambda paper: paper._root_object["/OutputIntents"][0].get_object().pop("/DestOutputProfile"),
    ),
    "no output intent": ("output_intent", lambda paper: paper._root_object.pop("/OutputIntents")),
    "inks": ("colours", lambda paper: _written(paper, b"\n0 0 0 1 k\n")),
    "an operator that there is not": ("operators", lambda paper: _written(paper, b"\n1 xyz\n")),
    "no metadata": ("metadata", lambda paper: paper._root_object.pop("/Metadata")),
    "another part of the norm": (
        "metadata",
        lambda paper: _said(paper, b"<pdfaid:part>3<", b"<pdfaid:part>2<"),
    ),
    "words that are not described": (
        "extension_schema",
        lambda paper: _said(paper, b"<pdfaProperty:name>DocumentType<", b"<pdfaProperty:name>Something<"),
    ),
    "a program": ("actions", _act),
    "a note that is not seen": ("annotations", _note),
    "a form": (
        "forms",
        lambda paper: paper._root_object.__setitem__(
            NameObject("/AcroForm"), DictionaryObject({NameObject("/XFA"): TextStringObject("x")})
        ),
    ),
    "a picture": ("pictures", _picture),
    "a file of no relation": ("embedded", lambda paper: _file(paper).pop("/AFRelationship")),
    "a file without a name": ("embedded", lambda paper: _file(paper).pop("/UF")),
    "a file of no kind": (
        "embedded",
        lambda paper: _file(paper)["/EF"]["/F"].get_object().pop("/Subtype"),
    ),
    "a file that the paper does not name": ("embedded", lambda paper: paper._root_object.pop("/AF")),
    "a stream elsewhere": (
        "streams",
        lambda paper: (
            _file(paper)["/EF"]["/F"]
            .get_object()
            .__setitem__(NameObject("/F"), TextStringObject("elsewhere"))
        ),
    ),
    "a name that is too long": (
        "limits",
        lambda paper: paper._root_object.__setitem__(NameObject("/" + "x" * 128), NumberObject(1)),
    ),
}
OF_BYTES = {
    "another version": ("header", lambda content: content.replace(b"%PDF-1.7", b"%PDF-2.0", 1)),
    "text": ("header", lambda content: re.sub(rb"\A(%PDF-1\..\n)%[^\n]*", rb"\1%text", content)),
    "more behind its end": ("end", lambda content: content + b"more"),
    "no file id": ("trailer", lambda content: content.replace(b"/ID", b"/IX")),
}


class TestDamage:
    @pytest.fixture
    def printed(self, buyer) -> bytes:
        return invoices.pdf(buyer.order_in(OrderStatus.PAID, *goods(2)).invoices.get())

    def test_each_rule_finds_its_damage(self, printed):
        """One paper for all of them: its making takes longer than the rules."""
        missed = []
        for name, (rule, harm) in DAMAGE.items():
            writer = PdfWriter(clone_from=PdfReader(io.BytesIO(printed)))
            harm(writer)
            written = io.BytesIO()
            writer.write(written)
            if not list(RULES[rule](Paper(written.getvalue()))):
                missed.append(name)
        assert missed == []

    def test_each_rule_of_its_bytes_finds_damage(self, printed):
        for name, (rule, harm) in OF_BYTES.items():
            harmed = harm(printed)
            assert harmed != printed, name
            assert list(RULES[rule](Paper(harmed))), name

    def test_every_rule_has_damage(self):
        assert {rule for rule, _harm in (DAMAGE | OF_BYTES).values()} == RULES.keys()
