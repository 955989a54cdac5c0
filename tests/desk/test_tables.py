"""Tables of the desk's own pages are drawn as tables: without their class, columns stand one against the other."""

import re
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "templates" / "admin"
DRAWN = re.compile(r'class="[^"]*\bplain\b')


def test_every_table_of_the_desk_is_drawn():
    tables = [
        (page.name, tag)
        for page in sorted(TEMPLATES.rglob("*.html"))
        for tag in re.findall(r"<table[^>]*>", page.read_text())
    ]
    assert tables
    assert [one for one in tables if not DRAWN.search(one[1])] == []
