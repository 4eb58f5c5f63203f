"""Caps on openings: a playbook's `at_most`, by which accounts that could enrol wait for room.

Apart from the contact plan, it is the only rule that compares accounts: all of them must be evaluated together.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..playbook.model import OpeningCap
from .drafts import owner_columns
from .inputs import Day, Rules
from .prepare import Prepared


@dataclass(slots=True)
class OpeningRoom:
    """The room for new enrolments of a playbook on a date, which its enrolment rules use up in their order.

    Attributes:
        cap: The playbook's `at_most`.
        owner: The column by which openings are counted.
        opened: By owner: the enrolments opened within the cap's days.
        waiting: The accounts that could enrol and have no room.
    """

    cap: OpeningCap
    owner: pl.Expr
    opened: Counter[str | None]
    waiting: set[str] = field(default_factory=set)

    def admit(self, rows: pl.DataFrame, opens: pl.Series) -> pl.Series:
        """Return the mask of the rows that enrol: of those that could, the first by account id that have room."""
        able = rows.select(ACCOUNT_ID, self.owner.alias("@owner")).with_row_index("@row")
        admitted = []
        for row, account, owner in able.filter(opens).sort(ACCOUNT_ID).iter_rows():
            if self.opened[owner] < self.cap.openings:
                self.opened[owner] += 1
                admitted.append(row)
            else:
                self.waiting.add(account)
        return able.select(pl.col("@row").is_in(admitted)).to_series()


def opening_room(
    prepared: Prepared, rules: Rules, accounts: pl.DataFrame, day: Day
) -> OpeningRoom | None:
    """Return the room that a playbook has on a date; None without a cap.

    Args:
        prepared: The playbook.
        rules: The workspace's roles.
        accounts: All accounts, with their states before the date.
        day: The date evaluated.
    """
    cap = prepared.playbook.at_most
    if cap is None:
        return None
    owner = pl.lit(None, pl.String)
    if cap.each == "owner":
        _, owner = owner_columns(prepared.playbook.owner, rules, accounts.columns)
    first = day.on - dt.timedelta(days=cap.days - 1)
    lately = accounts.filter(pl.col("@opened_on").is_between(first, day.on))
    owners = lately.select(ACCOUNT_ID, owner.alias("@owner"))["@owner"]
    return OpeningRoom(cap, owner, Counter(owners.to_list()))
