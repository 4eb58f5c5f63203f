"""Paths with `{date}` in them: which dates have a file, and which file a date has."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from ..workspace.source_settings import PLACEHOLDER


def path_on(root: Path, pattern: str, day: dt.date) -> Path:
    """The file of that date; a pattern without `{date}` has one file for all."""
    return root / pattern.replace(PLACEHOLDER, day.isoformat())


def dates_of(root: Path, pattern: str) -> list[dt.date]:
    """The dates for which there is a file, in order; names with no date that exists are passed over."""
    before, _, after = str(root / pattern).partition(PLACEHOLDER)
    folder, _, prefix = before.rpartition("/")
    suffix, _, rest = after.partition("/")
    name = re.compile(re.escape(prefix) + r"(\d{4}-\d\d-\d\d)" + re.escape(suffix), re.ASCII)
    parent = Path(folder or "/")
    if not parent.is_dir():
        return []
    found = []
    for entry in parent.iterdir():
        match = name.fullmatch(entry.name)
        day = _date(match[1]) if match else None
        if day is not None and (entry / rest if rest else entry).is_file():
            found.append(day)
    return sorted(found)


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
