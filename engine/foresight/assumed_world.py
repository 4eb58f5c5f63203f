"""Days to come under assumptions: terms renew or end, accounts leave, scores drift, and people do their work.

Every chance is a hash of the seed, the account and the date. So the same seed gives the same customers whatever the
playbooks say, and two versions of them are compared over the same ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from statistics import NormalDist

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.offsets import ONE_DAY, Offset, shift_date
from ..core.problems import Problem, Problems
from ..core.schemas import HAND_MOVES, OUTCOMES, empty_table
from ..project.loading import Project
from ..store import Overlay
from .assumptions import Assumptions, share_of, unreadable_fields
from .dated_actions import ACTION_DAY
from .simulated_snapshots import SimulatedSnapshots

WORK = ("task", "call", "escalation", "handoff")
"""The kinds of actions that a person does."""
SOURCE = "simulate"
_FIELDS = ("status", "renewal_date", "contract_term_months", "churn_date", "health_score")
_NEEDED = {
    "renewal": ("status", "renewal_date"),
    "churn": ("status",),
    "score_drift": ("health_score",),
}
_VALUES: dict[str, pl.DataType] = {
    ACCOUNT_ID: pl.String(),
    "status": pl.String(),
    "contract_start": pl.Date(),
    "renewal_date": pl.Date(),
    "churn_date": pl.Date(),
    "health_score": pl.Float64(),
}
_STANDARD = NormalDist()


@dataclass(slots=True)
class _Account:
    id: str
    status: str | None
    ends_on: dt.date | None
    months: int
    churned_on: dt.date | None
    health: float | None
    began_on: dt.date | None = None

    def is_customer(self, on: dt.date) -> bool:
        return self.status == "active" and (self.churned_on is None or self.churned_on > on)

    def leave(self, on: dt.date) -> None:
        self.status, self.churned_on = "lapsed", on


class AssumedWorld:
    """A `World` under assumptions, with the number of terms that renewed and of accounts that were lost."""

    def __init__(
        self, project: Project, assumptions: Assumptions, first: dt.date, seed: str
    ) -> None:
        """Read the accounts as they are on the first day.

        Args:
            project: The workspace.
            assumptions: The assumptions.
            first: The first day; nothing changes on it.
            seed: The seed of all chances.

        Raises:
            Problems: The snapshot cannot be used, or lacks a field that an assumption is about.
        """
        self.renewed = self.lost = 0
        self._assumed, self._seed, self._first = assumptions, seed, first
        self._snapshots = SimulatedSnapshots(project, first)
        base = self._snapshots.base
        readable = self._snapshots.filled_fields(_FIELDS)
        if problems := [*_missing(assumptions, readable)]:
            raise Problems(problems)
        frame = self._snapshots.load(base, readable).frame
        frame = frame.with_columns(
            pl.lit(None).alias(name) for name in _FIELDS if name not in frame.columns
        )
        self._accounts = [
            _Account(id, status, ends_on, int(months or 12), churned_on, health)
            for id, status, ends_on, months, churned_on, health in frame.select(
                ACCOUNT_ID, *_FIELDS
            ).iter_rows()
        ]

    def snapshots(self, on: dt.date) -> SimulatedSnapshots:
        """Return the snapshots up to the date, with what happened to the accounts since the day before."""
        if on > self._first:
            changed = self._end_terms(on)
            if on.weekday() == 0:
                changed = self._pass_a_week(on) or changed
            if changed:
                self._snapshots.replace_values(self._values())
        return self._snapshots

    def act(self, store: Overlay, on: dt.date) -> None:
        """Record what people do on the date: meetings that are held, and work that is done."""
        shares = {"meeting": self._assumed.reviews_held} | dict.fromkeys(
            WORK, self._assumed.tasks_done
        )
        kinds = [kind for kind, share in shares.items() if share is not None]
        if not kinds:
            return
        due = store.pending(on - ONE_DAY).filter(
            pl.col("kind").is_in(kinds), ACTION_DAY.eq(on), status="issued"
        )
        done = store.outcomes(actions=due["action_id"])["action_id"]
        ids = [
            id
            for id, kind in due.filter(~pl.col("action_id").is_in(done.implode()))
            .select("action_id", "kind")
            .iter_rows()
            if self._chance("done", id, on) < (shares[kind] or 0)
        ]
        if ids:
            rows = pl.DataFrame({"action_id": sorted(ids)}).with_columns(
                pl.lit("done").alias("outcome"),
                pl.lit(on).alias("on"),
                pl.lit(SOURCE).alias("source"),
                pl.lit(on).alias("recorded_on"),
            )
            missing = [pl.lit(None).alias(name) for name in OUTCOMES if name not in rows.columns]
            store.record(rows.with_columns(missing), empty_table(HAND_MOVES))

    def _end_terms(self, on: dt.date) -> bool:
        """Renew the terms that ended the day before, or lose their accounts."""
        if self._assumed.renewal is None:
            return False
        yesterday = on - ONE_DAY
        ended = [each for each in self._accounts if each.ends_on == yesterday]
        ended = [each for each in ended if each.is_customer(yesterday)]
        for account in ended:
            if self._chance("renewal", account.id, on) < share_of(
                self._assumed.renewal, account.health
            ):
                account.began_on = on
                account.ends_on = shift_date(yesterday, Offset(account.months, "months"))
                self.renewed += 1
            else:
                account.leave(on)
                self.lost += 1
        return bool(ended)

    def _pass_a_week(self, on: dt.date) -> bool:
        """Let scores drift for a week, and accounts leave within their term."""
        churn, drift = self._assumed.churn, self._assumed.drift
        for account in self._accounts:
            if drift is not None and account.health is not None:
                chance = self._chance("score", account.id, on)
                change = drift + self._assumed.spread * _STANDARD.inv_cdf(chance)
                account.health = round(min(100.0, max(0.0, account.health + change)), 1)
            if churn is not None and account.is_customer(on):
                a_year = share_of(churn, account.health)
                if self._chance("churn", account.id, on) < 1 - (1 - a_year) ** (7 / 365):
                    account.leave(on)
                    self.lost += 1
        return churn is not None or drift is not None

    def _values(self) -> pl.DataFrame:
        rows = [
            (each.id, each.status, each.began_on, each.ends_on, each.churned_on, each.health)
            for each in self._accounts
        ]
        return pl.DataFrame(rows, schema=_VALUES, orient="row")

    def _chance(self, *parts: object) -> float:
        """Return a number between 0 and 1, both excluded, that is the same for the same seed and parts."""
        text = "/".join(map(str, (self._seed, *parts)))
        whole = int.from_bytes(blake2b(text.encode(), digest_size=6).digest(), "big")
        return (whole + 0.5) / 2**48


def _missing(assumptions: Assumptions, readable: Sequence[str]) -> list[Problem]:
    """Return a problem for each assumption about fields that the snapshot lacks."""
    made = {
        "renewal": assumptions.renewal,
        "churn": assumptions.churn,
        "score_drift": assumptions.drift,
    }
    return [
        unreadable_fields([name for name in fields if name not in readable], assumption)
        for assumption, fields in _NEEDED.items()
        if made[assumption] is not None and not {*fields} <= {*readable}
    ]
