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
            if row is not BAD:
                there = row is not None and is_customer(row)
                if there and row is not None and amount_of(row) is not None:
                    amount = amount_of(row) or ZERO
            self.customer.append(there)
            self.paying.append(amount)
        self.stays = [self._stayed(place) for place in range(len(self.days))]

    def _stayed(self, place: int) -> bool:
        """Whether it counts as a customer in a snapshot, absences within grace included."""
        if self.customer[place]:
            return True
        before = [i for i in range(place) if self.customer[i]]
        if not before or not self.grace:
            return False
        last = before[-1]
        back = next((i for i in range(place, len(self.days)) if self.customer[i]), None)
        covered = self._covered(last)
        if back is None:
            return (self.days[-1] - covered).days <= self.grace
        return (self._back_on(back, covered) - covered).days <= self.grace

    def _covered(self, last: int) -> dt.date:
        """The last day covered before an absence: between the last snapshot with it and the first without."""
        row = self.life[last + 1]
        known = self.renewal_date(last) or self.days[last]
        if row is not None:
            known = date(row, "churn_date") or date(row, "renewal_date") or known
        return min(max(known, self.days[last]), self.days[last + 1])

    def _back_on(self, back: int, covered: dt.date) -> dt.date:
        row = self.life[back]
        began = date(row, "contract_start") if row is not None else None
        return began if began and covered <= began <= self.days[back] else self.days[back]

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

    def was_customer(self, start: int) -> bool:
        """Before the window: by a snapshot, else by when it signed up."""
        rows = [row for row in self.life[: start + 1] if row is not None and row is not BAD]
        if any(is_customer(row) or row["status"] == "lapsed" for row in rows):
            return True
        if any(row["status"] == "trial" for row in rows):
            return False
        known = [row for row in self.life if row is not None and row is not BAD]
        signups = [day for row in known if (day := date(row, "signup_date"))]
        return bool(signups) and signups[-1] < self.days[start]

    def unknown(self, start: int) -> bool:
        """At the start nothing is known of it but that it has a bad value: it is left out."""
        return self.life[start] is BAD and all(
            row is None or row is BAD for row in self.life[:start]
        )

    def parts(self, start: int, end: int, movements: bool) -> dict[str, Decimal]:
        """What it adds to the bridge between two snapshots."""
        found = dict.fromkeys(
            ("start", "expansion", "contraction", "churn", "new", "reactivation", "end", "capped"),
            ZERO,
        )
        if self.unknown(start):
            return found
        begun = self.stays[start]
        first = self.paying[start] if begun else ZERO
        last = self.paying[end] if self.stays[end] else ZERO
        found["start"], found["end"] = first, last
        left = next((i for i in range(start + 1, end + 1) if not self.stays[i]), None)
        if begun and first > 0:
            until = end if left is None else left - 1
            if movements:
                for i in range(start + 1, until + 1):
                    change = self.paying[i] - self.paying[i - 1]
                    found["expansion" if change > 0 else "contraction"] += abs(change)
            if left is None:
                if not movements:
                    found["expansion"] = max(last - first, ZERO)
                    found["contraction"] = max(first - last, ZERO)
                found["capped"] = min(first, last)
                return found
            found["churn"] = self.paying[until] if movements else first
            found["reactivation"] = last
        elif begun:
            found["new"] = last
        else:
            found["reactivation" if self.was_customer(start) else "new"] = last
        return found

    def customers(self, start: int, end: int) -> dict[str, bool]:
        stays = [False for _ in self.stays] if self.unknown(start) else self.stays
        return {
            "customers_start": stays[start],
            "customers_lost": stays[start] and not all(stays[start : end + 1]),
            "customers_joined": any(
                stays[i] and not stays[i - 1] for i in range(start + 1, end + 1)
            ),
            "customers_end": stays[end],
        }

    def _renewed(self, row: Row, due: dt.date, told: dt.date) -> bool:
        """A month's contract moves on by a month: then its start says that it is another."""
        began = date(row, "contract_start")
        return told > due + 60 * DAY or (told > due and began is not None and began >= due)

    def terms(self, start: int) -> list[tuple[dt.date, str, Decimal]]:
        """Every term with its outcome and what it paid a month; none of an account that is unknown at the start."""
        if self.unknown(start):
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
            found.append((due, "renewed" if in_time else "lapsed", amount))
            due, amount = told, self.paying[place]
        if due is not None:
            late = (self.days[-1] - due).days > self.grace
            found.append((due, "lapsed" if late else "pending", amount))
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
