"""Random commits read back as a plain model has them, from a `Store` and from an `Overlay`."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from support.profiles import examples
from support.store_rows import commit_tables
from tenure.engine.core.problems import Problems
from tenure.engine.core.schemas import ENDED, LEDGER, LEDGER_ORDER, QUARANTINE, READER, STATES
from tenure.engine.store import (
    Overlay,
    Reader,
    RunRecord,
    Store,
    StoreView,
    state_files,
    verify,
)
from tenure.engine.store import commit as committing

FIRST = dt.date(2026, 1, 1)
DAY = dt.timedelta(days=1)
ACCOUNTS = ["a", "b", "c", "007", "7", "é", "z'", "a\nb"]
PLAYBOOKS = ["renewal", "review"]
STATUSES = ["issued", "postponed", "skipped", "withheld", "held_out", "superseded", "withdrawn"]


def table(schema: dict[str, pl.DataType], rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


@dataclass
class Commit:
    """What is given to a store: the record and the rows."""

    record: RunRecord
    states: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    ended: list[dict[str, Any]]
    quarantined: list[dict[str, Any]]
    history: pl.DataFrame | None
    history_on: dt.date | None = None
    carried: pl.DataFrame | None = None

    def into(self, store: Store | Overlay) -> None:
        commit_tables(
            store,
            self.record,
            table(STATES, self.states),
            table(LEDGER, self.entries),
            table(ENDED, self.ended),
            table(QUARANTINE, self.quarantined),
            self.history,
            self.history_on,
            self.carried,
        )


@dataclass
class Model:
    """A store as plain dicts, with the commits that made it."""

    commits: list[Commit] = field(default_factory=list)
    revisions: dict[str, int] = field(default_factory=dict)

    def states(self) -> dict[tuple[str, str], str]:
        rows = [row for commit in self.commits for row in commit.states]
        return {(row["account_id"], row["playbook"]): row["state"] for row in rows}

    def latest(self) -> dict[str, dict[str, Any]]:
        rows = [row for commit in self.commits for row in commit.entries]
        return {row["action_id"]: row for row in sorted(rows, key=lambda row: row["revision"])}

    def ended(self) -> dict[tuple[Any, ...], str]:
        rows = [row for commit in self.commits for row in commit.ended]
        keys = ("ended_on", "account_id", "playbook", "cycle")
        return {tuple(row[key] for key in keys): row["outcome"] for row in rows}

    def history(self) -> dict[dt.date, pl.DataFrame]:
        found: dict[dt.date, pl.DataFrame] = {}
        for commit in self.commits:
            day, needed_on = commit.record.snapshot_on, commit.history_on
            if commit.history is not None:
                found[day] = commit.history
            if needed_on is not None:
                known = max((d for d in {*found, day} if d <= needed_on), default=dt.date.min)
                found = {d: kept for d, kept in found.items() if d >= known or d == day}
        return found

    def carried(self) -> dict[dt.date, list[tuple[Any, ...]]]:
        """The rows carried over each snapshot of which values are saved."""
        found: dict[dt.date, list[tuple[Any, ...]]] = {}
        for number, commit in enumerate(self.commits, 1):
            if commit.history is not None or commit.carried is not None:
                rows = [] if commit.carried is None else commit.carried.rows()
                found[commit.record.snapshot_on] = rows
            kept = Model(self.commits[:number]).history()
            found = {day: rows for day, rows in found.items() if day in kept}
        return found


accounts, playbooks = st.sampled_from(ACCOUNTS), st.sampled_from(PLAYBOOKS)
dates = st.integers(0, 12).map(lambda days: FIRST + dt.timedelta(days=days))


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Up to eight commits in the order that a store takes them."""
    model, on, attempt = Model(), FIRST, 0
    for _ in range(draw(st.integers(1, 8))):
        later = draw(st.integers(0, 2))
        attempt = 1 if later else attempt + 1
        on += dt.timedelta(days=later)
        snapshot_on = on - dt.timedelta(days=draw(st.integers(0, 2)))
        record = RunRecord(on, attempt, on, snapshot_on, "ab", 1, 0, {"p": "cd"}, "1", [])
        history = draw(st.none() | histories())
        saved = history is not None or snapshot_on in model.history()
        model.commits.append(
            Commit(
                record,
                draw(st.lists(state_rows(), max_size=12)),
                [draw(entry(id, model)) for id in draw(st.lists(st.integers(0, 20), unique=True))],
                draw(st.lists(ended_rows(on), max_size=3)),
                [{"account_id": "q", "row": n} for n in range(draw(st.integers(0, 2)))],
                history,
                draw(st.none() | dates),
                draw(st.none() | carried_values()) if saved else None,
            )
        )
    return model


