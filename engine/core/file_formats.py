"""Formats of tables in files: what a file's name says of it, and what settings state beyond its name."""

from __future__ import annotations

import codecs
from typing import NamedTuple

FORMAT_BY_ENDING = {
    ".csv": "csv",
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".xlsx": "xlsx",
    ".ods": "ods",
}
"""File formats by the file name's extension."""

SHEET_FORMATS = ("xlsx", "ods")
"""The formats of spreadsheets, of which one sheet is read."""

LAKE_FORMATS = ("delta", "iceberg")
"""The formats of tables that have versions, of which the newest is read."""

OBJECT_FORMATS = ("csv", "parquet", "jsonl", *LAKE_FORMATS)
"""The formats that are read from object storage."""

_OBJECT_STORAGE = ("s3://", "gs://", "az://", "abfs://", "abfss://")

PACKED_ENDINGS = (".gz", ".zip")
"""Extensions of compressed files; the extension before says the format."""

SEPARATORS = {",": ",", ";": ";", "tab": "\t", "|": "|"}
"""The separators of CSV files, by the words for them in settings."""

RARE_SEPARATORS = ("^", "~", "#", ":", "\x1f", "\x1e", "\x01")
"""Separators that a header tells where it has none of the usual ones."""

SEPARATOR_PATTERN = r"tab|[\x01-\x09\x0b\x0c\x0e-\x1f\x21\x23-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]"
"""A regular expression for separators as settings write them: `tab`, or a sign of ASCII other than `"`."""

UTF_8 = "utf-8"


class FileFormat(NamedTuple):
    """Settings about how a file is read; None where the file itself decides."""

    format: str | None = None
    """A value of `FORMAT_BY_ENDING`; None: by the file name's extension."""
    encoding: str | None = None
    """A text encoding that Python knows; None is UTF-8."""
    separator: str | None = None
    """The character between the values of a CSV file; None: by its header."""
    sheet: str | None = None
    """The name of a spreadsheet's sheet; None is the first."""


UNSTATED = FileFormat()
"""No settings: the file itself decides."""


def separator_of(word: str | None) -> str | None:
    """Return the separator that settings mean: the character itself, or a tab for `tab`."""
    return SEPARATORS.get(word, word) if word else None


def in_object_storage(path: str) -> bool:
    """Return whether a path is the address of something in object storage, such as `s3://exports/accounts.csv`."""
    return path.startswith(_OBJECT_STORAGE)


def packing_of(path: str) -> str | None:
    """Return `.gz` or `.zip` for a compressed file by its extension, or None."""
    return next((ending for ending in PACKED_ENDINGS if path.lower().endswith(ending)), None)


def format_of(path: str) -> str | None:
    """Return the file format by a path's extension, compressed or not; None where it is unknown."""
    name = path[: -len(packing_of(path) or "")] if packing_of(path) else path
    dot = name.rfind(".")
    return FORMAT_BY_ENDING.get(name[dot:].lower()) if dot >= 0 else None


def codec_name(encoding: str | None) -> str | None:
    """Return Python's name of a text encoding, `utf-8` for UTF-8 with or without its mark; None if unknown."""
    try:
        found = codecs.lookup(encoding or UTF_8)
    except (LookupError, ValueError):
        return None
    if not getattr(found, "_is_text_encoding", True) or found.name in ("idna", "punycode"):
        return None
    return UTF_8 if found.name == "utf-8-sig" else found.name
