"""Carried values in the store: kept while something compares with them, bounded, erased and copied like the rest."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.days_of_one import OTHER, days, health
from support.one_account import DAY, DROP, MONDAY, row, text
from support.workspaces import snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.runs import carried_values
from tenure.engine.runs.carried_values import ABSENT_DAYS, carry
from tenure.engine.runs.running import run
from tenure.engine.store import Reader, Store, verify
from tenure.engine.store.backup import backup
from tenure.engine.store.erase import has_account
from tenure.engine.store.redaction import ERASED, NameMatcher, Redaction

LATER = DROP.replace("crossed_below(health_score, 70)", "change(health_score, 10 days) < -5")


def lived(root: Path, scores: dict[int, Any], last: int, step: int = 7) -> Path:
    """Run every `step` days up to the day `last`; the account has these scores from these days on."""
    schedule = "0 6 * * 1" if step == 7 else "0 6 * * *"
    workspace(root, {"p": text(DROP, schedule), "q": text(LATER, schedule, id="q")})
    present: dict[str, Any] | None = None
    for n in range(0, last + 1, step):
        if n in scores:
            present = None if scores[n] == "absent" else {"health_score": scores[n]}
        rows = [OTHER, *([OTHER | present | {"account_id": "a"}] if present else [])]
        snapshot(root, MONDAY + n * DAY, rows)
        run(load_project(root), MONDAY + n * DAY)
    return root


@pytest.mark.parametrize("gap", [None, "absent"])
def test_a_value_stays_beyond_the_look_back_while_it_is_missing(
    tmp_path: Path, gap: str | None
) -> None:
    root = lived(tmp_path / "w", {0: 80, 7: gap, 91: 60}, 91)
    store = Reader(root / "store")
    # Both the fall, and the change against what was known ten days before.
    fired = store.ledger(accounts=["a"]).select("playbook", "issued_on").sort("playbook")
    assert fired.rows() == [("p", MONDAY + 91 * DAY), ("q", MONDAY + 91 * DAY)]
    assert store.history_days()[0] > MONDAY + 40 * DAY
    assert verify(root / "store") == []


def carried_rows(root: Path) -> list[tuple[Any, ...]]:
    """Return what is carried over the newest snapshot."""
    store = Reader(root / "store")
    return store.carried(store.history_days()[-1]).sort("account_id", "@playbook").rows()


def test_one_row_for_each_account_and_playbook_is_carried_however_long(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {0: 80, 7: None}, 63)
    known = (80.0, MONDAY)
    assert carried_rows(root) == [("a", None, *known), ("a", "p", *known)]
    sizes = {file.stat().st_size for file in (root / "store" / "history").glob("*carried*")}
    assert len(sizes) == 1
    snapshot(root, MONDAY + 70 * DAY, [OTHER, OTHER | {"account_id": "a", "health_score": 79}])
    run(load_project(root), MONDAY + 70 * DAY)
    assert Reader(root / "store").carried(MONDAY + 70 * DAY).is_empty()


def test_a_history_without_gaps_carries_nothing(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"p": text(DROP), "q": text(LATER, id="q")})
    days(root, health(80, 60, 80, 60))
    assert list((root / "store" / "history").glob("*carried*")) == []


@pytest.mark.parametrize(("absent", "fired"), [(10, True), (15, False)])
def test_an_account_that_was_absent_too_long_is_as_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, absent: int, fired: bool
) -> None:
    monkeypatch.setattr(carried_values, "ABSENT_DAYS", 12)
    root = lived(tmp_path / "w", {0: 80, 1: "absent", absent + 1: 60}, absent + 2, 1)
    issued = Reader(root / "store").ledger(accounts=["a"], playbooks=["p"])["issued_on"]
    assert issued.to_list() == [MONDAY + (absent + 1) * DAY] * fired


def test_only_the_absent_are_forgotten() -> None:
    on = MONDAY + (ABSENT_DAYS + 1) * DAY
    known = pl.DataFrame(
        {
            "account_id": ["here", "away", "just away"],
            "health_score": [80.0, 80.0, 80.0],
            "health_score@on": [MONDAY, MONDAY, MONDAY + DAY],
        }
    )
    accounts = pl.DataFrame(
        {"account_id": ["here"], "health_score": pl.Series([None], dtype=pl.Float64)}
    )
    carried = carry("p", known, accounts, ["health_score"], on)
    assert carried["account_id"].to_list() == ["here", "just away"]


def test_a_redo_with_the_missing_value_forgets_what_was_carried(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"p": text(DROP)})
    days(root, health(80, None))
    on = MONDAY + DAY
    snapshot(root, on, [OTHER, OTHER | {"account_id": "a", "health_score": 60}])
    run(load_project(root), on, redo=True)
    assert Reader(root / "store").ledger(accounts=["a"])["issued_on"].to_list() == [on]
    assert Reader(root / "store").carried(on).is_empty()
    snapshot(root, on + DAY, [OTHER, OTHER | {"account_id": "a", "health_score": 60}])
    run(load_project(root), on + DAY)
    assert Reader(root / "store").ledger(accounts=["a"]).height == 1


def test_a_snapshot_used_for_several_days_is_seen_once(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"p": text(DROP), "w": text(DROP, "0 6 * * 3", id="w")})
    days(root, health(80, None))
    for n in (2, 3, 4, 5):
        run(load_project(root), MONDAY + n * DAY)
    snapshot(root, MONDAY + 6 * DAY, [OTHER, OTHER | {"account_id": "a", "health_score": 60}])
    for n in (6, 7, 8, 9, 10):
        run(load_project(root), MONDAY + n * DAY)
    ledger = Reader(root / "store").ledger(accounts=["a"])
    # The weekly playbook saw the account on one day only, a Wednesday without its score, and then with 60.
    assert ledger.select("playbook", "issued_on").rows() == [("p", MONDAY + 6 * DAY)]


CHAMPION = DROP.replace("crossed_below(health_score, 70)", "changed(champion)")


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A workspace whose store carries the name of a champion."""
    root = workspace(tmp_path / "w", {"p": text(CHAMPION)})
    for n, champion in enumerate(["Ada Lovelace", "", ""]):
        named = row(champion=champion)
        snapshot(root, MONDAY + n * DAY, [named, named | {"account_id": "b", "champion": "Bo"}])
        run(load_project(root), MONDAY + n * DAY)
    return root


