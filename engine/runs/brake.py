"""Brakes: what stops a run unless it is forced, and those on its actions, which count over all its dates."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..core.problems import Problem
from ..store import RunRecord
from ..workspace.settings import Brake, exact_product

FEWEST_ACTIONS = 20
"""Fewer actions than this never exceed a share of accounts."""
BRAKE_RUNS = 10
"""A jump is measured against the median of this many earlier dates."""
HINT = 'look at `tenure preview`; if all is right, run again with `--force "why"`'


@dataclass(frozen=True, slots=True)
class Excess:
    """More than a brake allows.

    Attributes:
        brake: The brake, and the playbook or field, such as `dates renewal`. It never has a value of an account.
        problem: The problem, without what was written.
    """

    brake: str
    problem: Problem

    def stops(self, written: str) -> Problem:
        """Return the problem that stops the run, with what was written of it."""
        return replace(self.problem, message=f"{self.problem.message}: {written}")

    def warns(self) -> Problem:
        """Return the problem as a warning of a preview or a forced run, which goes on."""
        return replace(self.problem, severity="warning")


def forced_note(passed: Sequence[Excess], reason: str) -> str:
    """Return the note of a forced run: why it was forced, and which brakes it passed; empty without a reason."""
    if not reason:
        return ""
    names = ", ".join(dict.fromkeys(each.brake for each in passed)) or "none"
    return f"forced ({reason}); brakes passed: {names}"


@dataclass(frozen=True, slots=True)
class RunTotal:
    """The actions of a run so far.

    Attributes:
        first: The first date of the run.
        last: The last date counted.
        planned: The number of dates that the run evaluates in all.
        issued: The actions issued on the dates up to `last`.
        accounts: The number of accounts on `last`.
    """

    first: dt.date
    last: dt.date
    planned: int
    issued: int
    accounts: int


def too_many(total: RunTotal, brake: Brake, earlier: Sequence[RunRecord]) -> Iterator[Excess]:
    """Yield an excess if a run's dates together would issue too many actions.

    Args:
        total: The actions of the run so far.
        brake: The workspace's brake.
        earlier: The records before the run.
    """
    if brake.actions is not None and total.issued > brake.actions:
        yield _too_many("actions", total, f"the brake is set to {brake.actions}")
    # On a store's first date all that is due comes at once, whatever the number of accounts.
    share = brake.actions_share if earlier else None
    many = total.issued >= FEWEST_ACTIONS
    if share is not None and many and total.issued > exact_product(share, total.accounts):
        why = f"there are {total.accounts} accounts, and the brake allows {100 * share:g} % of that"
        yield _too_many("actions", total, why)
    # What a date had later, by `--redo` or for a playbook that was back, is less than is usual.
    usual = [each.issued for each in earlier[-BRAKE_RUNS:] if each.issued and each.attempt == 1]
    if brake.jump is None or len(usual) < 3:
        return
    median = statistics.median(usual)
    if total.issued > exact_product(brake.jump, median * total.planned):
        dates = "" if total.planned == 1 else f" for each of its {total.planned} dates"
        why = f"{median:g} are usual, and the brake allows {brake.jump:g} times that{dates}"
        yield _too_many("jump", total, why)


def _too_many(brake: str, total: RunTotal, why: str) -> Excess:
    dates = f" from {total.first} to {total.last}" if total.first < total.last else ""
    message = f"this run would issue {total.issued} actions{dates}; {why}"
    return Excess(brake, Problem("brake", message, hint=HINT))
