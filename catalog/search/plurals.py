"""English plurals that no rule makes, for the search: PostgreSQL's dictionary does not take knives for more than one knife.

They are those of Quirk, Greenbaum, Leech and Svartvik, A Comprehensive Grammar of the English Language, 5.81 to 5.93, of
things, creatures and people that a shop may sell or sell to. Each holds at the end of a longer word, too: bookshelves,
grandchildren, women. What comes of it that is no word finds nothing, and harms nothing.
"""

from catalog.languages import readers_language

_PAIRS = """
calf calves, half halves, hoof hooves, knife knives, leaf leaves, life lives, loaf loaves, scarf scarves, sheaf sheaves,
shelf shelves, thief thieves, wharf wharves, wife wives, wolf wolves, elf elves, dwarf dwarves, self selves,
man men, foot feet, goose geese, mouse mice, louse lice, tooth teeth, die dice, ox oxen, child children, person people,
cactus cacti, fungus fungi, bacillus bacilli, stimulus stimuli, criterion criteria, phenomenon phenomena,
index indices, matrix matrices, vertex vertices, appendix appendices, axis axes, crisis crises, basis bases
"""
PAIRS = [tuple(pair.split()) for pair in _PAIRS.replace("\n", " ").split(",")]
# Words that short are others in other languages, once their accents are folded: màn, men.
SHORT = 3


def others_of(word: str) -> list[str]:
    """The plural of a word, or the singular, as far as one is irregular; both where a word may be either."""
    if len(word) <= SHORT and readers_language() != "en":
        return []
    ways = [*PAIRS, *((plural, singular) for singular, plural in PAIRS)]
    return [word.removesuffix(one) + other for one, other in ways if word.endswith(one)]
