"""From a text to lines of glyphs: faces, directions and scripts found, letters shaped, lines broken, nothing drawn.

Measures are thousandths of an em, so that one layout does for every size.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, groupby
from operator import attrgetter
from typing import NamedTuple

import uharfbuzz as hb
from fontTools.unicodedata import script
from fpdf.bidi import BidiParagraph

from orders.documents.drawing.faces import BOLD, REGULAR, Face, face_of, faces, is_unseen, typed

RIGHT_TO_LEFT = {"R", "AL", "AN", "RLE", "RLO", "RLI"}
NO_SCRIPT_OF_THEIR_OWN = {"Zyyy", "Zinh", "Zzzz"}
# Between their letters a line may break: they write no spaces.
WITHOUT_SPACES = {"Hani", "Hira", "Kana", "Bopo", "Yiii"}
NO_LINE_BEGINS_WITH = frozenset("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶーゝゞヽヾ々〻・")
CLOSING, OPENING = {"Pe", "Pf", "Po", "Pd", "Mn", "Mc", "Me", "Cf"}, {"Ps", "Pi"}
# Spaces at which a line breaks, and the marks that Tibetan and Ethiopic write in their place.
SPACES = frozenset(" \u200b\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u205f\u3000")
# Most of what papers say is on each of them: headings, labels, the shop. So many texts are laid out once, some 2 KB each.
KEPT_TEXTS = 1000
WORD_ENDS = SPACES | frozenset("\u0f0b\u1361")


class Glyph(NamedTuple):
    face: Face
    id: int
    advance: float
    x_offset: float
    y_offset: float
    # What it stands for, for whoever copies the text: the first glyph of a cluster has all of its letters.
    letters: str
    cluster: int


@dataclass(frozen=True, eq=False)
class Stretch:
    """Glyphs side by side, of one face and at one height, each by its id and its letters."""

    face: Face
    rise: float
    glyphs: tuple[tuple[int, str], ...]
    # By how much the pen goes back before each of them.
    backs: tuple[int, ...]


@dataclass(frozen=True)
class Line:
    """Glyphs from left to right, and the text that they stand for as it is read."""

    text: str
    glyphs: list[Glyph]
    width: float
    # Whether the glyphs, letter by letter, are not the text: from right to left, or shaped.
    is_shaped: bool

    @cached_property
    def stretches(self) -> list[Stretch]:
        """What is shown, worked out once: most lines of a paper stand on others, too."""
        return list(_stretches(self.glyphs))

    def ink(self) -> tuple[float, float]:
        """How far its letters go above the baseline and below it (negative): some writings stack three of them."""
        inks = [(glyph.y_offset, *glyph.face.ink(glyph.id)) for glyph in self.glyphs] or [(0.0, 0.0, 0.0)]
        return max(rise + above for rise, above, _ in inks), min(rise + below for rise, _, below in inks)


def _stretches(glyphs: list[Glyph]) -> Iterator[Stretch]:
    # How far the pen stands beyond its place: each glyph moves it by the width that the font has noted.
    ahead = 0.0
    for (face, rise), run in groupby(glyphs, key=attrgetter("face", "y_offset")):
        some, backs = list(run), []
        for glyph in some:
            back = round(ahead - glyph.x_offset)
            backs.append(back)
            ahead += face.width(glyph.id) - glyph.advance - back
        yield Stretch(face, rise, tuple((glyph.id, glyph.letters) for glyph in some), tuple(backs))


class Run(NamedTuple):
    """Letters of one direction, face and script, which are shaped together."""

    level: int
    face: Face
    script: str
    start: int
    end: int


@dataclass(frozen=True)
class Paragraph:
    """A text without a line break in it, and of each letter: the face, the level of its direction, the script."""

    text: str
    dress: list[Face]
    levels: list[int]
    scripts: list[str]
    language: str


def lines(text: str, *, width: float, bold: bool = False, language: str = "") -> list[Line]:
    """The text in lines no wider than `width` thousandths of an em, where a single letter is not wider.

    `language` (BCP 47) chooses among the forms that China, Japan and Korea give the same letter.
    """
    return list(_lines(text, width, BOLD if bold else REGULAR, language))


@lru_cache(KEPT_TEXTS)
def _lines(text: str, width: float, weight: int, language: str) -> tuple[Line, ...]:
    paragraphs = (_paragraph(part, weight, language) for part in typed(text).split("\n"))
    return tuple(line for paragraph in paragraphs for line in _broken(paragraph, width))


def language_of(text: str) -> str:
    """Whose forms of the letters that China, Japan and Korea share a text wants."""
    used = set() if text.isascii() else set(map(script, text))
    if used & {"Hira", "Kana"}:
        return "ja"
    return "ko" if "Hang" in used else "zh-hans"


def _paragraph(text: str, weight: int, language: str) -> Paragraph:
    if text.isascii():  # the most of what is printed needs no look at each letter
        own = faces(weight)[0]
        return Paragraph(text, [own] * len(text), [0] * len(text), ["Latn"] * len(text), language)
    return Paragraph(text, list(_dress(text, weight)), _levels(text), _scripts(text), language)


def _dress(text: str, weight: int) -> Iterator[Face]:
    """A face for each letter: one for a whole word where one has all of it, as mixed faces look like ransom notes."""
    for _is_space, letters in groupby(text, str.isspace):
        word = list(letters)
        whole = face_of({letter for letter in word if not is_unseen(letter)}, weight=weight)
        yield from [whole] * len(word) if whole else _each(word, weight)


def _each(word: list[str], weight: int) -> Iterator[Face]:
    """A face for each letter; marks and joiners stay with the letter before them."""
    face = faces(weight)[0]
    for letter in word:
        belongs = is_unseen(letter) or (unicodedata.category(letter)[0] == "M" and face.has(letter))
        if not belongs:
            face = face_of(letter, weight=weight) or faces(weight)[0]
        yield face


def _levels(text: str) -> list[int]:
    """Odd for what is read from right to left (Unicode's bidirectional algorithm)."""
    if RIGHT_TO_LEFT.isdisjoint(map(unicodedata.bidirectional, text)):
        return [0] * len(text)
    levels: list[int] = []
    for character in BidiParagraph(text, preserve_bn_chars=True).get_characters():
        # A joiner belongs to the letter before it (as rule X9 would have it be left out).
        is_joiner = character.original_bidi_class == "BN" and levels
        levels.append(levels[-1] if is_joiner else character.embedding_level)
    return levels


def _scripts(text: str) -> list[str]:
    """Of each letter; punctuation and marks have that of the letter before them, or else of the one behind."""
    own = [name if (name := script(letter)) not in NO_SCRIPT_OF_THEIR_OWN else "" for letter in text]
    first = next(filter(None, own), "Latn")
    return list(accumulate(own, lambda before, name: name or before, initial=first))[1:]


def _broken(paragraph: Paragraph, width: float) -> Iterator[Line]:
    glyphs = list(_shaped(paragraph, 0, len(paragraph.text)))
    if sum(glyph.advance for glyph in glyphs) <= width:
        yield _line(paragraph, 0, len(paragraph.text), glyphs)
        return
    for start, end in _cut(paragraph, glyphs, width):
        yield _line(paragraph, start, end, list(_shaped(paragraph, start, end)))


def _line(paragraph: Paragraph, start: int, end: int, glyphs: list[Glyph]) -> Line:
    text = paragraph.text[start:end]
    shaped = any(paragraph.levels[start:end]) or [glyph.letters for glyph in glyphs] != list(text)
    return Line(text, glyphs, sum(glyph.advance for glyph in glyphs), shaped)


def _cut(paragraph: Paragraph, glyphs: list[Glyph], width: float) -> Iterator[tuple[int, int]]:
    """Where lines begin and end: at the last good place, or within a word that is longer than a line."""
    text, size = paragraph.text, len(paragraph.text)
    advances, whole = [0.0] * size, {glyph.cluster for glyph in glyphs} | {size}
    for glyph in glyphs:
        advances[glyph.cluster] += glyph.advance
    start = 0
    while start < size:
        end, taken, good = start, 0.0, 0
        while end < size and (taken + advances[end] <= width or text[end] in SPACES or end == start):
            taken += advances[end]
            end += 1
            if end in whole and _may_break(paragraph, end):
                good = end
        if end < size:
            end = good or max((at for at in whole if start < at <= end), default=0)
            end = end or min(at for at in whole if at > start)
        # A space at the end of a line takes no room and isn't drawn.
        shown = start + len(text[start:end].rstrip("".join(SPACES)))
        yield start, shown if end < size else end
        start = end


def _may_break(paragraph: Paragraph, at: int) -> bool:
    text = paragraph.text
    if at == len(text) or text[at] in SPACES:
        return False
    before, behind = text[at - 1], text[at]
    if before in WORD_ENDS:
        return True
    if WITHOUT_SPACES.isdisjoint(paragraph.scripts[at - 1 : at + 1]):
        return False
    return (
        behind not in NO_LINE_BEGINS_WITH
        and unicodedata.category(behind) not in CLOSING
        and unicodedata.category(before) not in OPENING
    )


def _shaped(paragraph: Paragraph, start: int, end: int) -> Iterator[Glyph]:
    """The glyphs of a line, from left to right."""
    kinds = list(zip(paragraph.levels, paragraph.dress, paragraph.scripts, strict=True))
    runs = []
    for kind, places in groupby(range(start, end), key=kinds.__getitem__):
        first, *others = places
        runs.append(Run(*kind, first, first + len(others) + 1))
    for run in _as_seen(runs):
        yield from _glyphs(paragraph, run)


def _as_seen(runs: list[Run]) -> list[Run]:
    """From left to right (rule L2): from the highest level down, what stands together at it or above is turned round."""
    seen = runs
    for level in range(max((run.level for run in runs), default=0), 0, -1):
        parts = [(turned, list(part)) for turned, part in groupby(seen, key=lambda run: run.level >= level)]
        seen = [run for turned, part in parts for run in (reversed(part) if turned else part)]
    return seen


def _glyphs(paragraph: Paragraph, run: Run) -> Iterator[Glyph]:
    buffer = hb.Buffer()
    buffer.add_str(paragraph.text[run.start : run.end])
    buffer.direction = "rtl" if run.level % 2 else "ltr"
    buffer.script = run.script
    buffer.language = paragraph.language or "und"
    buffer.flags = hb.BufferFlags.REMOVE_DEFAULT_IGNORABLES
    hb.shape(run.face.font, buffer)
    infos, places = buffer.glyph_infos, buffer.glyph_positions
    clusters = sorted({info.cluster for info in infos})
    ends = dict(zip(clusters, [*clusters[1:], run.end - run.start], strict=bool(clusters)))
    scale = run.face.to_thousandths
    for info, place in zip(infos, places, strict=True):
        begin = run.start + info.cluster
        stop = ends.pop(info.cluster, info.cluster)  # the cluster's other glyphs stand for nothing more
        yield Glyph(
            run.face,
            info.codepoint,
            place.x_advance * scale,
            place.x_offset * scale,
            place.y_offset * scale,
            paragraph.text[begin : run.start + stop],
            begin,
        )
