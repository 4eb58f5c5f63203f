"""What is tried: days of a small workspace, run one after the other, and what must hold whatever happened to them."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib
import json
import os
import signal
import sqlite3
import stat
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.workspaces import RENEWAL, snapshot, workspace

from . import preload

FIRST = dt.date(2026, 2, 20)
DAYS = tuple(FIRST + dt.timedelta(days=n) for n in range(3))
ACCOUNTS = 40
LONGEST = 120
"""Seconds after which a process is killed: nothing here may wait for ever."""

SCORES = """\
playbook: scores
schedule: "0 6 * * *"
for: status == 'active'
priority: other
catch_up: {within: 3 days, then: skip}
triggers:
  open: [{id: fell, when: "crossed_below(health_score, 70)"}]
  steps: [{id: talk, at: 0 days, do: [{call: {owner: csm}}]}]
"""

LIMITS = {
    "store.sqlite_schema": {"BUCKETS": 2},
    "store.state_files": {"MOST_DELTAS": 1},
    "store.commit": {
        "MOST_ENTRIES": 25,
        "MOST_STATES": 8,
        "MOST_IN_TABLE": 20,
        "CACHE": 8,
    },
    "runs.stages": {"BATCH": 20, "FIRST_BATCH": 20},
}
"""By module: limits that make a small store do what large ones do (parts, compactions, segments of the ledger)."""


def prepare(folder: Path) -> None:
    """Set the limits and import all that a run does, once, for the processes forked from this one."""
    for name in gave(forked(_imported, folder)):
        # A module that is run as a program, or only on some systems, is not needed.
        with suppress(ImportError):
            importlib.import_module(name)
    for name, limits in LIMITS.items():
        module = importlib.import_module(f"tenure.engine.{name}")
        for limit, value in limits.items():
            assert hasattr(module, limit), f"{name}.{limit} has another name now"
            setattr(module, limit, value)


def _imported(folder: Path) -> list[str]:
    """Run a day somewhere and return the modules that it took."""
    root = lay_out(folder)
    run_days(root, DAYS[:1])
    contents(root)
    return [name for name in sys.modules if name != "__main__"]


def lay_out(folder: Path) -> Path:
    """Make the workspace: two snapshots, between which dates move, scores fall, and bad values come."""
    root = workspace(folder, {"renewal": RENEWAL, "scores": SCORES})
    (root / "notes.txt").write_text("Not a file of Tenure.\n")
    for day in (0, 2):
        snapshot(root, DAYS[day], [_account(number, day) for number in range(ACCOUNTS)])
    return root


def _account(number: int, day: int) -> dict[str, Any]:
    renewal = FIRST + dt.timedelta(days=number + (20 if day and number % 5 == 0 else 0))
    return {
        "account_id": f"a{number:02}",
        "account_name": f"Account {number}",
        "status": "active",
        "renewal_date": "soon" if day and number == 1 else renewal,
        "csm": "Zoé",
        "health_score": 60 if day and number % 3 == 0 else 80,
    }


def run_days(root: Path, days: tuple[dt.date, ...] = DAYS) -> None:
    """Run the days that are not committed yet, and say of each that it is."""
    from tenure.engine.project.loading import load_project
    from tenure.engine.runs.running import run
    from tenure.engine.store import Reader

    project = load_project(root)
    last = Reader(root / "store").last_committed()
    for on in days:
        if last is None or on > last:
            run(project, on)
            preload.say(on.isoformat())


PARTS = ("runs", "states", "ledger", "ended", "history", "quarantine")


def read(root: Path, part: str) -> str:
    """Return a digest of one part of what the store says."""
    from tenure.engine.store import Reader

    reader = Reader(root / "store")
    match part:
        case "runs":
            said: list[str] = [repr(record) for record in reader.runs()]
        case "states":
            said = [reader.states().write_csv()]
        case "ledger":
            said = [reader.ledger().write_csv(), reader.ledger(history=True).write_csv()]
        case "ended":
            said = [reader.ended().write_csv()]
        case "history":
            days = reader.history_days()
            said = [reader.history(day, ["health_score"]).write_csv() for day in days]
        case _:
            said = [reader.quarantine(run.on).write_csv() for run in reader.runs()]
    return hashlib.sha256(repr(said).encode()).hexdigest()


def contents(root: Path) -> list[str]:
    """Return a digest of each part of what the store says."""
    return [read(root, part) for part in PARTS]


@dataclass(frozen=True)
class Reference:
    """An undisturbed run: what reads back after each number of days, and what it leaves on the disk."""

    after: list[list[str]]
    files: dict[str, int]
    foreign: dict[str, str]


def undisturbed(root: Path) -> Any:
    """Run all days and return a `Reference` as JSON has it."""
    after = [contents(root)]
    foreign = _foreign(root)
    for number in range(len(DAYS)):
        run_days(root, DAYS[: number + 1])
        after.append(contents(root))
    return {"after": after, "files": _counted(root), "foreign": foreign}


def _foreign(root: Path) -> dict[str, str]:
    """The digest of each file outside the store, and outside the folder of the workspace's note of the newest run."""
    own = {root / "store", root / ".tenure"}
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if own.isdisjoint(path.parents)
    }


