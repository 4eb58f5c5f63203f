"""Seeded dirt for a year of daily exports: what goes wrong in the world, one thing an account, and some for all."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tenure.engine.example.export_rows import export_row
from tenure.engine.example.lives import Life, simulate_account

Row = dict[str, str]

DAY = dt.timedelta(days=1)
NEW_OWNER = "Nadia Roy"
BLANKS = ("health_score", "nps_rating", "last_review_date", "seats_active", "csm", "contact_email")
UNREADABLE_FIELDS = (
    ("health_score", "n/a"),
    ("nps_rating", "eleven"),
    ("last_review_date", "soon"),
    ("seats_active", "#REF!"),
)
"""Fields that are not essential, with what an export may have in place of a value."""


@dataclass(frozen=True, slots=True)
class Dirt:
    """Something wrong from one date to another, of one account or, without one, of the whole export."""

    kind: str
    first: dt.date
    last: dt.date
    account: str | None = None
    detail: str = ""

    def covers(self, on: dt.date) -> bool:
        """Whether it is so on the date."""
        return self.first <= on <= self.last


def lives(seed: int, accounts: int, first: dt.date, last: dt.date) -> list[Life]:
    """The accounts, as they live through the year."""
    return [simulate_account(seed, number, first, last) for number in range(accounts)]


def clean_rows(lives: Sequence[Life], on: dt.date) -> list[Row]:
    """The export of a date. No account is merged in it."""
    return [export_row(life, on) | {"merged_into": ""} for life in lives if life.exported(on)]


def sown(seed: int, lives: Sequence[Life], first: dt.date, last: dt.date) -> list[Dirt]:
    """The dirt of the year: each account has one kind at most, so that each difference has one cause."""
    chance = Random(seed)
    ids = [f"{life.number + 1:05d}" for life in lives]
    chance.shuffle(ids)
    accounts = iter(ids)
    days = (last - first).days

    def when(most: int) -> tuple[dt.date, dt.date]:
        since = first + chance.randint(8, days - 20) * DAY
        return since, since + (chance.randint(1, most) - 1) * DAY

    def month(twelfth: int) -> dt.date:
        return first + days * twelfth // 12 * DAY

    sown = []
    for kind, number, most in (
        ("wrong year", 24, 1),
        ("exchanged", 16, 1),
        ("blank", 30, 6),
        ("unreadable", 24, 5),
        ("no anchor", 16, 4),
        ("absent", 30, 6),
        ("opted out", 12, 40),
    ):
        for n in range(number):
            since, until = when(most)
            detail = {
                "wrong year": ("-10", "-1", "+3", "+36")[n % 4],
                "blank": BLANKS[n % len(BLANKS)],
                "unreadable": str(n % len(UNREADABLE_FIELDS)),
                "no anchor": ("", "2025-02-30", "?")[n % 3],
            }.get(kind, "")
            sown.append(Dirt(kind, since, until, next(accounts), detail))
    for _ in range(3):
        since, _ = when(1)
        sown.append(Dirt("merged", since, last, next(accounts), next(accounts)))
    owners = [lives[int(id) - 1].people.csms[0][1] for id in ids if lives[int(id) - 1].people.csms]
    gone = max(sorted(set(owners)), key=owners.count)
    sown += [
        Dirt("export down", month(2), month(2) + 3 * DAY),
        Dirt("repeated", month(4), month(4)),
        Dirt("broken", month(5), month(5) + DAY, None, "renewal"),
        Dirt("repeated", month(6), month(6)),
        Dirt("owner left", month(7), last, None, gone),
        Dirt("broken", month(9), month(9) + DAY, None, "loyalty"),
    ]
    return sown


def soiled(rows: Sequence[Row], on: dt.date, dirt: Sequence[Dirt]) -> list[Row]:
    """The export of a date with its dirt. A repeated row makes it an export that must stop the run."""
    by_account = {each.account: each for each in dirt if each.account and each.covers(on)}
    owner = next(each for each in dirt if each.kind == "owner left")
    found = []
    for row in rows:
        row = dict(row)
        if owner.covers(on) and row["csm"] == owner.detail:
            row["csm"] = "" if on < owner.first + 2 * DAY else NEW_OWNER
        mine = by_account.get(row["account_id"])
        found += [row] if mine is None else [*SPOIL[mine.kind](row, mine, on)]
    return found


def write(file: Path, rows: Sequence[Row]) -> None:
    """Write an export."""
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _wrong_year(row: Row, dirt: Dirt, on: dt.date) -> Iterator[Row]:
    if row["renewal_date"]:
        date = dt.date.fromisoformat(row["renewal_date"])
        row["renewal_date"] = str(date + int(dirt.detail) * 365 * DAY)
    yield row


def _exchanged(row: Row, dirt: Dirt, on: dt.date) -> Iterator[Row]:
    if row["renewal_date"]:
        date = dt.date.fromisoformat(row["renewal_date"])
        if date.day <= 12:
            row["renewal_date"] = str(date.replace(month=date.day, day=date.month))
    yield row


def _blank(row: Row, dirt: Dirt, on: dt.date) -> Iterator[Row]:
    yield row | {dirt.detail: ""}


def _unreadable(row: Row, dirt: Dirt, on: dt.date) -> Iterator[Row]:
    field, value = UNREADABLE_FIELDS[int(dirt.detail)]
    yield row | {field: value}


def _no_anchor(row: Row, dirt: Dirt, on: dt.date) -> Iterator[Row]:
    yield row | {"renewal_date": dirt.detail}


def _absent(row: Row, dirt: Dirt, on: dt.date) -> Iterator[Row]:
    yield from ()


def _opted_out(row: Row, dirt: Dirt, on: dt.date) -> Iterator[Row]:
    yield row | {"opt_out": "true"}


def _merged(row: Row, dirt: Dirt, on: dt.date) -> Iterator[Row]:
    if on < dirt.first + 10 * DAY:
        yield row | {"merged_into": dirt.detail}


SPOIL: dict[str, Callable[[Row, Dirt, dt.date], Iterator[Row]]] = {
    "wrong year": _wrong_year,
    "exchanged": _exchanged,
    "blank": _blank,
    "unreadable": _unreadable,
    "no anchor": _no_anchor,
    "absent": _absent,
    "opted out": _opted_out,
    "merged": _merged,
}
