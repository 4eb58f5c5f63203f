"""Verify that a store is as it was written, and what is intact if it is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.problems import Problem, Problems
from ..workspace.store_address import StoreRoot
from . import chain, connection, errors, manifest, places, recordings, seals, version_texts
from .errors import as_problems
from .manifest import File
from .postgres import ServerDatabase
from .snapshot_history import HISTORY
from .store_database import Database
from .store_files import files_of


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind of content: what of it is as it was written, and what is not."""

    kind: str
    holds: str
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    """The result of checking everything."""

    problems: tuple[Problem, ...]
    holdings: tuple[Holding, ...] = ()
    """Empty if the database cannot be read."""


def verify(root: StoreRoot | str) -> list[Problem]:
    """Return what is wrong with the store, after reading every byte of it."""
    return list(survey(root).problems)


def survey(root: StoreRoot | str) -> Survey:
    """Check the database by SQLite's check and by its sums, and each file by its checksum.

    A run that ends meanwhile waits with its commit.
    """
    root = places.as_root(root)
    try:
        with as_problems(root), connection.connect_reader(root, unchecked=True) as database:
            wrong = _check_database(database, root)
            files = files_of(root)
            listed = manifest.live_files(database, *manifest.FILE_KINDS)
            lost = {file.name: files.difference(file) for file in listed}
            bad = {name for name, problem in lost.items() if problem}
            problems = (*wrong, *(problem for problem in lost.values() if problem))
            return Survey(problems, _holdings(database, listed, bad, wrong))
    except Problems as raised:
        return Survey(raised.problems)


def _check_database(database: Database, root: StoreRoot) -> list[Problem]:
    rows = [] if isinstance(database, ServerDatabase) else _integrity(database)
    wrong = [errors.damaged(root, str(text)) for (text,) in rows if text != "ok"]
    if connection.in_file(database):
        wrong += seals.differences(database, root)
        wrong += chain.check_chain(database, root)
        wrong += recordings.check_recordings(database, root)
        wrong += version_texts.check_versions(database, root)
    return wrong


def _integrity(database: Database) -> list[tuple[str]]:
    return database.execute("PRAGMA integrity_check").fetchall()


def _holdings(
    database: Database, listed: Sequence[File], bad: set[str], wrong: Sequence[Problem]
) -> tuple[Holding, ...]:
    doubt = "see the problems of the database" if wrong else ""
    runs = database.execute("SELECT run, evaluated_on FROM runs ORDER BY run").fetchall()
    span = f"{runs[0][0]} to {runs[-1][0]}, {runs[0][1]} to {runs[-1][1]}" if runs else "none"
    return (
        Holding("runs", span, doubt),
        _ledger(database, [file for file in listed if file.kind == "ledger"], bad, doubt),
        _states([file for file in listed if file.kind in ("base", "delta")], bad),
        _history([file for file in listed if file.kind in HISTORY], bad),
        _people(database, doubt),
        _versions(database, doubt),
    )


def _ledger(database: Database, listed: Sequence[File], bad: set[str], doubt: str) -> Holding:
    (few,) = database.execute("SELECT count(*) FROM entries").fetchone()
    good = few + sum(file.rows for file in listed if file.name not in bad)
    lost = [f"{f.rows:,} entries of run {f.run} ({f.name})" for f in listed if f.name in bad]
    return Holding("ledger", f"{good:,} entries", ", ".join([*lost, *([doubt] if doubt else [])]))


def _states(listed: Sequence[File], bad: set[str]) -> Holding:
    good = [file for file in listed if file.name not in bad]
    base = sum(file.kind == "base" for file in good)
    lost = [
        f"bucket {file.bucket}" if file.kind == "base" else f"the changes of run {file.run}"
        for file in listed
        if file.name in bad
    ]
    return Holding("states", f"{base} buckets, {len(good) - base} days of changes", ", ".join(lost))


def _people(database: Database, doubt: str) -> Holding:
    last = recordings.last_recording(database)
    holds = f"{last.outcomes_to:,} of actions, {last.moves_to:,} moves by hand"
    return Holding("outcomes", holds, doubt)


def _versions(database: Database, doubt: str) -> Holding:
    versions, texts = version_texts.count_versions(database)
    return Holding("texts", f"{texts:,} in {versions:,} versions", doubt)


def _history(listed: Sequence[File], bad: set[str]) -> Holding:
    lost = sorted({file.day or "" for file in listed if file.name in bad})
    good = sorted({file.day or "" for file in listed} - set(lost))
    span = f"{len(good)} days, {good[0]} to {good[-1]}" if good else "none"
    return Holding("history", span, ", ".join(lost))
