"""Codes of gift cards: made at random, and read however they are typed."""

import secrets
import unicodedata

from orders.models.money.gift_card import CODE_LENGTH, CODE_LETTERS

# Crockford's base 32: what looks like a digit is one.
TAKEN_FOR = str.maketrans("OIL", "011")


def new_code() -> str:
    """A code that nobody guesses: 80 bits."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def read(typed: str) -> str:
    """The code that was typed, with or without groups; empty where it can't be one."""
    seen = unicodedata.normalize("NFKC", typed).upper().translate(TAKEN_FOR)
    code = "".join(letter for letter in seen if letter.isalnum())
    return code if len(code) == CODE_LENGTH and set(code) <= set(CODE_LETTERS) else ""
