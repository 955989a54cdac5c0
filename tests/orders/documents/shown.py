"""What a PDF shows, read from its operators: the letters behind each code, and the codes behind which there is no glyph."""

from collections import Counter
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ContentStream

from orders.documents.drawing.faces import is_unseen, typed


class Shown:
    """`letters` counts what is shown, `gaps` what is not, `copied` has the lines as a reader copies them."""

    def __init__(self, pdf: bytes) -> None:
        self.size = len(pdf)
        self.letters: Counter[str] = Counter()
        self.gaps = 0
        self.copied: list[str] = []
        reader = PdfReader(BytesIO(pdf))
        for page in reader.pages:
            fonts = {name: Font(font.get_object()) for name, font in page["/Resources"]["/Font"].items()}
            font = None
            for operands, operator in ContentStream(page.get_contents(), reader).operations:
                if operator == b"Tf":
                    font = fonts[operands[0]]
                elif operator == b"TJ":
                    for shown in operands[0]:
                        self._show(font, shown)
                elif operator == b"BDC":
                    self.copied.append(str(operands[1]["/ActualText"]))

    def _show(self, font: "Font", shown: Any) -> None:
        if not hasattr(shown, "original_bytes"):
            return
        codes = shown.original_bytes
        for at in range(0, len(codes), 2):
            code = int.from_bytes(codes[at : at + 2], "big")
            self.gaps += not font.has_glyph(code)
            self.letters.update(font.letters.get(code, ""))

    def has(self, text: str, *, times: int) -> bool:
        """Whether every letter of the text is shown, so many times as often as it stands there."""
        wanted = Counter(letter for letter in typed(text) if not is_unseen(letter) and not letter.isspace())
        return all(self.letters[letter] >= count * times for letter, count in wanted.items())


class Font:
    """Which letters each code of a font stands for, and whether there is a glyph."""

    def __init__(self, font: Any) -> None:
        self.letters: dict[int, str] = {}
        for line in font["/ToUnicode"].get_data().decode().splitlines():
            code, _space, said = line.partition("> <")
            if said:
                self.letters[int(code.strip("<"), 16)] = bytes.fromhex(said.strip("> ")).decode("utf-16-be")
        descendant = font["/DescendantFonts"][0].get_object()
        mapped = descendant.get("/CIDToGIDMap")
        self.glyphs = mapped.get_object().get_data() if mapped is not None else None

    def has_glyph(self, code: int) -> bool:
        if self.glyphs is None:
            return code != 0
        return self.glyphs[2 * code : 2 * code + 2] != b"\0\0"
