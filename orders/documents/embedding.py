"""The glyphs that one paper uses of a face, numbered for its PDF, and at the end cut out of the font.

fpdf2 reads whole fonts and cuts them with fonttools, which takes seconds for Chinese. HarfBuzz cuts in milliseconds; what
is left of a font is small enough for fpdf2 to read and embed.
"""

from io import BytesIO
from typing import Any

import uharfbuzz as hb
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.fonts import Glyph as PdfGlyph
from fpdf.fonts import SubsetMap, TTFFont

from orders.documents.faces import Face
from orders.documents.layout import Glyph

# What places and joins glyphs has done its work before, and no PDF reads it.
NOT_EMBEDDED = ("GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "STAT", "DSIG", "kern")


class Embedded:
    """A face in a paper: each glyph has a code, and one that stands for other letters has another code."""

    def __init__(self, face: Face, number: int) -> None:
        self.face, self.number = face, number
        # The first code is that of a letter that is missing.
        self.codes: dict[tuple[int, str], int] = {(0, ""): 0}

    def code(self, glyph: Glyph) -> int:
        return self.codes.setdefault((glyph.id, glyph.letters), len(self.codes))

    def add_to(self, pdf: FPDF) -> None:
        """Give the PDF what is left of the font."""
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