def _counted(root: Path) -> dict[str, int]:
    """How many files each folder of the store holds."""
    folders = Counter(
        path.parent.relative_to(root).as_posix() for path in (root / "store").rglob("*.*")
    )
    return dict(sorted(folders.items()))


def check(root: Path, said: int, reference: Reference) -> list[str]:
    """Return what is wrong with a workspace to which something happened after `said` days were acknowledged."""
    from tenure.engine.store import Reader, Store, verify

    wrong = [
        f"{file} was touched"
        for file, digest in _foreign(root).items()
        if reference.foreign.get(file) != digest
    ]
    wrong += [f"{file} is gone" for file in reference.foreign if not (root / file).exists()]
    found = contents(root)
    committed = [number for number, whole in enumerate(reference.after) if whole == found]
    if not committed:
        wrong.append("a reader sees half a day")
    elif not said <= committed[0] <= said + 1:
        wrong.append(f"{said} days were acknowledged, {committed[0]} are there")
    wrong += [f"verify: {problem.message}" for problem in verify(root / "store")]
    run_days(root)
    # Files whose removal a power cut undid are swept by the next writer, and there may be no day left to run.
    with Store.open(root / "store"):
        pass
    if contents(root) != reference.after[-1]:
        wrong.append("running again ends in another ledger")
    entries = Reader(root / "store").ledger(history=True).select("action_id", "revision")
    if entries.is_duplicated().any():
        wrong.append("something was issued twice")
    wrong += [
        f"verify after running again: {problem.message}" for problem in verify(root / "store")
    ]
    if (counted := _counted(root)) != reference.files:
        wrong.append(f"running again leaves other files: {counted}")
    return wrong


def forked(task: Callable[..., Any], *arguments: Any) -> Any:
    """Return what the task gives in a process of its own, as {"gave": ...} or {"raised": type, "text": ...}.

    None where the process was killed. Forking saves importing everything again for each trial; this process never
    starts Polars' threads, which would not survive it.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.alarm(LONGEST)
        with os.fdopen(writing, "w") as out:
            json.dump(_tried(task, *arguments), out)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) == signal.SIGKILL:
            return None
        return {"raised": "signal", "text": signal.Signals(os.WTERMSIG(status)).name}
    return json.loads(text)


def _tried(task: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
    from tenure.engine.core.problems import Problems

    try:
        return {"gave": task(*arguments)}
    except Problems as raised:
        codes = sorted(problem.code for problem in raised.problems)
        return {"raised": "Problems", "text": ",".join(codes), "why": raised.problems[0].message}
    # A panic of Polars is no Exception.
    except BaseException:
        return {"raised": "other", "text": traceback.format_exc()}


def gave(found: Any) -> Any:
    """Return what a forked task gave; anything else is a fault of the trial."""
    assert found is not None, "killed, and not by a trial"
    assert "gave" in found, found["text"]
    return found["gave"]


def read_flipped(root: Path, before: list[str], after: list[str]) -> list[str]:
    """Return what comes of a store with a flipped bit that is to run its last day.

    First whether `verify` has "found" it; then of each part whether it reads as the "same", as another "truth", or what
    was raised; then the same after the run, or what stopped it.
    """
    from tenure.engine.store import verify

    found = ["found" if verify(root / "store") else "not found", *_compared(root, before)]
    done = _tried(run_days, root)
    return [*found, done["raised"]] if "raised" in done else [*found, *_compared(root, after)]


def _compared(root: Path, expected: list[str]) -> Iterator[str]:
    for part, digest in zip(PARTS, expected, strict=True):
        seen = _tried(read, root, part)
        yield seen.get("raised") or ("same" if seen["gave"] == digest else "truth")


def without_sync(kind: str) -> None:
    """Break this process's store: it no longer syncs its "files", "folders" or "database", or acknowledges "early".

    "journal" leaves the database synced, but not the removal of its journal (`synchronous = FULL`).
    """
    sync = os.fsync

    def sync_some(file: int) -> None:
        if stat.S_ISDIR(os.fstat(file).st_mode) is not (kind == "folders"):
            sync(file)

    if kind in ("files", "folders"):
        os.fsync = sync_some
    if kind in ("database", "journal"):
        _Careless.level = {"database": "OFF", "journal": "FULL"}[kind]
        connect = sqlite3.connect
        sqlite3.connect = lambda *given, **named: connect(*given, factory=_Careless, **named)


class _Careless(sqlite3.Connection):
    """A connection that syncs less than it is asked to."""

    level = ""

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement.startswith("PRAGMA synchronous"):
            statement = f"PRAGMA synchronous = {self.level}"
        return super().execute(statement, *values)


def bits(folder: Path) -> Iterator[tuple[Path, int]]:
    """Yield the store's files that hold its contents, with their sizes in bits."""
    for path in sorted((folder / "store").rglob("*")):
        if path.is_file() and path.name != "lock" and path.stat().st_size:
            yield path, 8 * path.stat().st_size


def flip(path: Path, bit: int) -> None:
    """Flip one bit of the file."""
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)
