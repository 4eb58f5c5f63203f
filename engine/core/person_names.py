"""Names of people, compared without regard to case and to blanks around them and between their parts."""

from __future__ import annotations

MANAGER = "manager"
"""The word that, in `escalate: {to: manager}`, names the manager of the action's owner."""


def name_key(name: str | None) -> str:
    """Return the form of a name that all its spellings share; empty for no name.

    Examples:
        >>> name_key("  Alice   MARTIN ")
        'alice martin'
    """
    return " ".join((name or "").split()).casefold()
