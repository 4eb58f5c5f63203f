"""Results of runs, explanations and reports, with tables as Polars frames. Private: import from `tenure`.

Frames have fixed columns and types, also where they are empty.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from .arguments import PathLike, read_path
from .engine.core.problems import Problem
from .exceptions import public_errors

if TYPE_CHECKING:
    from .engine.documents.registry import Rendered
    from .engine.reports.explanation import AccountExplanation
    from .engine.reports.listing import Listing
    from .engine.runs.running import RunOutcome

FIGURES: dict[str, pl.DataType] = {
    "metric": pl.String(),
    "group": pl.String(),
    "period": pl.String(),
    "value": pl.Decimal(38, 4),
    "unit": pl.String(),
    "currency": pl.String(),
    "level": pl.String(),
    "accounts": pl.Int64(),
    "from": pl.Date(),
    "to": pl.Date(),
    "note": pl.String(),
}
"""One row per figure. `value` is null where it is unknown; `note` says why."""

STANDINGS: dict[str, pl.DataType] = {
    "playbook": pl.String(),
    "state": pl.String(),
    "cycle": pl.String(),
    "anchor": pl.Date(),
    "opened_on": pl.Date(),
    "opened_by": pl.String(),
    "entered_on": pl.Date(),
    "ended_on": pl.Date(),
}
"""One row per playbook: the latest enrolment of the account; all columns but `playbook` are null without one."""

CONDITIONS: dict[str, pl.DataType] = {
    "playbook": pl.String(),
    "to": pl.String(),
    "date": pl.Date(),
    "label": pl.String(),
    "action": pl.Boolean(),
    "text": pl.String(),
    "outcome": pl.Boolean(),
    "note": pl.String(),
    "place": pl.String(),
}
"""One row per condition of a possible move, or of an action of it (`action` is true). A null outcome is unknown."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """The result of `Workspace.run` or `Workspace.preview`.

    Attributes:
        on: The date that was asked for.
        dates: The dates evaluated, in order; more than one after a pause, none where nothing was due.
        actions: New ledger entries, in the order of all listings; see the columns of the ledger.
        counts: Counts by playbook and step: `playbook`, `step`, `what`, `field` (String), `accounts` (Int64).
        left_out: Bad values, which are unknown: `account_id`, `field`, `value`, `reason` (String), `row` (Int64),
            which counts the export's rows from 1. If a field is essential, the account is left out; the reason says so.
        tolerated: True if no more rows have bad values than `tolerate` in `tenure.yaml` allows.
        problems: Errors of playbooks that could not run, and warnings.
        note: Why nothing was evaluated, what changed since, or why the run was forced; may be empty.
        edited: One row per edited playbook and first date evaluated with its new text: `playbook` (String), `on`
            (Date), `gained`, `lost`, `moved` (Int64). Of the accounts evaluated with the earlier text, these count
            those that get an action or enrol on that date, those with a promised action withdrawn or superseded, and
            those enrolled before that go to another state or date.
        disabled: The ids of the playbooks that were not evaluated because they are disabled.
    """

    on: dt.date
    dates: tuple[dt.date, ...]
    actions: pl.DataFrame
    counts: pl.DataFrame
    left_out: pl.DataFrame
    tolerated: bool
    problems: tuple[Problem, ...]
    note: str
    edited: pl.DataFrame
    disabled: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """Return the exit code of the command line: 1 after errors, 4 if too much was left out, otherwise 0."""
        if any(problem.severity == "error" for problem in self.problems):
            return 1
        return 0 if self.tolerated else 4


def run_result(result: RunOutcome) -> RunResult:
    """Return the public form of a run's result, its entries read and sorted."""
    from .engine.core.schemas import LEDGER_ORDER

    return RunResult(
        result.on,
        result.dates,
        result.found.collect().sort(LEDGER_ORDER),
        result.counts,
        result.quarantined,
        result.tolerated,
        result.warnings,
        result.note,
        result.edited,
        result.disabled,
    )


