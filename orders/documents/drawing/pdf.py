"""Shared by all that the shop prints: text in every writing, shades of ink, pages, and what can't be printed."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from fpdf import FPDF
from fpdf.enums import PDFResourceType

from orders.documents.drawing import layout
from orders.documents.drawing.embedding import Embedded, Producer
from orders.documents.drawing.faces import Face, unprintable
from orders.documents.drawing.layout import Line
from orders.documents.drawing.letters import refusal

INK, QUIET, RULE = 30, 110, 190
POINT = 72 / 25.4
# Which forms the letters have that China, Japan and Korea share.
FORMS = {
    "CN": "zh-hans",
    "SG": "zh-hans",
    "TW": "zh-hant",
    "HK": "zh-hk",
    "MO": "zh-hk",
    "JP": "ja",
    "KR": "ko",
    "KP": "ko",
}
# Between the edge of a cell and its text: millimetres.
CELL_MARGIN = 1


class Inside(NamedTuple):
    """The XML in a PDF (Factur-X, ZUGFeRD), and the metadata by which programs know that it is there."""

    name: str
    xml: bytes
    metadata: str


class Paper(FPDF):
    """Sheets of A4, also to a standard that fpdf2 knows, such as PDF/A-3B."""

    def __init__(self, standard: str | None = None) -> None:
        super().__init__(format="A4", enforce_compliance=standard)
        self.set_draw_color(RULE)
        self.size, self.bold, self.grey = 10.0, False, INK
        self.language = ""
        self.embedded: dict[Face, Embedded] = {}
        # Which of several papers on the stack is being written, and which letters each of them would lack.
        self.paper = ""
        self.missing: dict[str, dict[str, None]] = {}

    def output(self, *args: Any, **options: Any) -> Any:
        """The PDF. Raises LettersNotPrintable rather than leave a gap in it."""
        self._write_feet()
        if self.missing:
            raise refusal(self.missing)
        return super().output(*args, output_producer_class=Producer, **options)

    def embed(self, inside: Inside, *, at: datetime) -> None:
        """Put the XML in, as made at that moment."""
        self.embed_file(
            bytes=inside.xml,
            basename=inside.name,
            mime_type="text/xml",
            associated_file_relationship="Alternative",
            desc="Factur-X",
            creation_date=at,
            modification_date=at,
            compress=True,
            checksum=True,
        )
        self.set_xmp_metadata(inside.metadata)

    def foot_of(self, page: int) -> str:
        """What stands at the foot of a page. Asked at the end, when it is known how many there are."""
        return ""

    def _write_feet(self) -> None:
        # Below the margin, where anything else would begin a new page.
        self.in_footer = True
        for page in range(1, self.pages_count + 1):
            self.page = page
            self.set_xy(self.l_margin, -self.l_margin)
            self.use(size=8, grey=QUIET)
            self.write_text(self.foot_of(page), width=self.epw, height=5, align="C")

    def use(self, *, size: float = 10, bold: bool = False, grey: int = INK) -> None:
        self.size, self.bold, self.grey = size, bold, grey

    def speak_of(self, address: Mapping[str, str]) -> None:
        """Give Chinese letters the forms of the country where an address is, or else of what it is written in."""
        country = address.get("country", "")
        self.language = FORMS.get(country) or layout.language_of("".join(map(str, address.values())))

    def lines_of(self, text: str, *, width: float) -> list[Line]:
        """The lines of a text in the letters in use, wrapped to a cell of a width in millimetres."""
        room = (width - 2 * CELL_MARGIN) * POINT / self.size * 1000
        lines = layout.lines(text, width=room, bold=self.bold, language=self.language)
        for glyph in (glyph for line in lines for glyph in line.glyphs if glyph.id == 0):
            # One gap may stand for several letters, of which fonts have some.
            letters = "".join(glyph.letters)
            gaps = dict.fromkeys(unprintable(letters) or letters)
            self.missing.setdefault(self.paper, {}).update(gaps)
        return lines

    def write_lines(self, lines: list[Line], *, width: float, height: float, align: str = "L") -> None:
        """Lines below each other from where we are, on as many pages as they need; then to the left margin below them."""
        left = self.x
        for line in lines:
            above, below = self.beyond(line, height)
            if self.will_page_break(above + height + below):
                self.add_page()
            self.y += above
            used = line.width * self.size / 1000 / POINT
            spare = {
                "L": 0.0,
                "R": width - 2 * CELL_MARGIN - used,
                "C": (width - 2 * CELL_MARGIN - used) / 2,
            }[align]
            baseline = self.y + height / 2 + 0.3 * self.size / POINT
            self._draw(line, left + CELL_MARGIN + spare, baseline)
            self.y += height + below
        self.x = self.l_margin

    def beyond(self, line: Line, height: float) -> tuple[float, float]:
        """What a line needs above and below a height in millimetres, so that tall letters don't touch other lines."""
        if not line.is_shaped:
            return 0, 0
        em = self.size / POINT
        above, below = (edge * em / 1000 for edge in line.ink())
        return max(0, above - height / 2 - 0.3 * em), max(0, -below - height / 2 + 0.3 * em)

    def height_of(self, lines: Iterable[Line], *, height: float) -> float:
        """What lines take below each other, each of at least a height."""
        return sum(height + sum(self.beyond(line, height)) for line in lines)

    def write_text(self, text: str, *, width: float, height: float, align: str = "L") -> None:
        self.write_lines(self.lines_of(text, width=width), width=width, height=height, align=align)

    def _draw(self, line: Line, x: float, y: float) -> None:
        """One line of glyphs with its left end at `x` and its baseline at `y`."""
        if not line.glyphs:
            return
        words = "".join(self._operators(line))
        place = f"1 0 0 1 {x * self.k:.2f} {(self.h - y) * self.k:.2f} Tm"
        shown = f"q {self.grey / 255:.3f} g BT {place} {words}ET Q"
        if line.is_shaped:
            # For whoever searches and copies: the text as it is read, whatever order and form the glyphs have.
            actual = f"FEFF{line.text.encode('utf-16-be').hex().upper()}"
            shown = f"/Span <</ActualText <{actual}>>> BDC {shown} EMC"
        self._out(shown)

    def _operators(self, line: Line) -> Iterator[str]:
        """What shows its glyphs, each where shaping puts it: fonts, rises, and codes with the ways between them."""
        font, rise = None, 0.0
        for stretch in line.stretches:
            if stretch.face is not font:
                font, embedded = stretch.face, self._embedded(stretch.face)
                yield f"/F{embedded.number} {self.size:.2f} Tf "
            if stretch.rise != rise:
                rise = stretch.rise
                yield f"{rise * self.size / 1000:.2f} Ts "
            yield embedded.shown(stretch)
        if rise:
            yield "0 Ts "

    def _embedded(self, face: Face) -> Embedded:
        if face not in self.embedded:
            self.embedded[face] = Embedded(face, len(self.embedded) + 1)
        embedded = self.embedded[face]
        self._resource_catalog.add(PDFResourceType.FONT, embedded.number, self.page)
        return embedded
