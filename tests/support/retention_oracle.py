"""What metrics mean, reckoned anew the slow way: one account at a time, by the words of the definitions.

An account's life is a list with an entry for each snapshot: its row (columns to text, as exported), `BAD` where the row
has a bad value, or None where the snapshot does not have it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

PARTS = ("start", "expansion", "contraction", "churn", "new", "reactivation", "end")
Row = dict[str, str]
BAD: Row = {"bad": "yes"}
Life = list[Row | None]
DAY = dt.timedelta(days=1)
ZERO = Decimal(0)


@dataclass
class Account:
    """One life over the days of the snapshots, which all are known."""

    days: list[dt.date]
    life: Life
    grace: int

    def __post_init__(self) -> None:
        self.customer: list[bool] = []
        self.paying: list[Decimal] = []
        there, amount = False, ZERO
        for row in self.life:
            if row is None:
                there = False
            elif row is not BAD and (row["status"] or amount_of(row) is not None):
                there = is_customer(row)
            if there and row is not None and row is not BAD and amount_of(row) is not None:
                amount = amount_of(row) or ZERO
            self.customer.append(there)
            self.paying.append(amount)
        self.stays: list[bool] = []
        for place in range(len(self.days)):
            self.stays.append(self.customer[place] or self._in_grace(place))

    def _in_grace(self, place: int) -> bool:
        """Whether it is away since its term ended without a word: no churn date, and not before the term's end."""
        rows = self.good(place - 1)
        row = self.life[place]
        seen_lapsed = row is not None and row is not BAD and row["status"] == "lapsed"
        was_there = self.stays[place - 1] if rows else seen_lapsed
        ended, churned = self._ended(place), self._churned(place)
        if not self.grace or not was_there or churned or ended is None:
            return False
        return 0 <= (self.days[place] - ended).days <= self.grace

    def _ended(self, place: int) -> dt.date | None:
        """The end of the last term known by then, of good rows."""
        known = [date(row, "renewal_date") for _, row in self.good(place)]
        return next((each for each in reversed(known) if each), None)

    def _churned(self, place: int) -> dt.date | None:
        """The churn date known by then, since the last row that has it as a customer."""
        known = None
        for i, row in self.good(place):
            says = row["status"] or amount_of(row) is not None
            stated = date(row, "churn_date")
            known = stated if says and self.customer[i] else stated or known
        return known

    def good(self, place: int) -> list[tuple[int, Row]]:
        return [
            (i, row)
            for i, row in enumerate(self.life[: place + 1])
            if row is not None and row is not BAD
        ]

    def _back_on(self, back: int, covered: dt.date) -> dt.date:
        row = self.life[back]
        began = date(row, "contract_start") if row is not None else None
        return began if began and covered <= began <= self.days[back] else self.days[back]

    def left(self, place: int) -> bool:
        """Whether it left between the snapshot before and this one, even if it is back."""
        if not self.stays[place - 1] or not self.stays[place]:
            return self.stays[place - 1]
        if self.customer[place - 1] or not self.customer[place]:
            return False
        ended = self._ended(place - 1)
        return ended is None or (self._back_on(place, ended) - ended).days > self.grace

    def renewal_date(self, place: int) -> dt.date | None:
        """The one known by then, of snapshots with a good row of it as a customer."""
        known = None
        for row in self.told(place):
            known = date(row, "renewal_date") or known
        return known

    def told(self, place: int) -> list[Row]:
        return [
            row
            for row, there in list(zip(self.life, self.customer, strict=True))[: place + 1]
            if there and row is not None and row is not BAD
        ]

    def has_paid(self, start: int, end: int) -> bool:
        """Up to the window's start: by a snapshot, else by when it signed up."""
        known: bool | None = None
        for i, row in self.good(start):
            amount = amount_of(row)
            pays = self.customer[i] and (amount or ZERO) > 0
            free = row["status"] == "trial" or (self.customer[i] and amount == 0)
            if pays or row["status"] == "suspended":
                known = True
            elif known is None and (row["status"] == "lapsed" or free):
                known = row["status"] == "lapsed"
        if known is not None:
            return known
        signups = [day for _, row in self.good(end) if (day := date(row, "signup_date"))]
        return bool(signups) and signups[-1] < self.days[start]

    def unknown(self, start: int) -> bool:
        """At the start nothing is known of it but that it has a bad value: it is left out."""
        return self.life[start] is BAD and all(
            row is None or row is BAD for row in self.life[:start]
        )

    def parts(self, start: int, end: int, movements: bool) -> dict[str, Decimal]:
        """What it adds to the bridge between two snapshots, and what GRR counts of it."""
        found = dict.fromkeys((*PARTS, "kept"), ZERO)
        if self.unknown(start):
            return found
        first = self.paying[start] if self.stays[start] else ZERO
        last = self.paying[end] if self.stays[end] else ZERO
        found["start"], found["end"] = first, last
        if not first:
            found["reactivation" if self.has_paid(start, end) else "new"] = last
        elif movements:
            found |= self._on_the_way(start, end)
        else:
            found["expansion"] = max(last - first, ZERO) if self.stays[end] else ZERO
            found["contraction"] = max(first - last, ZERO) if self.stays[end] else ZERO
            found["churn"] = ZERO if self.stays[end] else first
        if first:
            found["kept"] = max(first - found["contraction"] - found["churn"], ZERO)
        return found

    def _on_the_way(self, start: int, end: int) -> dict[str, Decimal]:
        found = dict.fromkeys(("expansion", "contraction", "churn", "reactivation"), ZERO)
        for i in range(start + 1, end + 1):
            if self.left(i):
                found["churn"] = self.paying[i - 1]
                found["reactivation"] = self.paying[end] if self.stays[end] else ZERO
                return found
            change = self.paying[i] - self.paying[i - 1]
            found["expansion" if change > 0 else "contraction"] += abs(change)
        return found

    def customers(self, start: int, end: int, movements: bool) -> dict[str, bool]:
        stays = [False for _ in self.stays] if self.unknown(start) else self.stays
        way = range(start + 1, end + 1) if stays is self.stays else range(0)
        lost, came = stays[start] and not stays[end], stays[end] and not stays[start]
        if movements:
            lost = stays[start] and any(self.left(i) for i in way)
            came = any(stays[i] and (not stays[i - 1] or self.left(i)) for i in way)
        return {
            "customers_start": stays[start],
            "customers_lost": lost,
            "customers_joined": came,
            "customers_end": stays[end],
        }

    def _renewed(self, row: Row, due: dt.date, told: dt.date) -> bool:
        """A month's contract moves on by a month: then its start says that it is another."""
        began = date(row, "contract_start")
        return told > due + 60 * DAY or (told > due and began is not None and began >= due)

    def terms(self, start: int, end: int) -> list[tuple[dt.date, str, Decimal, Decimal]]:
        """Every term with its outcome, what it paid a month, and what its next term pays of it.

        None of an account that is unknown at the start, or first seen after the end.
        """
        if self.unknown(start) or not self.good(end):
            return []
        found = []
        due, amount = None, ZERO
        for place, day in enumerate(self.days):
            row = self.life[place]
            if row is None or row is BAD or not self.customer[place]:
                if self.customer[place] and due and day <= due:
                    amount = self.paying[place]
                continue
            told = date(row, "renewal_date")
            if due is None or told is None or not self._renewed(row, due, told):
                known, due = due, told or due
                if known is None or (due and day <= due):
                    amount = self.paying[place]
                continue
            in_time = self.customer[place - 1] and self.days[place - 1] <= due
            if self.grace and (self._back_on(place, due) - due).days <= self.grace:
                in_time = True
            kept = min(amount, self.paying[place]) if in_time else ZERO
            found.append((due, "renewed" if in_time else "lapsed", amount, kept))
            due, amount = told, self.paying[place]
        if due is not None:
            late = (self.days[-1] - due).days > self.grace or not self.stays[-1]
            found.append((due, "lapsed" if late else "pending", amount, ZERO))
        return found


def is_customer(row: Row) -> bool:
    if row["status"]:
        return row["status"] in ("active", "suspended")
    return (amount_of(row) or ZERO) > 0


def amount_of(row: Row) -> Decimal | None:
    """A month's; a yearly amount's twelfth is rounded to ten places."""
    if row["mrr"]:
        return max(Decimal(row["mrr"]), ZERO)
    if not row["arr"]:
        return None
    return (Decimal(row["arr"]) / 12).quantize(Decimal("1e-10"), ROUND_HALF_EVEN)


def date(row: Row, name: str) -> dt.date | None:
    return dt.date.fromisoformat(row[name]) if row.get(name) else None
