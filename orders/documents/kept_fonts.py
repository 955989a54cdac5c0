"""The fonts of papers, read once in a process, and cut down once to the letters that nearly all papers are written with.

fpdf2 reads its fonts and cuts them down for each document, which took two thirds of the time that an invoice takes. A paper
with other letters (Greek, say) still has its fonts cut down for itself.
"""

from copy import copy
from functools import cache
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.fonts import SubsetMap, TTFFont

FONTS = Path(__file__).parent / "fonts"
FONT = "DejaVuSansCondensed"
STYLES = {"": FONT, "B": f"{FONT}-Bold"}
# ASCII, Latin-1, the letters of Vietnamese, punctuation, and the signs of euro and dong.
VIETNAMESE = "ĂăĐđĨĩŨũƠơƯư"
LETTERS = [
    *chain(range(0x20, 0x7F), range(0xA0, 0x100), map(ord, VIETNAMESE), range(0x1EA0, 0x1EFA)),
    *map(ord, "–—‘’“”•…₫€"),
]


class Cut(TTFont):
    """A font that is cut down already: fpdf2 finds no table to cut, and the same bytes to embed."""

    def __init__(self, glyphs: list[str], file: bytes) -> None:
        super().__init__()
        self.setGlyphOrder(list(glyphs))
        self.file = file

    def save(self, file: Any, **options: Any) -> None:
        file.write(self.file)


class Kept(NamedTuple):
    """A font as it was read, and what is left of it for LETTERS."""

    font: TTFFont
    glyphs: list[str]
    file: bytes


def add_fonts(pdf: FPDF) -> None:
    """Give a document its fonts."""
    for name, kept in _kept().items():
        font = copy(kept.font)
        font.missing_glyphs, font.desc = [], copy(kept.font.desc)
        font.subset = _with_letters(font)
        font.ttfont = Cut(kept.glyphs, kept.file)
        pdf.fonts[name] = font


def before_output(pdf: FPDF) -> None:
    """Whoever writes more than LETTERS gets fonts that can be cut down for it."""
    for name, kept in _kept().items():
        font = pdf.fonts[name]
        assert isinstance(font, TTFFont)
        if not set(font.subset.get_all_glyph_names()) <= set(kept.glyphs):
            font.ttfont = TTFont(font.ttffile, recalcTimestamp=False, lazy=True)


def after_output() -> None:
    """Forget what fpdf2 would remember of each font of each document for as long as the process lives."""
    SubsetMap.pick.cache_clear()
    SubsetMap.get_glyph.cache_clear()


def _with_letters(font: TTFFont) -> SubsetMap:
    letters = SubsetMap(font)
    for letter in LETTERS:
        letters.pick(letter)
    return letters


@cache
def _kept() -> dict[str, Kept]:
    pdf = FPDF()
    for style, name in STYLES.items():
        pdf.add_font(FONT, style, FONTS / f"{name}.ttf")
    return {name: _cut(font) for name, font in pdf.fonts.items() if isinstance(font, TTFFont)}


def _cut(font: TTFFont) -> Kept:
    # As fpdf2 does it: what places glyphs beside each other is not used by a PDF.
    options = Options(notdef_outline=True, recommended_glyphs=True)
    options.drop_tables += ["FFTM", "GDEF", "GPOS", "GSUB"]
    file = TTFont(font.ttffile, recalcTimestamp=False)
    cutter = Subsetter(options)
    cutter.populate(glyphs=_with_letters(font).get_all_glyph_names())
    cutter.subset(file)
    written = BytesIO()
    file.save(written)
    return Kept(font, file.getGlyphOrder(), written.getvalue())
