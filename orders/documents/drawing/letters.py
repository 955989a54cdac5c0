"""Letters that no font of ours has: named before anything is printed, and never a gap on paper."""

from collections.abc import Iterable, Mapping
from unicodedata import name

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.errors import OrderError

# Said of one paper, in one message.
MAX_NAMED = 10


class LettersNotPrintable(OrderError):
    """No font has some letters of what was to be printed, or to be ordered. `letters` has them."""

    code = "letters_not_printable"
    status = 422
    title = gettext_lazy("Letters that can't be printed")
    advice = gettext_lazy(
        "No font of the shop has the `letters`, so papers would have gaps. Write name, address and note in others."
    )
    example = {"letters": ["\U0001200b"]}


def require_printable(*texts: str) -> None:
    """Raises LettersNotPrintable, with each letter of the texts that couldn't be printed."""
    # Imported here: only those who order, and who print, need the fonts.
    from orders.documents.drawing.faces import unprintable

    # The most of all texts are ours without a look at the fonts.
    if missing := unprintable("\n".join(text for text in texts if not text.isascii())):
        raise LettersNotPrintable(
            _("These letters can't be printed: %(letters)s") % {"letters": named(missing)}, letters=missing
        )


def refusal(missing: Mapping[str, Iterable[str]]) -> LettersNotPrintable:
    """What refuses a stack of papers: of each paper that has some, its letters."""
    said = [f"{paper}: {named(letters)}" if paper else named(letters) for paper, letters in missing.items()]
    letters = list(dict.fromkeys(letter for some in missing.values() for letter in some))
    return LettersNotPrintable(
        _("These letters can't be printed, so nothing was: %(letters)s") % {"letters": "; ".join(said)},
        letters=letters,
    )


def named(letters: Iterable[str]) -> str:
    """Letters with their numbers and names in Unicode: whoever reads this may lack a font for them too."""
    some = list(letters)
    more = " …" if len(some) > MAX_NAMED else ""
    return ", ".join(f"{one} (U+{ord(one):04X} {name(one, '?')})" for one in some[:MAX_NAMED]) + more
