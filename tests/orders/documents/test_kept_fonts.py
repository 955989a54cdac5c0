"""Papers share fonts that are cut down once: other letters are printed all the same, and nothing of a paper is kept."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from fpdf.fonts import SubsetMap
from pypdf import PdfReader

from orders.documents import kept_fonts
from orders.documents.pdf import Paper


def printed(words: str) -> bytes:
    paper = Paper()
    paper.set_creation_date(datetime(2026, 11, 28, tzinfo=UTC))
    paper.add_page()
    for bold in (False, True):
        paper.use(bold=bold)
        paper.multi_cell(150, 5, words, new_x="LMARGIN", new_y="NEXT")
    return bytes(paper.output())


def read(paper: bytes) -> str:
    return PdfReader(BytesIO(paper)).pages[0].extract_text()


@pytest.fixture
def cut(monkeypatch) -> list[str]:
    """The files that were opened to be cut down for a paper."""
    opened: list[str] = []
    real = kept_fonts.TTFont

    def open_font(file, **options):
        opened.append(file.name)
        return real(file, **options)

    printed("fonts are there")
    monkeypatch.setattr(kept_fonts, "TTFont", open_font)
    return opened


@pytest.mark.parametrize("words", ["Mug, blue – 12.50 €", "Nguyễn Thị Hoà, Đà Lạt: 12.000 ₫", "Größe “M”"])
def test_the_usual_letters_need_no_font_of_their_own(cut, words):
    assert read(printed(words)).split("\n") == [words, words]
    assert cut == []


@pytest.mark.parametrize("words", ["Ελένη", "Петрова", "Łódź", "Hoa and Ελένη"])
def test_other_letters_are_printed_too(cut, words):
    assert read(printed(words)).split("\n") == [words, words]
    assert cut == ["DejaVuSansCondensed.ttf", "DejaVuSansCondensed-Bold.ttf"]


def test_a_paper_is_the_same_to_the_byte_whatever_was_printed_before():
    first = printed("Nguyễn")
    printed("Ελένη")

    assert printed("Nguyễn") == first


def test_nothing_is_remembered_of_a_paper():
    printed("Nguyễn")

    assert SubsetMap.pick.cache_info().currsize == 0
    assert SubsetMap.get_glyph.cache_info().currsize == 0
