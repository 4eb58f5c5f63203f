"""The file of rates that a workspace states, apart from what is reckoned with them: `validate` reads it too.

In: a workspace's folder and the file's name; out: dated rates, or every problem of the file. The rule: a line that is
no rate refuses the file, for figures without it would be other figures.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from ..core.problems import Problem, Problems, Span
from ..text.input_files import read_text

RATE_COLUMNS = ("on", "currency", "rate")


def read_rates(root: Path, file: str) -> list[tuple[dt.date, str, Decimal]]:
    """Each line's date, currency and rate; raises `Problems` over a bad file."""
    return _rates(_text(root, file), file)


def check_rates(root: Path, file: str) -> tuple[list[Problem], dict[str, str]]:
    """Every problem of the file, and its text by its name where it could be read."""
    texts: dict[str, str] = {}
    try:
        texts[file] = _text(root, file)
        _rates(texts[file], file)
    except Problems as found:
        return list(found.problems), texts
    return [], texts


def _text(root: Path, file: str) -> str:
    hint = "`rates` under `metrics` in tenure.yaml names the file"
    text, problems = read_text(root / file, file, hint=hint)
    if text is None:
        raise Problems(problems)
    return text


def _rates(text: str, file: str) -> list[tuple[dt.date, str, Decimal]]:
    rows = csv.DictReader(io.StringIO(text))
    missing = [name for name in RATE_COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        hint = f"begin the file with the line {','.join(RATE_COLUMNS)}"
        raise Problems([_bad(file, 1, f"there is no column `{missing[0]}`", hint)])
    found, problems = [], []
    for row in rows:
        try:
            found.append(_row(row))
        except (ValueError, InvalidOperation):
            written = ",".join(row[name] or "" for name in RATE_COLUMNS)
            hint = "write a date, a currency, and what one unit of it is worth: 2026-01-31,USD,0.92"
            problems.append(_bad(file, rows.line_num, f"`{written}` is no rate", hint))
    if problems:
        raise Problems(problems)
    return found


def _row(row: Mapping[str, str | None]) -> tuple[dt.date, str, Decimal]:
    on, currency, rate = ((row[name] or "").strip() for name in RATE_COLUMNS)
    worth = Decimal(rate)
    if len(on) != 10 or not currency or not worth.is_finite() or worth <= 0:
        raise ValueError
    return dt.date.fromisoformat(on), currency, worth


def _bad(file: str, line: int, message: str, hint: str) -> Problem:
    return Problem("bad-rate", message, Span(file, line, 1, line, 1), hint)
