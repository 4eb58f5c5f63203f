"""Arguments of the Python API: dates, names and numbers, checked, and the clock. Private.

This module is the only one of the API that reads the clock.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Collection, Iterable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from .engine.core.date_texts import days_after, iso_date
from .exceptions import UsageError

if TYPE_CHECKING:
    from .engine.project.loading import Project

DateLike = str | dt.date
PathLike = str | os.PathLike[str]
NumberLike = str | int | float | Decimal


def read_date(value: object, name: str) -> dt.date:
    """Return the date of an ISO 8601 text or a date.

    Args:
        value: The argument.
        name: Its name, for the error.

    Raises:
        UsageError: It is not a date.
    """
    if isinstance(value, dt.datetime):
        raise UsageError(f"{name} is an instant, {value}; pass a date, such as value.date()")
    if isinstance(value, dt.date):
        return value
    date = iso_date(value) if isinstance(value, str) else None
    if date is not None:
        return date
    raise UsageError(f"{name} is not a date: {value!r}; pass a date or a text such as '2026-03-02'")


def last_date(value: object, on: dt.date) -> dt.date:
    """Return the last date of a preview: a date, a number of days such as `+30d`, or a timedelta after `on`."""
    days = days_after(value) if isinstance(value, str) else value
    try:
        last = on + days if isinstance(days, dt.timedelta) else read_date(value, "until")
    except OverflowError:
        raise UsageError(f"until is after the last date of the calendar: {days!r}") from None
    if last < on:
        raise UsageError(f"until, {last}, is before on, {on}")
    return last


def read_reason(value: object, name: str) -> str:
    """Return a text that gives a reason; it is not empty."""
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise UsageError(f"{name} is not a reason: {value!r}; say why, such as 'new accounts imported'")


def read_path(value: object, name: str) -> Path:
    """Return a path as an absolute one."""
    if isinstance(value, str | os.PathLike):
        raw = os.fspath(value)
        if isinstance(raw, str) and raw and "\0" not in raw:
            return Path(raw).absolute()
    raise UsageError(f"{name} is not a path: {value!r}; pass a text or a pathlib.Path")


def read_names(value: object, name: str) -> tuple[str, ...] | None:
    """Return texts given alone or in an iterable; None for None, which means no limit."""
    if value is None:
        return None
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Iterable):
        names = tuple(value)
        if all(isinstance(each, str) for each in names):
            return names
    raise UsageError(f"{name} is not a text or a list of texts: {value!r}")


def read_choice(value: object, name: str, choices: Collection[str]) -> str:
    """Return a value that must be one of `choices`; the error names the most similar one."""
    from .engine.text.suggest import suggest

    if isinstance(value, str) and value in choices:
        return value
    near = suggest(value, choices) if isinstance(value, str) else None
    hint = f"did you mean {near}?" if near else f"there are: {', '.join(choices) or 'none'}"
    raise UsageError(f"{name} {value!r} is unknown; {hint}")


def unknown_account(project: Project, account: str, on: dt.date) -> UsageError:
    """Return the error of an account that does not exist, with the account that is probably meant."""
    from .engine.documents.account_facts import suggest_account

    near = suggest_account(project, on, account)
    hint = f"; did you mean {near}?" if near else ""
    return UsageError(f"account {account!r} is unknown{hint}")


def clock(time_zone: str) -> dt.date:
    """Return the current date in a time zone."""
    from zoneinfo import ZoneInfo

    return dt.datetime.now(ZoneInfo(time_zone)).date()
