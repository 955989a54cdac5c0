"""The fonts of papers: where each lies, and which letters it has.

Files are mapped, not read, and a paper takes a few kilobytes of them: thirty megabytes of Chinese cost nothing until
somebody writes Chinese.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from pathlib import Path

import uharfbuzz as hb

KEPT = Path(__file__).parent / "fonts"
SCRIPTS = Path(str(files("manimgx_fonts")))
EAST_ASIA = Path(str(files("manimgx_fonts_cjk"))) / "NotoSansCJK-VF.otf.ttc"
REGULAR, BOLD = 400, 700
# So many letters are known without a look at the fonts.
LETTERS = 4096
# Joiners, marks of direction, variation selectors and fillers ("default ignorable"): they change how others look, and are
# not seen themselves. Besides them, all of category Cf.
UNSEEN = frozenset(
    {
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0),
        *(*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)),
    }
)
# Blanks in the place of a part of a Korean syllable: not seen, and yet HarfBuzz wants a font to have them.
FILLERS = frozenset("\u115f\u1160\u3164\uffa0")


class Face:
    """A font in one weight. Compared by what it is: two of one file and weight are one (`faces` makes each once)."""

    def __init__(self, path: Path, weight: int) -> None:
        self.path, self.weight = path, weight

    @cached_property
    def face(self) -> hb.Face:
        return hb.Face(hb.Blob.from_file_path(str(self.path)))

    @cached_property
    def font(self) -> hb.Font:
        """What shapes its letters."""
        font = hb.Font(self.face)
        font.set_variations({"wght": float(self.weight)})
        return font

    @cached_property
    def letters(self) -> hb.Set:
        return self.face.unicodes

    @cached_property
    def to_thousandths(self) -> float:
        """What turns its units into thousandths of an em, in which a PDF measures."""
        return 1000 / self.face.upem

    @cache  # noqa: B019  # likewise
    def ink(self, glyph: int) -> tuple[float, float]:
        """How far a glyph's ink goes above the baseline and below it (negative), in thousandths of an em."""
        extents = self.font.get_glyph_extents(glyph)
        if extents is None:
            return 0.0, 0.0
        above = extents.y_bearing * self.to_thousandths
        return above, above + extents.height * self.to_thousandths

    def has(self, letters: Iterable[str]) -> bool:
        mine = self.letters
        return all(ord(letter) in mine for letter in letters)

    @cache  # noqa: B019  # the faces are as many as the fonts, and live as long
    def width(self, glyph: int) -> int:
        """How far a glyph moves on by itself, in thousandths of an em, as the PDF says it."""
        return round(self.font.get_glyph_h_advance(glyph) * self.to_thousandths)


@cache
def faces(weight: int) -> tuple[Face, ...]:
    """All of them, in the order in which they are asked for a letter: our own, the scripts, East Asia, symbols, emoji."""
    own = KEPT / ("DejaVuSansCondensed-Bold.ttf" if weight == BOLD else "DejaVuSansCondensed.ttf")
    plain, *others = sorted(
        SCRIPTS.glob("NotoSans*[[]wght[]].ttf"), key=lambda path: path.name != "NotoSans[wght].ttf"
    )
    scripts = [path for path in others if "Italic" not in path.name and "Symbols" not in path.name]
    symbols = [SCRIPTS / "NotoSansSymbols[wght].ttf", KEPT / "NotoSansSymbols2-Regular.ttf"]
    kept = sorted(set(KEPT.glob("Noto*.ttf")) - set(symbols))
    paths = [own, plain, *scripts, *kept, EAST_ASIA, *symbols, SCRIPTS / "NotoEmoji[wght].ttf"]
    return tuple(Face(path, weight) for path in paths)


def is_unseen(letter: str) -> bool:
    """Whether a letter is never seen itself, so that no font needs it."""
    return ord(letter) in UNSEEN or unicodedata.category(letter) == "Cf"


def face_of(letters: Iterable[str], *, weight: int) -> Face | None:
    """The first face that has all of the letters."""
    asked = list(letters)
    return next((face for face in faces(weight) if face.has(asked)), None)


def unprintable(text: str) -> list[str]:
    """The letters of a text that no font has, each once and in their order; those that are not seen don't count."""
    return list(dict.fromkeys(letter for letter in typed(text) if not _is_printable(letter)))


def typed(text: str) -> str:
    """A text as it is printed: letters whole that some keyboards type in parts, no tabs, control characters and fillers.

    A letter in fancy dress (mathematical, circled) that no font has becomes the plain one.
    """
    whole = unicodedata.normalize("NFC", "\n".join(text.splitlines()).replace("\t", " "))
    return "".join(map(_plain, whole)) if not whole.isascii() else "".join(filter(_is_kept, whole))


@lru_cache(LETTERS)
def _plain(letter: str) -> str:
    if not _is_kept(letter):
        return ""
    if letter == "\u1680":  # the one space that fonts draw
        return " "
    if _is_printable(letter):
        return letter
    compatible = unicodedata.normalize("NFKC", letter)
    return compatible if all(map(_is_printable, compatible)) else letter


def _is_kept(letter: str) -> bool:
    return letter == "\n" or (unicodedata.category(letter) != "Cc" and letter not in FILLERS)


@lru_cache(LETTERS)
def _is_printable(letter: str) -> bool:
    return (
        letter == "\n" or is_unseen(letter) or letter.isspace() or face_of(letter, weight=REGULAR) is not None
    )
