"""What a page's template says, the page shows: a block that its base has no place for would vanish without a word."""

from pathlib import Path

import pytest
from django.template import Template
from django.template.loader import get_template
from django.template.loader_tags import BlockNode, ExtendsNode

TEMPLATES = Path(__file__).parents[2] / "templates"
PAGES = sorted(
    str(page.relative_to(TEMPLATES))
    for room in ("shop", "account", "demo")
    for page in (TEMPLATES / room).glob("*.html")
)


def unplaced(template: Template) -> set[str]:
    """The blocks that a template fills and none of those that it extends has."""
    for extends in template.nodelist.get_nodes_by_type(ExtendsNode):
        base = get_template(extends.parent_name.resolve({})).template
        return {name for name, block in extends.blocks.items() if not _nested(extends, block)} - _places(base)
    return set()


def _nested(extends: ExtendsNode, block: BlockNode) -> bool:
    others = (one for one in extends.blocks.values() if one is not block)
    return any(block in one.nodelist.get_nodes_by_type(BlockNode) for one in others)


def _places(template: Template) -> set[str]:
    own = {block.name for block in template.nodelist.get_nodes_by_type(BlockNode)}
    for extends in template.nodelist.get_nodes_by_type(ExtendsNode):
        return own | _places(get_template(extends.parent_name.resolve({})).template)
    return own


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_a_page_has_a_place(page):
    assert unplaced(get_template(page).template) == set()
