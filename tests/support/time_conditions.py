"""Random conditions about the time, and accounts whose dates are near: what changes within weeks, by itself."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

from support.strategies import SCOPE, columns

Row = dict[str, Any]

_DATES = ("renewal_date", "signup_date", "notice_date", "opened_on", "anchor", "2024-02-29")
_SHIFTS = ("90 days", "2 weeks", "1 month", "3 months", "13 months", "1 year")
_EVERY = ("1 day", "10 days", "2 weeks", "1 month", "5 months", "1 year")
_FACTORS = ("2", "0.5", "30", "7", "-1", "0.1", "1e-7", "seats")
_OPERATORS = ("<", "<=", ">", ">=", "==", "!=")


def condition(random: Random, depth: int = 2) -> str:
    """The text of a condition, in the names of `SCOPE`."""
    kind = random.randrange(14 if depth else 11)
    if kind < 3:
        return f"{_number(random)} {random.choice(_OPERATORS)} {_limit(random)}"
    if kind < 6:
        return f"{_date(random)} {random.choice(_OPERATORS)} {_date(random)}"
    if kind == 6:
        return f"{_number(random)} between {random.randrange(-9, 40)} and {random.randrange(60)}"
    if kind == 7:
        options = ", ".join(str(random.randrange(-2, 90)) for _ in range(3))
        return f"{_number(random)} in ({options})"
    if kind == 8:
        days = f"{random.randrange(-40, 40)} days"
        return f"{_date(random)} - {_date(random)} {random.choice(_OPERATORS)} {days}"
    if kind == 9:
        return f"({random.choice((_number, _date))(random)}) is missing"
    if kind == 10:
        return random.choice(
            (
                f"snapshot_reaches({_plain(random)})",
                f"change_since(opened_on, seats) < {random.randrange(40)}",
                "auto_renew",
                "stands_in('renewal/grace')",
                "held_for(health_score < 70 or days_until(renewal_date) > 30, 7 days)",
            )
        )
    parts = [f"({condition(random, depth - 1)})" for _ in range(random.randrange(1, 4))]
    if kind == 11:
        return f"not {parts[0]}"
    return random.choice((" and ", " or ")).join(parts)


def _number(random: Random, depth: int = 2) -> str:
    kind = random.randrange(17 if depth else 10)
    date = _plain(random) if random.random() < 0.8 else _date(random)
    if kind < 4:
        return f"{random.choice(('days_until', 'days_since'))}({date})"
    if kind < 7:
        function = random.choice(("months_since", "years_since", "business_days_until"))
        return f"{function}({date})"
    if kind < 9:
        return f"{random.choice(('day', 'weekday', 'month'))}({_date(random)})"
    if kind == 9:
        return random.choice(("days_since(today)", "days_until(today + 20 days)", "seats"))
    if kind == 10:
        return f"({_number(random, depth - 1)}) {random.choice('*/')} {random.choice(_FACTORS)}"
    if kind == 11:
        return f"{random.choice(_FACTORS)} * ({_number(random, depth - 1)})"
    if kind == 12:
        return f"abs({_number(random, depth - 1)})"
    if kind == 13:
        return f"round({_number(random, depth - 1)})"
    a, b = _number(random, depth - 1), random.choice((_number(random, depth - 1), _limit(random)))
    if kind == 14:
        return f"({a} {random.choice('+-')} ({b}))"
    if kind == 15:
        return f"{random.choice(('min', 'max', 'first'))}({a}, {b})"
    return f"choose({condition(random, 0)}, {a}, {b})"


def _limit(random: Random) -> str:
    return random.choice(
        (
            str(random.randrange(-3, 90)),
            str(random.randrange(-3, 12)),
            str(random.randrange(-100, 400) / 10),
            "seats",
            "health_score",
            "seats * 1.1",
            "limit - 20",
            "choose(auto_renew, 20, 45)",
            "previous(seats)",
        )
    )


def _date(random: Random, depth: int = 2) -> str:
    kind = random.randrange(12 if depth else 6)
    if kind < 2:
        return _plain(random)
    if kind < 5:
        return "today"
    if kind == 5:
        return random.choice(("snapshot_date", "standing_since('win_back')"))
    inner = _date(random, depth - 1)
    if kind < 8:
        return f"({inner} {random.choice('+-')} {random.choice(_SHIFTS)})"
    if kind == 8:
        return f"{random.choice(('anniversary', 'next_anniversary', 'quarter_start'))}({inner})"
    if kind == 9:
        return f"recurrence({inner}, {random.choice(_EVERY)})"
    if kind == 10:
        return f"({inner} + ({_date(random, depth - 1)} - {_plain(random)}))"
    return f"{random.choice(('min', 'max', 'first'))}({inner}, {_date(random, depth - 1)})"


def _plain(random: Random) -> str:
    return random.choice(_DATES)


def near_row(random: Random) -> Row:
    """An account with dates near today, some at the ends of months, and numbers of a usual size."""
    today = _day(random, dt.date(2024, 1, 1), 900)
    row: Row = dict.fromkeys(columns(SCOPE))
    for name, type_ in columns(SCOPE).items():
        if random.random() < 0.1:
            continue
        if type_ == "date":
            row[name] = _day(random, today - dt.timedelta(days=60), 120)
            if random.random() < 0.3:
                row[name] = _day(random, today - dt.timedelta(days=900), 1800)
        elif type_ == "number":
            row[name] = random.choice((random.randrange(60), random.randrange(600) / 10)) * 1.0
        elif type_ == "boolean":
            row[name] = random.random() < 0.5
    row["@today"] = today
    row["@snapshot_date"] = today - dt.timedelta(days=random.choice((0, 0, 0, 1, 9)))
    row["@renewal.state"] = random.choice((None, "notice", "grace"))
    row["@win_back.opened_on"] = random.choice((None, _day(random, today, 1)))
    row["country"] = random.choice((None, "FR", "Deutschland", "nowhere"))
    row["region"] = None
    return row


def _day(random: Random, first: dt.date, days: int) -> dt.date:
    """A day of a period, one in four on the last or first days of a month."""
    date = first + dt.timedelta(days=random.randrange(days))
    if random.random() < 0.25:
        return date.replace(day=1) - dt.timedelta(days=random.randrange(-1, 4))
    return date
