"""Shared by all that the shop prints: fonts of our own that have Vietnamese letters, and shades of ink."""

import unicodedata
from typing import Any, cast

from fpdf import FPDF

from orders.documents import kept_fonts
from orders.documents.kept_fonts import FONT

INK, QUIET, RULE = 30, 110, 190


class Paper(FPDF):
    """Sheets of A4."""

    def __init__(self) -> None:
        super().__init__(format="A4")
        kept_fonts.add_fonts(self)
        self.set_draw_color(RULE)

    def output(self, *args: Any, **options: Any) -> Any:
        kept_fonts.before_output(self)
        try:
            return super().output(*args, **options)
        finally:
            kept_fonts.after_output()

    def normalize_text(self, text: str) -> str:
        """The font has Vietnamese letters whole; some keyboards type letter and accent apart."""
        return unicodedata.normalize("NFC", text)

    def use(self, *, size: float = 10, bold: bool = False, grey: int = INK) -> None:
        self.set_font(FONT, "B" if bold else "", size)
        self.set_text_color(grey)

    def lines_of(self, text: str, *, width: float) -> list[str]:
        """The lines of a text in the font in use, wrapped to a width."""
        return cast("list[str]", self.multi_cell(width, text=text, align="L", dry_run=True, output="LINES"))