@dataclass(frozen=True, slots=True)
class Explanation:
    """The result of `Workspace.explain`: an account, playbook by playbook. `str()` gives it as text.

    Attributes:
        account_id: The account.
        on: The date.
        snapshot_on: The date of the newest snapshot; None without one.
        standings: One row per playbook: `playbook`, `state`, `cycle`, `opened_by` (String), `anchor`, `opened_on`,
            `entered_on`, `ended_on` (Date).
        conditions: One row per condition of a possible move: `playbook`, `to`, `label`, `text`, `note`, `place`
            (String), `date` (Date), `action`, `outcome` (Boolean). `outcome` is null where the condition is unknown.
        data: All of it as plain values, as `tenure explain --format json` writes it.
        text: All of it for people, as `tenure explain` writes it.
    """

    account_id: str
    on: dt.date
    snapshot_on: dt.date | None
    standings: pl.DataFrame
    conditions: pl.DataFrame
    data: Mapping[str, Any] = field(repr=False)
    text: str = field(repr=False)

    def __str__(self) -> str:
        return self.text


def explanation_result(explanation: AccountExplanation) -> Explanation:
    """Return the public form of an explanation."""
    from .engine.reports.explain_data import explanation_data
    from .engine.reports.explain_text import explanation_text

    data = explanation_data(explanation)
    standings = [{name: each[name] for name in STANDINGS} for each in data["playbooks"]]
    return Explanation(
        explanation.account,
        explanation.on,
        explanation.snapshot_on,
        _typed(standings, STANDINGS),
        _typed(list(_conditions(data)), CONDITIONS),
        data,
        explanation_text(explanation),
    )


def _conditions(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the conditions of all moves of an explanation, in its order."""
    for playbook in data["playbooks"]:
        for way in playbook["ways"]:
            move = {"playbook": playbook["playbook"], "to": way["to"], "date": way["date"]}
            for action, traces in ((False, way["conditions"]), (True, way["actions"])):
                for trace in traces:
                    shown = {name: trace[name] for name in ("label", "text", "note", "place")}
                    yield {**move, "action": action, "outcome": trace["value"], **shown}


def _typed(rows: list[dict[str, Any]], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """Return rows with ISO dates as a frame of a schema."""
    texts = {name: pl.String() if type == pl.Date else type for name, type in schema.items()}
    dates = [
        pl.col(name).str.to_date("%Y-%m-%d") for name, type in schema.items() if type == pl.Date
    ]
    return pl.DataFrame(rows, schema=texts, orient="row").with_columns(dates)


@dataclass(frozen=True, slots=True)
class Report:
    """The result of `Workspace.report`.

    Attributes:
        document: The document's name.
        format: Its format, such as `markdown` or `pptx`.
        content: Text, or bytes for binary formats.
        missing: The number of values that the document marks as missing.
        problems: Warnings about the account that the document is for.
    """

    document: str
    format: str
    content: str | bytes = field(repr=False)
    missing: int
    problems: tuple[Problem, ...] = ()

    def save(self, path: PathLike) -> Path:
        """Write the document to a file, whole or not at all, and return its path."""
        from .engine.core.atomic_files import write_whole

        target, content = read_path(path, "path"), self.content
        with public_errors():
            write_whole(target, content.encode("utf-8") if isinstance(content, str) else content)
        return target


def report_result(document: str, form: str, rendered: Rendered) -> Report:
    """Return the public form of a document."""
    return Report(document, form, rendered.content, rendered.missing, tuple(rendered.warnings))


def figures_frame(listing: Listing) -> pl.DataFrame:
    """Return figures, listed for programs, as a frame; explained ones have three columns of text more."""
    schema = {name: FIGURES.get(name, pl.String()) for name in listing.columns}
    return pl.DataFrame(list(listing.rows), schema=schema, orient="row")
