"""The account's email address: its field, and which texts can be one."""

from __future__ import annotations

import re

from .printable import fit_line

CONTACT_EMAIL = "contact_email"
"""The standard field with the address to which an account's emails go."""

NOT_ONE_ADDRESS = f"`{CONTACT_EMAIL}` is not one email address"

ADDRESS_PATTERN = r"[^\s,;:<>()\[\]\"\\@]+@[^\s,;:<>()\[\]\"\\@]+"
"""A regular expression for Python and for Polars; `is_address` is stricter."""
PLAIN_ADDRESS_PATTERN = r"^[A-Za-z0-9._%+'-]+@[A-Za-z0-9._-]+$"
"""A regular expression for Polars: of what matches it, every text is an address for `is_address`, as most are."""
_ADDRESS = re.compile(ADDRESS_PATTERN)


def is_address(text: str) -> bool:
    """Return whether a text is exactly one email address: no line break, no second address, no hidden characters.

    A mail program would read a line break as the end of the header, and the rest as another header.
    """
    return _ADDRESS.fullmatch(text) is not None and fit_line(text) == text