@st.composite
def state_rows(draw: st.DrawFn) -> dict[str, Any]:
    state = draw(st.sampled_from(["x", "y", "z"]))
    return {"account_id": draw(accounts), "playbook": draw(playbooks), "state": state}


def plans(status: str) -> st.SearchStrategy[dict[str, Any]]:
    """A status with the contact days that go with it: only what is issued reaches anyone, and what waits is planned."""
    contact_on = (st.none() | dates) if status == "issued" else st.none()
    planned_on = dates if status == "postponed" else st.none()
    return st.fixed_dictionaries(
        {"status": st.just(status), "contact_on": contact_on, "planned_on": planned_on}
    )


@st.composite
def entry(draw: st.DrawFn, number: int, model: Model) -> dict[str, Any]:
    action_id = f"action {number}"
    revision = model.revisions[action_id] = model.revisions.get(action_id, 0) + 1
    return {
        "action_id": action_id,
        "revision": revision,
        "account_id": draw(accounts),
        "playbook": draw(playbooks),
        "due_on": draw(dates),
        "issued_on": draw(dates),
        **draw(st.sampled_from(STATUSES).flatmap(plans)),
        "owner": draw(st.none() | st.sampled_from(["Ann", "Bob"])),
    }


@st.composite
def ended_rows(draw: st.DrawFn, on: dt.date) -> dict[str, Any]:
    key = {"account_id": draw(accounts), "playbook": draw(playbooks), "cycle": "1"}
    return key | {"ended_on": on, "outcome": draw(st.sampled_from(["renewed", "lapsed"]))}


@st.composite
def histories(draw: st.DrawFn) -> pl.DataFrame:
    kept = sorted(draw(st.sets(accounts, min_size=1)))
    values = draw(st.lists(st.none() | st.floats(0, 1), min_size=len(kept), max_size=len(kept)))
    score = pl.Series("health_score", values, dtype=pl.Float64)
    return pl.DataFrame({"account_id": kept}).with_columns(score)


