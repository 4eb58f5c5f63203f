"""Brakes on the input of one date: what changed for more than a stated share of accounts.

Each yields an excess with the numbers, never with a value of an account. Few accounts never stop a run: a share of
them says nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problem
from ..core.schemas import counted
from ..playbook.model import LEFT, Playbook
from ..workspace.settings import exact_product
from .brake import HINT, Excess

FEWEST_ACCOUNTS = 10
"""Fewer accounts than this never stop a run."""
FEWEST_ENROLMENTS = 20
"""Fewer enrolments than this never stop a run."""


def many_left_out(on: dt.date, out: int, rows: int, share: float) -> Iterator[Excess]:
    """Yield an excess if too large a share of a snapshot's rows is left out.

    Args:
        on: The date of the snapshot.
        out: The number of rows left out.
        rows: The number of rows.
        share: The share that may be left out.
    """
    if out >= FEWEST_ACCOUNTS and out > exact_product(share, rows):
        what = f"{out:,} of the {rows:,} rows of the snapshot of {on} are left out"
        hint = f"see `Bad values` of `tenure preview`, and the export; {HINT}"
        yield _excess("left_out", what, share, hint)


def many_values_left_out(
    on: dt.date, bad: Mapping[str, int], rows: int, share: float
) -> Iterator[Excess]:
    """Yield an excess for each field of which too large a share of a snapshot's rows has a bad value.

    Args:
        on: The date of the snapshot.
        bad: The number of bad values by field.
        rows: The number of rows.
        share: The share that may be left out.
    """
    for field, values in sorted(bad.items()):
        if values >= FEWEST_ACCOUNTS and values > exact_product(share, rows):
            what = f"`{field}` has a bad value in {values:,} of the {rows:,} rows of the snapshot of {on}"
            hint = f"see `Bad values` of `tenure preview`, and the export; {HINT}"
            yield _excess(f"left_out {field}", what, share, hint)


def count_filled(accounts: pl.DataFrame, fields: Collection[str]) -> dict[str, int]:
    """Return for how many of the accounts each field has a value; `account_id` counts them."""
    names = [ACCOUNT_ID, *sorted({*fields} & {*accounts.columns} - {ACCOUNT_ID})]
    return accounts.select(pl.col(name).count() for name in names).row(0, named=True)


def fields_emptied(
    on: dt.date, before: Mapping[str, int], now: Mapping[str, int], share: float
) -> Iterator[Excess]:
    """Yield an excess for each field that most accounts had in the last snapshot, and that too many lack now.

    Args:
        on: The date of the snapshot.
        before: The result of `count_filled` for the last snapshot; may lack fields, or all.
        now: That of this one.
        share: The share of accounts for which a field may have become missing.
    """
    earlier, accounts = before.get(ACCOUNT_ID, 0), now.get(ACCOUNT_ID, 0)
    if not earlier or not accounts:
        return
    for field in sorted(now.keys() & before.keys() - {ACCOUNT_ID}):
        usual = Fraction(before[field], earlier)
        lost = usual * accounts - now[field]
        if 2 * usual > 1 and lost >= FEWEST_ACCOUNTS and lost > exact_product(share, accounts):
            had, has = _percent(usual), _percent(now[field] / accounts)
            what = f"`{field}` has a value for {has} of accounts in the snapshot of {on}, after {had} in the last one"
            yield _excess(
                f"emptied {field}", what, share, f"see whether the export is right; {HINT}"
            )


def anchors_moved(
    on: dt.date, counts: pl.DataFrame, enrolled: Mapping[str, int], share: float
) -> Iterator[Excess]:
    """Yield an excess for each playbook of which the anchors of too large a share of enrolments moved.

    Args:
        on: The date.
        counts: COUNTS of the date.
        enrolled: The number of open enrolments before it, by playbook.
        share: The share that may move.
    """
    for playbook, accounts in counted(counts, "dates"):
        of = enrolled.get(playbook, 0)
        if accounts >= FEWEST_ENROLMENTS and accounts > exact_product(share, of):
            what = f"on {on} the dates of {accounts:,} of the {of:,} accounts in `{playbook}` moved"
            yield _excess(f"dates {playbook}", what, share, HINT)


def ended_early(playbook: Playbook, ended: pl.DataFrame, on: dt.date) -> int:
    """Return how many enrolments of a playbook a condition ended, rather than the last date or step of its plan.

    Those that opened on the same date are not among them: they were not open before. A follow-up that a trigger opened
    is there to end soon, so only `left` ends it early.
    """
    machine = playbook.machine
    early = {
        edge.target for edge in machine.edges if edge.moment is None and edge.guard is not None
    }
    early.add(LEFT)
    if all(rule.cycle == "trigger" for rule in machine.enrolment_rules):
        early = {LEFT}
    of_playbook = (pl.col("playbook") == playbook.id) & (pl.col("opened_on") < on)
    return ended.filter(of_playbook & pl.col("outcome").is_in(early)).height


def enrolments_ended(
    on: dt.date, ended: Mapping[str, int], enrolled: Mapping[str, int], share: float
) -> Iterator[Excess]:
    """Yield an excess for each playbook of which conditions ended too large a share of enrolments.

    Args:
        on: The date.
        ended: The sums of `ended_early`, by playbook.
        enrolled: The number of open enrolments before it, by playbook.
        share: The share that may end.
    """
    for playbook, accounts in sorted(ended.items()):
        of = enrolled.get(playbook, 0)
        if accounts >= FEWEST_ENROLMENTS and accounts > exact_product(share, of):
            what = f"on {on} {accounts:,} of the {of:,} enrolments in `{playbook}` ended by a condition"
            yield _excess(f"ended {playbook}", what, share, HINT)


def _excess(brake: str, what: str, share: float, hint: str) -> Excess:
    message = f"{what}, and the brake allows {_percent(share)}"
    return Excess(brake, Problem("brake", message, hint=hint))


def _percent(share: float | Fraction) -> str:
    return f"{float(100 * share):.3g} %"
