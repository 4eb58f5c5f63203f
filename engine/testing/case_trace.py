"""Why a test failed: the explanation of its account on the day that matters, as `explain` gives it."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, replace

from ..core.ids import ACCOUNT_ID
from ..evaluation.reference_executor import ReferenceExecutor
from ..reports.explain_model import StateRow, explain_playbook
from ..reports.explain_text import explanation_text
from ..reports.explanation import AccountExplanation
from .case_run import CaseRunner, CaseVerdict, Difference


def trace_difference(runner: CaseRunner, verdict: CaseVerdict, difference: Difference) -> str:
    """Return the explanation of the account in the playbook, before the evaluation of the day that matters.

    The day is that on which the action was to come, or came. Of the moves that are possible, those to the step are
    shown, or else all.

    Args:
        runner: The runner of the case.
        verdict: The case as it was run.
        difference: One of its differences.
    """
    case, found = verdict.case, dict[dt.date, ReferenceExecutor]()

    def watch(executor: ReferenceExecutor) -> None:
        if executor.playbook.id == case.playbook:
            found[executor.day.on] = executor

    runner.days(case).live(case, watch=watch)
    if not found:
        return ""
    wanted = difference.on or _moved_to(verdict, difference.step) or case.until
    on = max((day for day in found if day <= wanted), default=min(found))
    executor = found[on]
    state: StateRow | None = None
    if executor.enrolment is not None:
        state = asdict(executor.enrolment) | {"playbook": case.playbook}
    explained = explain_playbook(executor, state)
    to_step = tuple(move for move in explained.moves if move.target == difference.step)
    explained = replace(explained, moves=to_step or explained.moves)
    account = str(executor.row[ACCOUNT_ID])
    snapshot_on = executor.day.snapshot_on
    return explanation_text(
        AccountExplanation(account, on, snapshot_on, on, executor.row, "", "", (explained,))
    )


def _moved_to(verdict: CaseVerdict, step: str | None) -> dt.date | None:
    """Return the day on which the account came to a step; None where it did not."""
    days = [e["evaluated_on"] for e in verdict.life.entries if e["step"] == step]
    return min(days, default=None)
