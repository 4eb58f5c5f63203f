"""A snapshot whose accounts are not those of the last one stops the run, before anything is issued again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.core.problems import Problem, Problems
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import preview, run
from tenure.engine.sources import partitioned
from tenure.engine.sources.account_ids import compare, find_gone
from tenure.engine.store import Reader

FIRST = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)

PLAYBOOK = """\
playbook: welcome
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 3 days, then: skip}
timeline:
  anchor: signup_date
  steps: [{id: hello, at: 0 days, do: [{email: {owner: operations}}]}]
"""
"""It looks back at no field, so that nothing but the ids is stored of a snapshot."""


def rows(ids: Iterable[str], status: str = "active") -> list[dict[str, Any]]:
    return [{"account_id": id, "status": status, "signup_date": FIRST, "csm": "Zoé"} for id in ids]


def book(tmp_path: Path, *days: Sequence[str], also: str = "") -> Path:
    """A workspace with a snapshot a day, of these accounts."""
    root = workspace(tmp_path / "w", {"welcome": PLAYBOOK}, SETTINGS + also)
    for n, ids in enumerate(days):
        snapshot(root, FIRST + n * DAY, rows(ids))
    return root


def stopped(root: Path, on: dt.date) -> Problem:
    with pytest.raises(Problems) as raised:
        run(load_project(root), on)
    (problem,) = raised.value.problems
    assert problem.code == "accounts-gone"
    return problem


NUMBERS = range(1, 31)
OLD = [f"{n:05}" for n in NUMBERS]
SALESFORCE = [f"001A0000{n:03}xYzQ" for n in NUMBERS]

FORMS: dict[str, tuple[list[str], list[str], str]] = {
    "zeros lost": (OLD, [str(n) for n in NUMBERS], "00001 became 1"),
    "zeros added": ([str(n) for n in NUMBERS], OLD, "1 became 00001"),
    "capitals": ([f"ac{n}" for n in NUMBERS], [f"AC{n}" for n in NUMBERS], "ac1 became AC1"),
    "decimals": ([f"9{n}" for n in NUMBERS], [f"9{n}.0" for n in NUMBERS], "91 became 91.0"),
    "signs": ([f"A-{n}" for n in NUMBERS], [f"A{n}" for n in NUMBERS], "A-1 became A1"),
    "lengthened": (
        SALESFORCE,
        [f"{id}{'ABC'[n % 3]}A{'XYZ'[n % 2]}" for n, id in enumerate(SALESFORCE)],
        "001A0000001xYzQ became 001A0000001xYzQAAX",
    ),
    "shortened": ([f"{id}AAQ" for id in SALESFORCE], SALESFORCE, "AAQ became 001A0000001xYzQ"),
    "a prefix added": ([str(n) for n in NUMBERS], [f"crm:{n}" for n in NUMBERS], "1 became crm:1"),
    "a prefix taken away": (
        [f"crm:{n}" for n in NUMBERS],
        [str(n) for n in NUMBERS],
        "crm:1 became 1",
    ),
    "another prefix": (
        [f"crm:{n}" for n in NUMBERS],
        [f"erp:{n}" for n in NUMBERS],
        "crm:1 became erp:1",
    ),
    "a suffix added": (
        [f"9{n}" for n in NUMBERS],
        [f"9{n}-eu" for n in NUMBERS],
        "91 became 91-eu",
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_ids_in_another_form_stop_a_run_and_are_shown(form: str, tmp_path: Path) -> None:
    old, new, example = FORMS[form]
    root = book(tmp_path, old, new)
    first = run(load_project(root), FIRST)
    assert first.entries.height == 30
    problem = stopped(root, FIRST + DAY)
    assert "30 of the 30 accounts of the snapshot of 2026-03-02" in problem.message
    assert "of 30 the id came back in another form: " in problem.message
    assert example in problem.message
    assert Reader(root / "store").last_committed() == FIRST


@pytest.mark.parametrize("written", ["{} ", "\u00a0{}", "\t{}", "{}\u202f"])
def test_blanks_around_an_id_do_not_make_it_another(written: str, tmp_path: Path) -> None:
    root = book(tmp_path, OLD, [written.format(id) for id in OLD])
    run(load_project(root), FIRST)
    assert run(load_project(root), FIRST + DAY).entries.is_empty()


def test_letters_composed_or_not_make_the_same_id(tmp_path: Path) -> None:
    root = book(
        tmp_path, [f"é{n}" for n in NUMBERS], [f"e\N{COMBINING ACUTE ACCENT}{n}" for n in NUMBERS]
    )
    run(load_project(root), FIRST)
    assert run(load_project(root), FIRST + DAY).entries.is_empty()


def test_ids_that_differ_by_a_blank_are_one_account_twice(tmp_path: Path) -> None:
    root = book(tmp_path, OLD, [*OLD, f"{OLD[0]} "])
    run(load_project(root), FIRST)
    with pytest.raises(Problems, match="several rows for one account: 00001"):
        run(load_project(root), FIRST + DAY)


def test_a_spreadsheet_that_changes_few_ids_is_noticed_too(tmp_path: Path) -> None:
    """Of 20,000 ids of five digits a tenth begin with two zeros: far fewer than the brake allows."""
    old = [f"{n:03}" for n in range(1, 501)]
    root = book(tmp_path, old, [str(n) if n < 10 else f"{n:03}" for n in range(1, 501)])
    run(load_project(root), FIRST)
    assert "9 of the 500 accounts" in stopped(root, FIRST + DAY).message


def test_a_book_of_three_is_looked_at_too(tmp_path: Path) -> None:
    root = book(tmp_path, ["001", "002", "003"], ["1", "2", "3"])
    run(load_project(root), FIRST)
    assert "001 became 1" in stopped(root, FIRST + DAY).message


def test_a_few_accounts_that_leave_stop_nothing(tmp_path: Path) -> None:
    root = book(tmp_path, OLD, OLD[:24], OLD[:18], [*OLD[:10], "new1", "new2"])
    for n in range(4):
        run(load_project(root), FIRST + n * DAY)
    assert Reader(root / "store").last_committed() == FIRST + 3 * DAY


SHARES = [
    (39, "", True),
    (40, "", False),
    (34, "brake: {gone: 30 %}", True),
    (35, "brake: {gone: 30 %}", False),
    (40, "brake: {gone: 10 %}", True),
    (41, "brake: {gone: 10 %}", False),
    (0, "brake: {gone: 100 %}", False),
]


@pytest.mark.parametrize(("stays", "limit", "stops"), SHARES)
def test_the_share_is_exact(stays: int, limit: str, stops: bool, tmp_path: Path) -> None:
    old = [f"a{n:02}" for n in range(50)]
    root = book(
        tmp_path, old, [*old[:stays], *(f"fresh{n * n}x" for n in range(50 - stays))], also=limit
    )
    run(load_project(root), FIRST)
    if stops:
        stopped(root, FIRST + DAY)
    else:
        run(load_project(root), FIRST + DAY)


def test_a_preview_warns_and_goes_on(tmp_path: Path) -> None:
    root = book(tmp_path, OLD, [str(n) for n in NUMBERS])
    run(load_project(root), FIRST)
    seen = preview(load_project(root), FIRST + DAY)
    assert [(each.code, each.severity) for each in seen.warnings] == [("accounts-gone", "warning")]
    assert seen.dates == (FIRST + DAY,)
    result = CliRunner().invoke(
        main, ["preview", "--workspace", str(root), "--on", str(FIRST + DAY)]
    )
    assert "warning[accounts-gone]" in result.stderr


def test_a_redo_with_other_ids_is_stopped(tmp_path: Path) -> None:
    root = book(tmp_path, OLD)
    run(load_project(root), FIRST)
    snapshot(root, FIRST, rows(str(n) for n in NUMBERS))
    with pytest.raises(Problems, match="00001 became 1"):
        run(load_project(root), FIRST, redo=True)


def test_a_redo_that_adds_accounts_goes_on(tmp_path: Path) -> None:
    root = book(tmp_path, OLD)
    run(load_project(root), FIRST)
    snapshot(root, FIRST, rows([*OLD, "00031"]))
    assert run(load_project(root), FIRST, redo=True).entries.height == 1


def test_a_catch_up_stops_at_the_date_whose_ids_changed(tmp_path: Path) -> None:
    root = book(tmp_path, OLD, OLD, [str(n) for n in NUMBERS], OLD)
    run(load_project(root), FIRST)
    assert "2026-03-04" in stopped(root, FIRST + 3 * DAY).message
    snapshot(root, FIRST + 2 * DAY, rows(OLD))
    assert run(load_project(root), FIRST + 3 * DAY).entries.height == 0


def test_rows_in_quarantine_are_not_gone(tmp_path: Path) -> None:
    root = book(tmp_path, OLD, also="brake: {left_out: 50 %}")
    run(load_project(root), FIRST)
    bad = [{**row, "signup_date": "soon"} for row in rows(OLD[:15])]
    snapshot(root, FIRST + DAY, [*bad, *rows(OLD[15:])])
    assert run(load_project(root), FIRST + DAY).quarantined.height == 15


def test_one_day_with_the_limit_raised_takes_the_new_ids(tmp_path: Path) -> None:
    root = book(tmp_path, OLD, SALESFORCE, SALESFORCE, also="brake: {gone: 100 %}")
    for n in range(2):
        run(load_project(root), FIRST + n * DAY)
    settings = root / "tenure.yaml"
    settings.write_text(settings.read_text("utf-8").replace("brake: {gone: 100 %}", ""), "utf-8")
    run(load_project(root), FIRST + 2 * DAY)
    assert Reader(root / "store").last_committed() == FIRST + 2 * DAY


def parquet(root: Path, on: dt.date, ids: Sequence[str]) -> None:
    frame = pl.DataFrame(rows(ids)).sort("account_id")
    frame.write_parquet(root / "data" / f"accounts-{on}.parquet")


def test_a_snapshot_read_in_parts_is_looked_at_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitioned, "LARGE_ROWS", 10)
    root = workspace(tmp_path / "w", {"welcome": PLAYBOOK}, SETTINGS.replace(".csv", ".parquet"))
    parquet(root, FIRST, OLD)
    parquet(root, FIRST + DAY, [str(n) for n in NUMBERS])
    run(load_project(root), FIRST)
    assert "00001 became 1" in stopped(root, FIRST + DAY).message


def gone(old: Iterable[str], new: Iterable[str], limit: float = 0.2) -> Problem | None:
    text = pl.String()
    before = FIRST, pl.Series(list(old), dtype=text)
    return find_gone(before, (FIRST + DAY, pl.Series(list(new), dtype=text)), limit)


@given(st.sets(st.text(min_size=1, max_size=6), min_size=1, max_size=40), st.data())
@settings(max_examples=80, deadline=None)
def test_accounts_that_stay_or_come_stop_nothing(ids: set[str], data: st.DataObject) -> None:
    more = data.draw(st.sets(st.text(min_size=1, max_size=6), max_size=20))
    assert gone(ids, ids | more) is None


@given(st.sets(st.integers(0, 99_999), min_size=1, max_size=60))
@settings(max_examples=80, deadline=None)
def test_every_set_of_ids_that_lost_its_zeros_stops(numbers: set[int]) -> None:
    old = {f"{n:06}" for n in numbers}
    changed = gone(old, {str(n) for n in numbers})
    assert changed is not None
    assert changed.code == "accounts-gone"


@given(
    st.sets(st.text(min_size=1, max_size=6), max_size=30),
    st.sets(st.text(min_size=1, max_size=6), max_size=30),
)
@settings(max_examples=100, deadline=None)
def test_any_two_snapshots_can_be_compared(old: set[str], new: set[str]) -> None:
    first, again = gone(old, new, 0.0), gone(sorted(old), sorted(new, reverse=True), 0.0)
    assert first == again
    if old <= new:
        assert first is None
    if len(old - new) >= 10:
        assert first is not None


NUMBERED = st.sets(st.integers(0, 3000).map(str), max_size=1500)


@given(NUMBERED, NUMBERED, NUMBERED)
@settings(max_examples=60, deadline=None)
def test_ids_are_compared_exactly(both: set[str], left: set[str], right: set[str]) -> None:
    """Many in common, so that whole blocks are alike; compared with Python's own sets."""
    old, new = both | left, both | right
    only_old, only_new = compare(
        pl.Series(sorted(old), dtype=pl.String()), pl.Series(list(new), dtype=pl.String())
    )
    assert only_old.to_list() == sorted(old - new)
    assert only_new.to_list() == sorted(new - old)
