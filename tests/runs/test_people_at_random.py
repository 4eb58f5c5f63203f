"""Random outcomes and moves by hand between the runs of random playbooks, with gaps, redos and previews.

Both executors agree on every date, a preview is the run, nothing is issued twice or within a hold, nothing follows an
action that is finished, and the same inputs give a new store with the same rows, evaluated account by account.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.both_executors import compared
from support.profiles import examples
from support.random_playbooks import (
    FIRST,
    busy_accounts,
    busy_workspace,
    hand_moves,
    workspace_playbooks,
)
from support.what_people_did import held_until
from support.workspaces import snapshot
from tenure.engine.core.offsets import ONE_DAY
from tenure.engine.core.schemas import HAND_MOVES
from tenure.engine.language.actions_read import AGAIN
from tenure.engine.project.loading import Project, load_project
from tenure.engine.runs import stages
from tenure.engine.runs.outcome_rows import OutcomeRow
from tenure.engine.runs.recording import record_move, record_outcomes
from tenure.engine.runs.running import RunOutcome, preview, run
from tenure.engine.store import Reader, verify

DAYS = 9
IDS = ("a0", "a1", "a2")
KINDS = ("done", "done", "dismissed", "snoozed", "assigned", "reopened")
ACTION = ("account_id", "playbook", "cycle", "step", "action", "occurrence")
SERIES = ("account_id", "playbook", "cycle", "step")
FORCED = "the accounts are few"
CLOSED = "action_id,outcome,on,by,result,until,to\n"


@dataclass
class World:
    """A workspace, and everything that was put into it, in order, so that it can be done again in another one."""

    project: Project
    inputs: list[Callable[[Project], Any]] = field(default_factory=list)

    def put(self, input: Callable[[Project], Any]) -> Any:
        """Do something with the workspace, and remember it."""
        self.inputs.append(input)
        return input(self.project)

    @property
    def store(self) -> Reader:
        return Reader.of(self.project)


def world_of(root: Path, texts: Mapping[str, str]) -> World:
    busy_workspace(root, texts, "outcomes: {file: data/closed.csv}\n")
    (root / "data" / "closed.csv").write_text(CLOSED, "utf-8")
    project = load_project(root)
    assert {each.id for each in project.playbooks} == {*texts}, project.problems
    return World(project)


@pytest.mark.slow
@given(workspace_playbooks(), st.data())
@examples(20)
def test_what_people_do_between_runs(texts: dict[str, str], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = world_of(Path(folder) / "live", texts)
        rows = {id: data.draw(busy_accounts(id)) for id in IDS}
        with compared() as dates:
            for n in range(DAYS):
                live_a_day(world, rows, FIRST + n * ONE_DAY, sorted(texts), data)
        assert dates
        assert verify(world.project.store) == []
        check_issued_once(world.store)
        again = world_of(Path(folder) / "again", texts)
        with mock.patch.object(stages, "BATCH", 1), mock.patch.object(stages, "FIRST_BATCH", 1):
            for each in world.inputs:
                each(again.project)
        for read in ("states", "ended", "outcomes", "hand_moves"):
            assert getattr(again.store, read)().equals(getattr(world.store, read)())
        ledgers = [each.store.ledger(history=True) for each in (world, again)]
        assert ledgers[0].equals(ledgers[1])


def live_a_day(
    world: World, rows: dict[str, Any], on: dt.date, ids: list[str], data: st.DataObject
) -> None:
    """New values, something that people do, perhaps a run, and something that they do after it."""
    if data.draw(st.integers(0, 3)) == 3:
        id = data.draw(st.sampled_from(IDS))
        rows[id] = data.draw(busy_accounts(id))
    values = [dict(row) for row in rows.values()]
    world.put(lambda project: snapshot(Path(project.root), on, values))
    for _ in range(data.draw(st.integers(0, 2))):
        do_something(world, on, ids, data)
    if on > FIRST and data.draw(st.integers(0, 4)) == 4:
        return  # a gap
    shown = preview(world.project, on, today=on) if data.draw(st.booleans()) else None
    done = checked_run(world, on, redo=False)
    if shown is not None:
        assert shown.entries.equals(done.entries)
        assert shown.counts.equals(done.counts)
    if data.draw(st.integers(0, 3)) == 3:
        do_something(world, on, ids, data)
        if data.draw(st.booleans()):
            checked_run(world, on, redo=True)


def checked_run(world: World, on: dt.date, *, redo: bool) -> RunOutcome:
    moves = world.store.hand_moves().to_dicts()
    before = world.store.ledger(history=True)
    done: RunOutcome = world.put(
        lambda project: run(project, on, redo=redo, today=on, force=FORCED)
    )
    check_holds(done.entries, moves)
    check_follow_ups(done.entries, before, world.store.outcomes())
    return done


def do_something(world: World, on: dt.date, ids: list[str], data: st.DataObject) -> None:
    """Record an outcome of some action, by command or in the file that runs read, or a move by hand."""
    issued = world.store.ledger().sort("action_id")
    if issued.height and data.draw(st.integers(0, 3)):
        entry = issued.row(data.draw(st.integers(0, issued.height - 1)), named=True)
        row = outcome_of(entry, on, data)
        if data.draw(st.booleans()):
            world.put(lambda project: append(Path(project.root) / "data" / "closed.csv", row))
        else:
            again = data.draw(st.booleans())
            world.put(lambda p: record_outcomes(p, lambda _: [row], on, "test", again=again))
        return
    moves = data.draw(hand_moves([on], ids))[:1]
    if not moves:
        return
    if moves[0]["move"] == "hold":
        moves[0]["until"] = moves[0]["until"] or on + 3 * ONE_DAY
    frame = pl.DataFrame([{**moves[0], "source": "test"}], schema=HAND_MOVES)
    world.put(lambda project: record_move(project, frame))


def outcome_of(entry: dict[str, Any], on: dt.date, data: st.DataObject) -> OutcomeRow:
    """An outcome of an action, of the day or of one before; now and then it is wrong."""
    kind = data.draw(st.sampled_from(KINDS))
    happened = on - data.draw(st.integers(0, 3)) * ONE_DAY
    return OutcomeRow(
        "somewhere",
        entry["action_id"],
        kind,
        happened,
        data.draw(st.sampled_from([None, "Zoé"])),
        None,
        data.draw(st.sampled_from([None, "no answer"])),
        on + data.draw(st.integers(-1, 6)) * ONE_DAY if kind == "snoozed" else None,
        data.draw(st.sampled_from(["Max", "Ops"])) if kind == "assigned" else None,
    )


def append(file: Path, row: OutcomeRow) -> None:
    cells = (row.action_id, row.outcome, row.on, row.by, row.result, row.until, row.to)
    with file.open("a", encoding="utf-8") as opened:
        opened.write(",".join("" if cell is None else str(cell) for cell in cells) + "\n")


def check_issued_once(store: Reader) -> None:
    """No action has two ids, and no entry of one is there twice."""
    entries = store.ledger(history=True)
    assert not entries.select("action_id", "revision").is_duplicated().any()
    actions = entries.select("action_id", *ACTION).unique()
    assert not actions.select(ACTION).is_duplicated().any()
    assert not actions["action_id"].is_duplicated().any()


def check_holds(new: pl.DataFrame, moves: list[dict[str, Any]]) -> None:
    """Nothing new is issued for an account on hold, and a contact of before has a day after the hold."""
    for entry in new.filter(status="issued").iter_rows(named=True):
        until = held_until(moves, entry["account_id"], entry["playbook"], entry["evaluated_on"])
        if until is not None:
            assert entry["revision"] > 1, entry
            assert entry["contact_on"] is None or entry["contact_on"] > until, entry


def check_follow_ups(new: pl.DataFrame, before: pl.DataFrame, outcomes: pl.DataFrame) -> None:
    """Nothing reminds of an action, or escalates it, that is done, dismissed, snoozed or was never issued."""
    known = pl.concat([before, new])
    for entry in new.filter(status="issued", revision=1).iter_rows(named=True):
        base, again, _ = entry["occurrence"].partition(AGAIN)
        action = entry["action"].removesuffix("_escalated")
        if not again and action == entry["action"]:
            continue
        on = entry["evaluated_on"]
        mine = known.filter(
            *(pl.col(name) == entry[name] for name in SERIES),
            pl.col("evaluated_on") < on,
            action=action,
        ).filter(pl.col("occurrence").str.split(AGAIN).list.first() == base)
        last = mine.sort("revision").unique("action_id", keep="last").filter(status="issued")
        assert last.height, entry
        valid = {
            row["action_id"]: row
            for row in outcomes.filter(
                pl.col("on") <= on, pl.col("outcome") != "assigned"
            ).iter_rows(named=True)
        }
        kinds = [valid[id]["outcome"] for id in last["action_id"] if id in valid]
        assert not {"done", "dismissed"} & {*kinds}, (entry, kinds)
        newest = last.sort(pl.col("occurrence").str.len_chars(), "occurrence")["action_id"][-1]
        latest = valid.get(newest)
        snoozed = latest is not None and latest["outcome"] == "snoozed" and latest["until"] > on
        assert not snoozed, (entry, latest)
