"""Secrets from the environment: addresses name them as `${NAME}`, no file has them, and no message shows them."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import quote

from ..core.problems import Problem, Problems
from .database_address import SECRET, secret_parts

SHORTEST_MASKED = 4
"""Letters of a secret up to which replacing it would show where it is."""


class Revealed(NamedTuple):
    """A text with its secrets filled in, and the texts that no message may show."""

    text: str
    secrets: frozenset[str]


def reveal(text: str, key: str, *, address: bool = True) -> Revealed:
    """Return a text with each `${NAME}` replaced by the variable's value.

    A value that is a part of an address is escaped as addresses need it; one that is the whole is left as it is.

    Args:
        text: The text.
        key: The setting that has it, as messages name it.
        address: True if the text is an address.

    Raises:
        Problems: `missing-secret`.
    """
    values: dict[str, str] = {}
    for name in dict.fromkeys(SECRET.findall(text)):
        value = os.environ.get(name)
        if not value:
            message = f"the environment has no variable `{name}`, which `{key}` names"
            hint = f"set it where Tenure runs: {name}=…"
            raise Problems([Problem("missing-secret", message, hint=hint)])
        values[name] = value
    if SECRET.fullmatch(text):
        whole = next(iter(values.values()))
        return Revealed(whole, frozenset({whole, *(secret_parts(whole) if address else ())}))
    filled = SECRET.sub(
        lambda match: quote(values[match[1]], safe="") if address else values[match[1]], text
    )
    secrets = {each for value in values.values() for each in (value, quote(value, safe=""))}
    return Revealed(filled, frozenset(secrets))


def mask(message: str, secrets: Collection[str], otherwise: str) -> str:
    """Return a message without secrets.

    Args:
        message: The message.
        secrets: The texts that it may not show.
        otherwise: The message in its place if it has a secret too short to be replaced.
    """
    if any(secret in message for secret in secrets if len(secret) <= SHORTEST_MASKED):
        return otherwise
    for secret in sorted(secrets, key=len, reverse=True):
        message = message.replace(secret, "***") if len(secret) > SHORTEST_MASKED else message
    return message