def names_in(root: Path) -> set[str]:
    """Return the files of the store in which the name is."""
    files = (path for path in (root / "store").rglob("*") if path.is_file())
    return {path.name.split("-2")[0] for path in files if b"Ada Lovelace" in path.read_bytes()}


@pytest.mark.parametrize("account", [None, "a"])
def test_an_erased_name_is_not_carried_on(people: Path, account: str | None) -> None:
    assert names_in(people) == {"tenure-history", "tenure-carried"}
    with Store.open(people / "store", people) as store:
        places = store.erase(Redaction(NameMatcher(["Ada Lovelace"]), account), "person", MONDAY)
    assert places.history == 3
    assert names_in(people) == set()
    assert verify(people / "store") == []
    carried = Reader(people / "store").carried(MONDAY + 2 * DAY)
    assert carried.rows() == [("a", "p", ERASED, MONDAY)]


def test_an_account_that_is_only_carried_is_known(people: Path) -> None:
    snapshot(people, MONDAY + 3 * DAY, [row(champion="Bo") | {"account_id": "b"}])
    run(load_project(people), MONDAY + 3 * DAY)
    assert Reader(people / "store").carried(MONDAY + 3 * DAY)["account_id"].to_list() == ["a"]
    assert has_account(people / "store", "a")


def test_a_backup_has_what_is_carried_and_its_loss_is_found(people: Path) -> None:
    copy = people.parent / "copy"
    backup(people / "store", copy)
    on = MONDAY + 2 * DAY
    assert Reader(copy).carried(on).equals(Reader(people / "store").carried(on))
    (file,) = (people / "store" / "history").glob(f"tenure-carried-{on}-*")
    file.write_bytes(file.read_bytes()[:-1])
    assert [problem.code for problem in verify(people / "store")] == ["store-damaged"]


def test_a_change_of_names_is_seen_over_a_gap(people: Path) -> None:
    named = row(champion="Eve")
    on: dt.date = MONDAY + 3 * DAY
    snapshot(people, on, [named, named | {"account_id": "b", "champion": "Bo"}])
    run(load_project(people), on)
    assert Reader(people / "store").ledger()["account_id"].to_list() == ["a"]
