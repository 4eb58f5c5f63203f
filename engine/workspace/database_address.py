"""Addresses of databases: the kinds that can be read, and where their secrets come from."""

from __future__ import annotations

import re

EXTRA_BY_SCHEME = {
    "sqlite": "",
    "postgresql": "postgres",
    "postgres": "postgres",
    "snowflake": "snowflake",
    "bigquery": "bigquery",
}
"""The extra that installs the driver, by the address's scheme; Python reads SQLite itself."""

SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""The place of a value from the environment in an address."""

_SCHEME = re.compile(r"([a-z]+)://")
_PASSWORD = re.compile(r"://[^/@:?]*:([^@/]*)@")
_SECRET_OPTION = re.compile(r"[?&](?:password|passwd|pwd|token|private_key)=([^&]*)", re.IGNORECASE)


def scheme_of(address: str) -> str | None:
    """Return the kind of database that an address leads to; None where none can be read."""
    match = _SCHEME.match(address)
    return match[1] if match and match[1] in EXTRA_BY_SCHEME else None


def has_plain_secret(address: str) -> bool:
    """Return whether a password or token is written out in an address, in place of `${NAME}`."""
    values = [
        match[1] for pattern in (_PASSWORD, _SECRET_OPTION) for match in pattern.finditer(address)
    ]
    return any(value and not SECRET.fullmatch(value) for value in values)
