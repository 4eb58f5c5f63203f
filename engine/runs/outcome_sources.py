"""Read the workspace's source of outcomes before a run: a file, the files of a folder, or a query.

A source that cannot be read stops no run: it becomes a warning, and so does each row that cannot be used. Parsers and
checks are imported where they are used, as most workspaces have no source.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.problems import Problem, Problems
from ..core.schemas import HAND_MOVES, empty_table
from ..workspace.settings import OutcomeSource, SnapshotSource

if TYPE_CHECKING:
    import polars as pl

    from ..store import CommitTarget
    from ..workspace.settings import WorkspaceSettings
    from .outcome_rows import WrittenOutcomes

OUTCOME_ENDINGS = (".csv", ".jsonl", ".ndjson")
"""Endings of the files of a folder that are read."""


@dataclass(frozen=True, slots=True)
class SourceResult:
    """The problems of a source as warnings; `tolerated` is false if more rows are bad than the workspace tolerates."""

    warnings: tuple[Problem, ...] = ()
    tolerated: bool = True


def record_source(
    workspace: WorkspaceSettings, store: CommitTarget, today: dt.date
) -> SourceResult:
    """Record what the workspace's source of outcomes has and the store does not have yet.

    Args:
        workspace: The settings, with the source.
        store: The store, open for writing, or an overlay for a preview.
        today: The date of the recording.
    """
    source = workspace.outcomes
    if source is None:
        return SourceResult()
    from .outcome_checks import OutcomeCheck
    from .outcome_rows import refuse_row

    warnings: list[Problem] = []
    sources = list(_read(workspace, source))
    every = [row for _, each in sources if not isinstance(each, Problem) for row in each.rows]
    check = OutcomeCheck(store, every, today)
    rows = bad = 0
    unread = False
    for name, written in sources:
        if isinstance(written, Problem):
            warnings.append(replace(written, severity="warning"))
            unread = True
            continue
        undated = [row for row in written.rows if row.on is None]
        hint = "write the date on which it happened: the file may be read again on a later day"
        wrong = [refuse_row(row.place, "`on` is missing", hint) for row in undated]
        dated = [row for row in written.rows if row.on is not None]
        checked = check.check(dated, name)
        store.record(checked.outcomes, empty_table(HAND_MOVES))
        problems = (*written.problems, *wrong, *checked.problems)
        warnings += problems
        rows += len(written.rows) + len(written.problems)
        bad += len(problems)
    return SourceResult(tuple(warnings), not unread and workspace.tolerate.allows(bad, rows))


def _read(
    workspace: WorkspaceSettings, source: OutcomeSource
) -> Iterator[tuple[str, WrittenOutcomes | Problem]]:
    """Yield the name of each file, or of the query, with what it has."""
    root = Path(workspace.root)
    if source.query is not None:
        yield "the query of `outcomes`", _asked(workspace, source)
        return
    written = source.folder or source.path or ""
    path = root / written
    if source.folder is None:
        yield written, _read_file(path, written)
        return
    try:
        names = sorted(
            each.name for each in path.iterdir() if each.name.lower().endswith(OUTCOME_ENDINGS)
        )
    except OSError as error:
        yield written, _unreadable(written, error)
        return
    for name in names:
        shown = f"{written.rstrip('/')}/{name}"
        yield shown, _read_file(path / name, shown)


def _read_file(path: Path, name: str) -> WrittenOutcomes | Problem:
    from .outcome_rows import read_outcomes

    try:
        return read_outcomes(path.read_text("utf-8-sig"), name)
    except OSError as error:
        return _unreadable(name, error)
    except UnicodeDecodeError as error:
        what = f"{name} cannot be read: it is not UTF-8 at byte {error.start + 1}"
        return Problem("no-outcomes", what, hint="export it as CSV in UTF-8")


def _unreadable(name: str, error: OSError) -> Problem:
    reason = (error.strerror or str(error)).lower()
    return Problem(
        "no-outcomes",
        f"{name} cannot be read: {reason}",
        hint="see whether the export has run, and whether `outcomes` in tenure.yaml names it",
    )


def _asked(workspace: WorkspaceSettings, source: OutcomeSource) -> WrittenOutcomes | Problem:
    from .outcome_rows import collect_rows, to_row

    try:
        frame = _rows(workspace, source)
    except Problems as raised:
        return raised.problems[0]
    found = []
    for number, values in enumerate(frame.iter_rows(named=True), 1):
        texts = {name: _text(value) for name, value in values.items()}
        found.append(to_row(texts, f"the query of `outcomes`, row {number}"))
    return collect_rows(found)


def _rows(workspace: WorkspaceSettings, source: OutcomeSource) -> pl.DataFrame:
    given = workspace.source
    asked = SnapshotSource(
        query=source.query,
        files=source.tables,
        allow_folders=given.allow_folders,
        query_memory=given.query_memory,
        query_seconds=given.query_seconds,
        time_zone=workspace.time_zone,
        database=source.database,
        span=source.span,
    )
    root = Path(workspace.root)
    if source.database is not None:
        from ..sources.databases import ask_database

        return ask_database(asked, root)
    from ..sources.duckdb_queries import Query

    return Query(asked, root).read(dt.date.min)


def _text(value: object) -> str | None:
    """Return a value of a query's row as text: of an instant, its date."""
    if isinstance(value, dt.datetime):
        value = value.date()
    return None if value is None else str(value)
