"""Cron schedules of five fields: check them, and list the dates on which they fire.

A date is due when the schedule fires at least once on it, in local time.
croniter receives naive datetimes: with aware ones it fires twice on the night when the clocks go back.
"""

from __future__ import annotations

import datetime as dt
import re

from ..text.written_values import without_curly_quotes

LONGEST_SCHEDULE = 100
"""Maximum characters of a schedule, because croniter's running time grows with the text."""

_ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_MONTH_NUMBERS = {name: number for number, name in enumerate(_MONTHS, start=1)}
_DAY_NUMBERS = {name: number for number, name in enumerate(_DAYS)}
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, _MONTH_NUMBERS),
    ("day of the week", 0, 7, _DAY_NUMBERS),
)
_ITEM = re.compile(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d+))?", re.ASCII)
_NTH = re.compile(r"(?:\w+#[1-5]|l[0-7])", re.ASCII)
_EXAMPLE = "five fields: minute, hour, day of the month, month, day of the week, such as 0 6 * * 1"


def check_schedule(text: str) -> str | None:
    """Return why a text is not a valid schedule, in one sentence; None if it is valid.

    croniter is called only where a date could be impossible: its own check accepts 30 February.
    """
    if len(text) > LONGEST_SCHEDULE:
        return f"a schedule has at most {LONGEST_SCHEDULE} characters, this one has {len(text)}"
    if text.strip().startswith("@"):
        cron = _ALIASES.get(text.strip().lower())
        return f"{text.strip()} is not understood" + (f": write {cron}" if cron else "")
    fields = text.lower().split()
    if len(fields) != 5:
        return f"a schedule has {_EXAMPLE}; this one has {len(fields)}"
    for field, (name, low, high, names) in zip(fields, _FIELDS, strict=True):
        reason = _check_field(field, name, low, high, names)
        if reason:
            return reason
    if fields[2] == "*" and not re.search(r"#|\bl[0-7]", fields[4]):
        return None
    return _check_fires(text)


def meant_schedule(text: str) -> str | None:
    """Return the schedule that a word such as `@daily` or a text in curly quotes means; None for other texts."""
    bare = without_curly_quotes(text)
    if bare is not None and check_schedule(bare) is None:
        return bare
    return _ALIASES.get(f"@{text.strip().lower().removeprefix('@')}")


def due_dates(text: str, after: dt.date | None, upto: dt.date) -> list[dt.date]:
    """Return the dates on which a schedule fires, in order.

    Args:
        text: A schedule that passed `check_schedule`.
        after: The date before the first candidate; None makes `upto` the only candidate.
        upto: The last candidate.
    """
    before = upto - dt.timedelta(days=1) if after is None else after
    on_days = weekdays(text)
    if on_days is not None:  # croniter takes ten times as long, and `1-1` for every day
        days = (before + dt.timedelta(days=n) for n in range(1, (upto - before).days + 1))
        return [date for date in days if date.isoweekday() % 7 in on_days]
    return _fires(text, before, upto)


def _fires(text: str, before: dt.date, upto: dt.date) -> list[dt.date]:
    """Return the dates after `before` on which a schedule fires, by croniter."""
    from croniter import CroniterBadDateError, croniter

    dates: list[dt.date] = []
    while before < upto:
        start = dt.datetime.combine(before, dt.time(23, 59, 59))
        try:
            fires: dt.datetime = croniter(text, start).get_next(dt.datetime)
        except CroniterBadDateError:
            break
        before = fires.date()
        if before <= upto:
            dates.append(before)
    return dates


def weekdays(text: str) -> set[int] | None:
    """Return the days of the week of a valid schedule, Sunday as 0; None where other fields decide its dates too."""
    _, _, day, month, field = text.lower().split()
    if (day, month) != ("*", "*") or re.search(r"#|\bl[0-7]", field):
        return None
    days: set[int] = set()
    for item in field.split(","):
        match = _ITEM.fullmatch(item)
        if match is None:
            return None
        first, last, step = match.groups()
        low = 0 if first is None else _number(first, _DAY_NUMBERS)
        high = _number(last, _DAY_NUMBERS) if last else (low if first and not step else 6)
        if low is None or high is None:
            return None
        if low > high:
            low = 0  # Sunday, as 7
        days |= {number % 7 for number in range(low, high + 1, int(step or 1))}
    return days


def _check_field(field: str, name: str, low: int, high: int, names: dict[str, int]) -> str | None:
    for item in field.split(","):
        if name == "day of the month" and item == "l":
            continue
        if name == "day of the week" and _NTH.fullmatch(item):
            item = item.removeprefix("l").partition("#")[0]
        match = _ITEM.fullmatch(item)
        if match is None:
            return _invalid_item(item, name, low, high)
        first, last, step = match.groups()
        ends = [_number(end, names) for end in (first, last) if end is not None]
        if any(end is None or not low <= end <= high for end in ends):
            return _invalid_item(item, name, low, high)
        if len(ends) == 2 and (ends[0] or 0) > (ends[1] or 0):
            return f"the {name} {item} runs backwards: write the lower end first, or two ranges"
        if step is not None and not 1 <= int(step) <= high:
            return f"the step of the {name} {item} must be from 1 to {high}"
    return None


def _number(text: str, names: dict[str, int]) -> int | None:
    return int(text) if text.isdecimal() else names.get(text)


def _invalid_item(item: str, name: str, low: int, high: int) -> str:
    if item in ("h", "r") or item.startswith(("h(", "r(", "h/", "r/")):
        return f"{item.upper()} in the {name} draws at random; write a number from {low} to {high}"
    return (
        f"{item or 'an empty item'} is not a valid {name}: write *, or numbers from {low} to {high}"
    )


def _check_fires(text: str) -> str | None:
    """Return why a schedule never fires; None if it fires within eight years, which contain every calendar date."""
    from croniter import CroniterBadCronError, CroniterBadDateError, croniter

    try:
        croniter(text, dt.datetime(2001, 1, 1), max_years_between_matches=8).get_next()  # noqa: DTZ001
    except CroniterBadDateError:
        return f"the schedule {text} never fires: no year has that date"
    except (CroniterBadCronError, ValueError, KeyError) as error:
        return f"croniter refuses the schedule {text}: {error}"
    return None
