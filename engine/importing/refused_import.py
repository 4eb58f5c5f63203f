"""Problems of an import that was taken back: they name the export, which a person has, and not the snapshot."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..core.offsets import ONE_DAY
from ..core.problems import Problem, Span
from .import_plan import ImportPlan


def explain_refusal(plan: ImportPlan, root: Path, problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems for which no run could read what was imported, as they concern the export."""
    shown = plan.snapshot.relative_to(root).as_posix()
    older = _older_days(shown, plan.on, problems)
    if older:
        return [_run_first(plan, max(older), problems[0])]
    return [_of_export(problem, shown, plan.sources) for problem in problems]


def _older_days(shown: str, on: dt.date, problems: Sequence[Problem]) -> set[dt.date]:
    """Return the dates of the other snapshots that the problems name."""
    before, _, after = shown.rpartition(on.isoformat())
    pattern = re.compile(re.escape(before) + r"(\d{4}-\d\d-\d\d)" + re.escape(after))
    found = {day for problem in problems for day in pattern.findall(problem.message)}
    return {dt.date.fromisoformat(day) for day in found} - {on}


def _run_first(plan: ImportPlan, day: dt.date, problem: Problem) -> Problem:
    last = plan.on - ONE_DAY
    message = (
        f"the days up to {last} are not evaluated yet, and the snapshot of {day}, which they need, "
        f"is written in another way than this export: {problem.message}"
    )
    hint = f"nothing was written. Run through {last} first: `tenure run --on {last}`, then import again"
    return Problem("not-importable", message, hint=hint)


def _of_export(problem: Problem, shown: str, sources: Sequence[Path]) -> Problem:
    """Return a problem of the snapshot as one of the files from which it was made."""
    names = ", ".join(source.name for source in sources)
    span: Span | None = problem.span
    if span is not None and span.file.endswith(shown):
        # The lines of several files are not those of the table that is made of them.
        span = replace(span, file=str(sources[0])) if len(sources) == 1 else None
    hint = problem.hint.replace(shown, names) if problem.hint else None
    return replace(problem, message=problem.message.replace(shown, names), span=span, hint=hint)
