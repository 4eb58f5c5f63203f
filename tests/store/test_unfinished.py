"""What may be open is found without the rest of the ledger, and is the same as in all of it."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from support.store_rows import commit, day, entry, table
from support.store_rows import record as run_record
from tenure.engine.core.schemas import HAND_MOVES, OUTCOMES, empty_table
from tenure.engine.language.actions_read import STILL_OPEN
from tenure.engine.store import Reader, Store, ledger_rows
from tenure.engine.store import commit as committing
from tenure.engine.store.action_standing import standing_in, standing_of_unfinished

ON = day(12)
ACTIONS = [f"{n:020x}" for n in range(1, 401)]
KINDS = ("done", "dismissed", "snoozed", "reopened", "assigned")
STATUSES = ("issued", "issued", "issued", "skipped", "withheld", "withdrawn")


def outcome(action: str, kind: str, on: int = 5, until: int = 20) -> dict[str, Any]:
    return {"action_id": action, "outcome": kind, "on": day(on), "until": day(until), "to": "Bo"}


def record(store: Store, made: list[dict[str, Any]]) -> None:
    rows = [
        {**row, "until": row["until"] if row["outcome"] == "snoozed" else None, "recorded_on": ON}
        for row in made
    ]
    store.record(table(OUTCOMES, rows), empty_table(HAND_MOVES))


def random_entries(random: Random) -> list[dict[str, Any]]:
    """Actions of which each second one is the reminder of the one before."""
    return [
        {
            **entry(action, status=random.choice(STATUSES), due_on=day(random.randint(8, 16))),
            "step": f"s{n // 2}",
            "cycle": "1",
            "action": "task",
            "occurrence": "1+2" if n % 2 else "1",
            "owner": "Ana",
        }
        for n, action in enumerate(ACTIONS)
    ]


def random_outcomes(random: Random) -> list[dict[str, Any]]:
    return [
        outcome(
            random.choice(ACTIONS),
            random.choice(KINDS),
            random.randint(1, 15),
            random.randint(1, 20),
        )
        for _ in range(len(ACTIONS))
    ]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("in_segments", [False, True])
def test_what_is_open_is_the_same_as_in_the_whole_ledger(
    in_segments: bool, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(seed)
    if in_segments:
        monkeypatch.setattr(committing, "MOST_ENTRIES", 0)
    with Store.open(tmp_path / "store", tmp_path) as store:
        commit(store, run_record(1), entries=random_entries(random))
        record(store, random_outcomes(random))
    reader = Reader(tmp_path / "store")
    whole = standing_in(reader, reader.ledger(), ON, cut=False)
    found = standing_of_unfinished(reader, reader.unfinished(ON), ON)
    still = pl.col("standing").is_in(list(STILL_OPEN))
    assert whole.filter(still).height > 50
    assert found.filter(still).rows() == whole.filter(still).rows()


def test_what_was_finished_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [entry(f"{n:020x}", status="issued", due_on=day(8)) for n in range(1, 101)]
    many += [entry(f"{n:020x}", status="skipped", due_on=day(8)) for n in range(101, 201)]
    with Store.open(tmp_path / "store", tmp_path) as store:
        commit(store, run_record(1), entries=many)
        record(store, [outcome(row["action_id"], "done") for row in many[:98]])
        record(store, [outcome(many[0]["action_id"], "reopened")])
        read: list[str] = []
        select = ledger_rows.select

        def selected(*args: Any) -> Any:
            found = select(*args)
            read.extend(found[0]["action_id"])
            return found

        monkeypatch.setattr(ledger_rows, "select", selected)
        found = standing_of_unfinished(store, store.unfinished(ON), ON)
    ids = [many[0]["action_id"], many[98]["action_id"], many[99]["action_id"]]
    assert sorted(found["action_id"]) == ids
    assert set(read) == set(ids)
