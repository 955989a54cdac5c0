"""The glyphs that one paper uses of a face, numbered for its PDF, and at the end cut out of the font.

fpdf2 reads whole fonts and cuts them with fonttools, which takes seconds for Chinese. HarfBuzz cuts in milliseconds; what
is left of a font is small enough for fpdf2 to read and embed.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from io import BytesIO
from typing import Any, NamedTuple

import uharfbuzz as hb
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.fonts import Glyph as PdfGlyph
from fpdf.fonts import SubsetMap, TTFFont
from fpdf.output import OutputProducer
from fpdf.syntax import PDFObject

from orders.documents.drawing.faces import BOLD, REGULAR, Face, faces
from orders.documents.drawing.layout import KEPT_TEXTS, Stretch

# What places and joins glyphs has done its work before, and no PDF reads it.
NOT_EMBEDDED = ("GSUB", "GPOS", "GDEF", "BASE", "MATH", "VORG", "vhea", "vmtx", "STAT", "DSIG", "kern")

# The letters that most papers get by with, those of most others, and those of the rest of Latin and Vietnamese: fonts are
# cut to them once, and kept. The plain ones have what our own words and amounts have beside the letters of English: a dot
# stands at the foot of each page.
PLAIN = "".join(map(chr, range(0x20, 0x7F))) + "\u00a0·–’€"
LATIN = "".join(chr(one) for one in range(0xA1, 0x100) if chr(one) not in PLAIN)
FURTHER = "ĂăĐđĨĩŨũƠơƯư" + "".join(map(chr, range(0x1EA0, 0x1EFA))) + "—‘“”•…₫"
USUAL = PLAIN + LATIN + FURTHER

# So many written fonts are kept, of some 20 KB each.
KEPT_FONTS = 64


class Embedded:
    """A face in a paper: each glyph has a code, and one that stands for other letters has another code."""

    def __init__(self, face: Face, number: int) -> None:
        self.face, self.number = face, number
        # Usual letters have the same codes in each paper. The first code is that of a letter that is missing.
        self.codes: dict[tuple[int, str], int] = {(0, ""): 0, **usual(face)}
        self.used = {0}

    def shown(self, stretch: Stretch) -> str:
        """What shows it in a PDF: codes, and the ways between them."""
        usually = shown_usually(stretch)
        if usually:
            self.used.update(usually.codes)
            return usually.text
        known = self.codes
        codes = [known.setdefault(glyph, len(known)) for glyph in stretch.glyphs]
        self.used.update(codes)
        return strung(codes, stretch.backs)

    @property
    def usual_to(self) -> int:
        """Up to which code the paper has all usual letters, whether it uses them or not; 0 if it has what it uses alone."""
        return next((end for end in ends(self.face) if max(self.used) <= end), 0)

    def add_to(self, pdf: FPDF) -> None:
        """Give the PDF what is left of the font, as its only one."""
        usual_to = self.usual_to
        self.codes = {
            glyph: code for glyph, code in self.codes.items() if code <= usual_to or code in self.used
        }
        cut, places = self._cut()
        font = TTFFont(pdf, BytesIO(cut), f"f{self.number}", "")  # type: ignore[arg-type]  # it opens files that are open too
        font.i, font.name = (
            self.number,
            f"{self.face.path.stem.split('[')[0].split('-')[0]}-{self.face.weight}",
        )
        names = font.ttfont.getGlyphOrder()
        font.subset = Used(
            {
                PdfGlyph(
                    places[glyph], tuple(map(ord, letters)), names[places[glyph]], self.face.width(glyph)
                ): code
                for (glyph, letters), code in self.codes.items()
            },
            names,
        )
        if not font.is_cff:
            font.ttfont = Cut(names, cut)
        pdf.fonts.clear()
        pdf.fonts[font.fontkey] = font

    def _cut(self) -> tuple[bytes, dict[int, int]]:
        """The font with the used glyphs alone, and where each of them is in it."""
        wanted = hb.SubsetInput()
        # fpdf2 refuses a font that maps no letter, as when all of its glyphs are joined forms.
        wanted.unicode_set.update({next(iter(self.face.letters))})
        wanted.glyph_set.update({glyph for glyph, _letters in self.codes})
        wanted.flags = (
            hb.SubsetFlags.NO_HINTING
            | hb.SubsetFlags.NO_LAYOUT_CLOSURE
            | hb.SubsetFlags.NOTDEF_OUTLINE
            # No PDF embeds outlines of the second kind.
            | hb.SubsetFlags.DOWNGRADE_CFF2
        )
        wanted.drop_table_tag_set.update({int.from_bytes(tag.encode(), "big") for tag in NOT_EMBEDDED})
        for axis in self.face.face.axis_infos:
            weight = axis.tag == "wght"
            wanted.pin_axis_location(
                self.face.face, axis.tag, self.face.weight if weight else axis.default_value
            )
        plan = hb.SubsetPlan(self.face.face, wanted)
        return bytes(plan.execute().blob.data), dict(plan.old_to_new_glyph_mapping)


class Shown(NamedTuple):
    text: str
    codes: frozenset[int]


@lru_cache(KEPT_TEXTS)
def shown_usually(stretch: Stretch) -> Shown | None:
    """What shows usual letters, which is the same on each paper; None where there are others among them."""
    known = usual(stretch.face)
    codes = [known[glyph] for glyph in stretch.glyphs if glyph in known]
    return (
        Shown(strung(codes, stretch.backs), frozenset(codes)) if len(codes) == len(stretch.glyphs) else None
    )


def strung(codes: Iterable[int], backs: Iterable[int]) -> str:
    """Codes as a PDF shows them one after the other, with a way back before those that have one."""
    words = (
        f">{back}<{code:04X}" if back else f"{code:04X}" for code, back in zip(codes, backs, strict=True)
    )
    return f"[<{''.join(words)}>] TJ ".replace("<>", "")


@cache
def usual(face: Face) -> dict[tuple[int, str], int]:
    """The codes of usual letters, from 1 on, in the face that papers are mostly written in; none in others."""
    if face not in (faces(REGULAR)[0], faces(BOLD)[0]):
        return {}
    glyphs = {(face.font.get_nominal_glyph(ord(letter)) or 0, letter) for letter in USUAL}  # type: ignore[attr-defined]  # its types lack it
    return {glyph: code for code, glyph in enumerate(sorted(glyphs, key=_place), 1) if glyph[0]}


def _place(glyph: tuple[int, str]) -> int:
    return USUAL.index(glyph[1])


@cache
def ends(face: Face) -> tuple[int, ...]:
    """The last codes of the plain letters, of those with the next ones, and of all usual ones."""
    codes = usual(face)
    sets = (PLAIN, PLAIN + LATIN, USUAL) if codes else ()
    return tuple(max(code for (_, letter), code in codes.items() if letter in some) for some in sets)


class Producer(OutputProducer):
    """Writes a PDF as fpdf2 does, but the fonts of usual letters only once: other papers have the same bytes."""

    def _add_fonts(self, *given: Any) -> dict[int, Any]:
        paper: Any = self.fpdf
        return {one.number: self._add_font(one, given) for one in paper.embedded.values()}

    def _add_font(self, one: Embedded, given: tuple[Any, ...]) -> Any:
        """The font's first object, which the others hang on."""
        kept_as = (one.face, one.usual_to, self.obj_id)
        if known := _written.get(kept_as):
            objects = [Written(says) for says in known]
            for written in objects:
                self._add_pdf_obj(written, "fonts")
            return objects[0]
        begin = len(self.pdf_objs)
        one.add_to(self.fpdf)
        first = super()._add_fonts(*given)[one.number]
        if one.usual_to:
            if len(_written) >= KEPT_FONTS:
                _written.clear()
            _written[kept_as] = [made.serialize().encode("latin-1") for made in self.pdf_objs[begin:]]
        return first


class Written(PDFObject):
    """An object that is written already."""

    def __init__(self, says: bytes) -> None:
        super().__init__()
        self.says = says

    def serialize(self, *_given: Any, **_options: Any) -> Any:
        return self.says


# What a face's usual letters became in a PDF, up to a code. They name each other by their numbers, so each is for papers
# that have as many objects before it, as have mostly those of as many pages.
_written: dict[tuple[Face, int, int], list[bytes]] = {}


class Used(SubsetMap):
    """The glyphs of a font with their codes, as fpdf2 asks for them when it writes."""

    def __init__(self, codes: dict[PdfGlyph | None, int], names: list[str]) -> None:
        self._char_id_per_glyph = dict(codes)
        self.names = names

    def get_all_glyph_names(self) -> list[str]:
        """With the parts of which other glyphs are put together."""
        return self.names


class Cut(TTFont):
    """A font that is cut already: fpdf2 finds no table to cut, and the same bytes to embed."""

    def __init__(self, glyphs: list[str], file: bytes) -> None:
        super().__init__()
        self.setGlyphOrder(list(glyphs))
        self.file = file

    def save(self, file: Any, **options: Any) -> None:
        file.write(self.file)
