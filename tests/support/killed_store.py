"""The commits of a store that is killed, what reads back of it, and processes forked to be killed."""

from __future__ import annotations

import datetime as dt
import gc
import json
import os
import signal
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

FIRST = dt.date(2026, 1, 1)
COMMITS = 4
ACCOUNTS = 12


def arrange() -> None:
    """Make small stores do what large ones do: few buckets, compactions, segments of the ledger.

    Pages are spilled early, so that a kill before COMMIT leaves what one in the midst of it would.
    """
    from tenure.engine.store import commit, connection, sqlite_schema, state_files

    sqlite_schema.BUCKETS = 2
    state_files.MOST_DELTAS = 1
    commit.MOST_ENTRIES = 150
    commit.MOST_STATES = 8
    commit.MOST_IN_TABLE = 140
    commit.CACHE = 8
    set_pragma = connection.set_pragma
    connection.set_pragma = lambda database, setting: set_pragma(
        database, setting.replace("cache_spill = OFF", "cache_spill = ON")
    )


def commit(store: Any, number: int) -> None:
    """The same commit each time for the same number: every account moves, every kind of row."""
    import polars as pl
    from tenure.engine.core.schemas import ENDED, LEDGER, QUARANTINE, STATES
    from tenure.engine.store import RunRecord

    from support.store_rows import commit_tables

    on = FIRST + dt.timedelta(days=number)
    accounts = [f"account {n}" for n in range(ACCOUNTS)]

    def table(schema: dict[str, pl.DataType], **columns: Any) -> pl.DataFrame:
        frame = pl.DataFrame(columns)
        missing = {name: pl.lit(None) for name in schema if name not in columns}
        return frame.with_columns(**missing).select(
            pl.col(name).cast(kind) for name, kind in schema.items()
        )

    states = table(
        STATES, account_id=accounts, playbook=["p"] * ACCOUNTS, state=[f"s{number}"] * 12
    )
    new = [f"{number}-{n}" for n in range(160 if number == 0 else 120 * (number % 2) + 5)]
    ids = new + ([f"{number - 1}-{n}" for n in range(5)] if number else [])
    entries = table(
        LEDGER,
        action_id=ids,
        revision=[1] * len(new) + [2] * (len(ids) - len(new)),
        status=["issued"] * len(new) + ["superseded"] * (len(ids) - len(new)),
        due_on=[on] * len(ids),
        detail=["x" * 500] * len(ids),
    )
    ended = table(ENDED, account_id=["e"], playbook=["p"], cycle=[str(number)], ended_on=[on])
    bad = table(QUARANTINE, account_id=["q"], row=[number])
    history = pl.DataFrame({"account_id": accounts, "health_score": [float(number)] * ACCOUNTS})
    snapshot_on = FIRST + dt.timedelta(days=number // 2)
    record = RunRecord(on, 1, on, snapshot_on, "ab", 1, 0, {"p": "cd"}, "1.0", [])
    texts = {"tenure.yaml": "workspace: W", "p.yaml": f"playbook: p # {number // 2}"}
    commit_tables(store, record, states, entries, ended, bad, history, texts=texts)


def note(store: Any, number: int) -> None:
    """The same recording each time for the same number: an outcome and a move by hand."""
    import polars as pl
    from tenure.engine.core.schemas import HAND_MOVES, OUTCOMES

    from support.store_rows import table

    on = FIRST + dt.timedelta(days=number)
    outcome = {"action_id": f"{number}-0", "outcome": "done", "on": on, "note": f"note {number}"}
    move = {"move": "hold", "account_id": f"account {number}", "on": on, "because": "x"}
    tables: list[pl.DataFrame] = [table(OUTCOMES, [outcome]), table(HAND_MOVES, [move])]
    store.record(*tables)


def contents(reader: Any) -> Any:
    """All that can be read, in a form that compares and travels."""
    parts = [
        reader.states(),
        reader.ledger(),
        reader.ledger(history=True),
        reader.ended(),
        *(reader.history(day, ["health_score"]) for day in reader.history_days()),
        *(reader.quarantine(run.on) for run in reader.runs()),
        reader.outcomes(),
        reader.hand_moves(),
    ]
    runs = [repr(run) for run in reader.runs()]
    runs += [repr(reader.run_texts(run.on)) for run in reader.runs()]
    return [runs, [sha256(part.write_csv().encode()).hexdigest() for part in parts]]


def resume(root: Path) -> None:
    """Commit what is still to be committed."""
    from tenure.engine.store import Store

    with Store.open(root, root.parent / "workspace") as store:
        last = store.last_committed()
        for number in range(store.outcomes().height, (last - FIRST).days + 1 if last else 0):
            note(store, number)
        for number in range((last - FIRST).days + 1 if last else 0, COMMITS):
            commit(store, number)
            note(store, number)


def forked(task: Callable[..., Any], *arguments: Any) -> Any:
    """What the task gives in a process of its own; None where it was killed.

    Forking saves importing anew for each of a hundred kills; the parent never uses Polars' threads.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        gc.disable()  # to look for garbage is to copy all that the parent has
        os.close(reading)
        with os.fdopen(writing, "w") as out:
            json.dump(task(*arguments), out)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return None
    assert status == 0, text
    return json.loads(text)


def read(root: Path) -> Any:
    """What a reader finds."""
    from tenure.engine.store import Reader

    return contents(Reader(root))
