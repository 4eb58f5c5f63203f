"""Languages of accounts that are neither a tag nor a name: what these accounts read is in the workspace's language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ..core.languages import language_tag
from ..core.problems import Problem
from ..text.name_most import count_accounts, most_frequent, name_most, shorten


def unknown_languages(counts: Mapping[Any, int]) -> Counter[str]:
    """Return those languages that are not known, of numbers of accounts by language; missing ones don't count."""
    written = {name: n for name, n in counts.items() if isinstance(name, str) and name.strip()}
    return Counter({name: n for name, n in written.items() if language_tag(name) is None})


def language_warnings(unknown: Counter[str]) -> list[Problem]:
    """Return a warning that counts and names the unknown languages, if there are any.

    Args:
        unknown: The number of accounts by unknown language.
    """
    if not unknown:
        return []
    # Imported here because it brings the parser of conditions, which a run needs for nothing else.
    from ..language.condition_schema import LANGUAGE_SHAPE

    message = (
        f"the language of {count_accounts(unknown.total())} is not known: {name_most(unknown)}"
    )
    first = most_frequent(unknown)[0]
    near = LANGUAGE_SHAPE.meant(first)
    hint = "messages and documents for them are in the workspace's language; " + (
        f"`{shorten(first)}` may be `{near}`"
        if near
        else "write a tag such as `fr`, or the language's name"
    )
    return [Problem("unknown-language", message, None, hint, severity="warning")]
