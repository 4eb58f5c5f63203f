"""Addresses of databases: the kinds that can be read, and where their secrets come from."""

from __future__ import annotations

import re
from urllib.parse import unquote

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

SPARK = "spark"
"""The address of the cluster that Spark's own settings describe."""
ADDRESSES = f"{', '.join(f'`{each}://`' for each in EXTRA_BY_SCHEME)}, or write `{SPARK}`"
"""The beginnings of addresses, as hints name them."""

_SCHEME = re.compile(r"([a-z]+)://")
_PASSWORD = re.compile(r"://[^:/@?]*:([^?]*)@")
_OPTION = re.compile(r"[?&]([^=&]+)=([^&]*)")
_SECRET_OPTION = re.compile(
    r"pass(word|wd|code|phrase)?|pwd|token|secret|private_?key|api_?key", re.IGNORECASE
)


def scheme_of(address: str) -> str | None:
    """Return the kind of database that an address leads to; None where none can be read."""
    if address == SPARK:
        return SPARK
    match = _SCHEME.match(address)
    return match[1] if match and match[1] in EXTRA_BY_SCHEME else None


def has_plain_secret(address: str) -> bool:
    """Return whether a password or token is written out in an address, in place of `${NAME}`."""
    values = [match[1] for match in _PASSWORD.finditer(address)]
    values += [value for name, value in _OPTION.findall(address) if _SECRET_OPTION.search(name)]
    return any(value and not SECRET.fullmatch(value) for value in values)


def hide_password(address: str) -> str:
    """Return an address without its password, for messages."""
    return _PASSWORD.sub("://***@", address).partition("?")[0]


def secret_parts(address: str) -> set[str]:
    """Return the parts of an address, from the environment as a whole, that a driver might show alone."""
    parts = {match[1] for match in _PASSWORD.finditer(address)}
    parts |= {value for _, value in _OPTION.findall(address)}
    parts |= {piece for part in parts for piece in re.split("[/@]", part)}
    return {each for part in parts if part for each in (part, unquote(part))}