@st.composite
def carried_values(draw: st.DrawFn) -> pl.DataFrame:
    keys = draw(st.sets(st.tuples(accounts, st.none() | playbooks)))
    rows = [(*key, draw(st.none() | st.floats(0, 1)), draw(dates)) for key in keys]
    schema = {"account_id": pl.String, READER: pl.String, "arr": pl.Float64, "arr@on": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row")


@st.composite
def filters(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "issued_on": draw(st.none() | dates),
        "date_from": draw(st.none() | dates),
        "date_to": draw(st.none() | dates),
        "owner": draw(st.none() | st.sampled_from(["Ann", "Bob", "Cy"])),
        "accounts": draw(st.none() | st.sets(accounts)),
        "playbooks": draw(st.none() | st.sets(playbooks)),
        "statuses": draw(st.none() | st.sets(st.sampled_from(STATUSES))),
    }


def passes(row: dict[str, Any], chosen: dict[str, Any]) -> bool:
    columns = {"accounts": "account_id", "playbooks": "playbook", "statuses": "status"}
    return (
        chosen["issued_on"] in (None, row["issued_on"])
        and (chosen["date_from"] is None or row["due_on"] >= chosen["date_from"])
        and (chosen["date_to"] is None or row["due_on"] <= chosen["date_to"])
        and (chosen["owner"] is None or row["owner"] == chosen["owner"])
        and all(chosen[k] is None or row[column] in chosen[k] for k, column in columns.items())
    )


def check(reader: StoreView, model: Model, chosen: dict[str, Any]) -> None:
    """Compare all that the reader gives with what the model has."""
    found = reader.states()
    keys = found.select("account_id", "playbook").rows()
    assert keys == sorted(keys)
    assert dict(zip(keys, found["state"], strict=True)) == model.states()
    review = {key: state for key, state in model.states().items() if key[1] == "review"}
    assert reader.states("review").height == len(review)

    latest = model.latest()
    issued = {id: row for id, row in latest.items() if row["status"] == "issued"}
    listed = reader.ledger(**chosen)["action_id"].to_list()
    assert sorted(listed) == sorted(id for id, row in latest.items() if passes(row, chosen))
    every = reader.ledger(history=True)
    assert every.height == sum(model.revisions.values())
    assert every.equals(every.sort("due_on", "account_id", "playbook", "action_id", "revision"))
    for on in (FIRST, FIRST + dt.timedelta(days=5)):
        pending = reader.pending(on)["action_id"].to_list()
        to_come = {
            id
            for id, row in issued.items()
            if row["due_on"] > on or (row["contact_on"] is not None and row["contact_on"] > on)
        }
        waiting = {id for id, row in latest.items() if row["status"] == "postponed"}
        assert sorted(pending) == sorted(to_come | waiting)
        reached = sorted(row["contact_on"] for row in issued.values() if row["contact_on"])
        assert reader.contacts(on)["contact_on"].sort().to_list() == [d for d in reached if d >= on]
    ids = pl.Series([*latest, "unknown", None], dtype=pl.String)
    assert dict(reader.known(ids).iter_rows()) == model.revisions

    assert reader.runs() == [commit.record for commit in model.commits]
    assert reader.latest_runs(2) == [commit.record for commit in model.commits][-2:]
    earlier = [c.record for c in model.commits if c.record.snapshot_on < FIRST + DAY]
    assert reader.latest_runs(1, snapshot_before=FIRST + DAY) == earlier[-1:]
    assert reader.last_committed() == model.commits[-1].record.on
    ended = reader.ended().select("ended_on", "account_id", "playbook", "cycle", "outcome")
    assert {row[:4]: row[4] for row in ended.iter_rows()} == model.ended()
    assert reader.history_days() == sorted(model.history())
    for on in (FIRST, FIRST + 3 * DAY):
        seen = {c.record.snapshot_on for c in model.commits if c.record.on < on}
        assert reader.snapshots_seen(on) == seen & model.history().keys()
    for day, kept in model.history().items():
        assert_frame_equal(reader.history(day, ["health_score", "arr"]), kept)
        assert reader.history_fields(day) == {*kept.columns} - {"account_id"}
    for day, rows in model.carried().items():
        found = reader.carried(day)
        assert sorted(found.rows(), key=str) == sorted(rows, key=str)
        half = reader.carried(day, ("a", "c"))
        assert set(half["account_id"]) == {row[0] for row in rows if "a" <= row[0] < "c"}
    for playbook in ("p", "q"):
        last = [c.record for c in model.commits if c.record.on < FIRST + 3 * DAY]
        expected = last[-1] if last and playbook == "p" else None
        assert reader.last_evaluation(playbook, FIRST + 3 * DAY) == expected
    bad = {commit.record.on: len(commit.quarantined) for commit in model.commits}
    assert {on: reader.quarantine(on).height for on in bad} == bad


def same(one: StoreView, other: StoreView, chosen: dict[str, Any]) -> None:
    """Everything reads back equal, row for row."""
    between = {key: chosen[key] for key in ("date_from", "date_to", "accounts", "playbooks")}
    for read in (
        lambda store: store.states(),
        lambda store: store.ledger(**chosen),
        lambda store: store.ledger(**chosen, history=True),
        lambda store: store.ledger(**chosen, issued_to=FIRST, columns=[*LEDGER_ORDER, "title"]),
        lambda store: store.pending(FIRST),
        lambda store: store.contacts(FIRST),
        lambda store: store.ended(**between),
    ):
        assert_frame_equal(read(one), read(other))


@pytest.fixture(autouse=True)
def _small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that few rows do what many do: compactions, and segments of the ledger."""
    monkeypatch.setattr(state_files, "MOST_DELTAS", 3)
    monkeypatch.setattr(state_files, "FEW_ROWS", 10)
    monkeypatch.setattr(committing, "MOST_IN_TABLE", 4)
    monkeypatch.setattr(committing, "MOST_ENTRIES", 8)
    monkeypatch.setattr(committing, "MOST_STATES", 8)


@examples(25)
@given(models(), st.integers(0, 8), filters())
def test_store_and_overlay_read_back_as_the_model(
    model: Model, split: int, chosen: dict[str, Any]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root, half = Path(folder) / "whole", Path(folder) / "half"
        nothing = Overlay()
        for commit in model.commits:
            with Store.open(root) as store:
                commit.into(store)
            commit.into(nothing)
        with Store.open(half) as store:
            for commit in model.commits[:split]:
                commit.into(store)
        over = Overlay(Reader(half))
        for commit in model.commits[split:]:
            commit.into(over)
        for reader in (Reader(root), nothing, over):
            check(reader, model, chosen)
            same(Reader(root), reader, chosen)
        assert verify(root) == []


@examples(10)
@given(models())
def test_store_and_overlay_refuse_the_same(model: Model) -> None:
    again = next((c for c in model.commits if c.entries), model.commits[0])
    last = model.commits[-1].record.on
    later = RunRecord(last + dt.timedelta(days=1), 1, last, last, "", 0, 0, {}, "1", [])
    again_later = Commit(later, [], again.entries, [], [], None)
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "store") as store:
        for target in (store, Overlay()):
            for commit in model.commits:
                commit.into(target)
            with pytest.raises(Problems, match="committed"):
                model.commits[-1].into(target)
            if again.entries:
                with pytest.raises(Problems, match="in the ledger already"):
                    again_later.into(target)
            assert target.last_committed() == last
