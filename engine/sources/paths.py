"""Paths with `{date}`: find the dates that have a file, and the file of a date."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from ..workspace.settings import PLACEHOLDER


def path_on(root: Path, pattern: str, on: dt.date) -> Path:
    """Return the path of that date's file; a pattern without `{date}` has one file for all dates."""
    return root / pattern.replace(PLACEHOLDER, on.isoformat())


def dates_of(root: Path, pattern: str) -> list[dt.date]:
    """Return the dates that have a file, in order. Names with a date that does not exist are skipped."""
    before, _, after = str(root / pattern).partition(PLACEHOLDER)
    folder, _, prefix = before.rpartition("/")
    suffix, _, inside = after.partition("/")
    name = re.compile(re.escape(prefix) + r"(\d{4}-\d\d-\d\d)" + re.escape(suffix), re.ASCII)
    parent = Path(folder or "/")
    if not parent.is_dir():
        return []
    dates = []
    for entry in parent.iterdir():
        match = name.fullmatch(entry.name)
        on = date_in(match[1]) if match else None
        if on is not None and (entry / inside if inside else entry).is_file():
            dates.append(on)
    return sorted(dates)


def date_in(text: str) -> dt.date | None:
    """Return the date that a part of a file's name is; None where there is no such date."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
