"""An account that was merged into another one ends its enrolments, and the other one gets nothing a second time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from support.five_bodies import ACCOUNT, BODIES
from support.one_account import DAY, MONDAY, row, text
from support.profiles import examples
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.reports.explain_data import explanation_data
from tenure.engine.reports.explain_text import explanation_text
from tenure.engine.reports.explanation import explain_account
from tenure.engine.runs import stages
from tenure.engine.runs.running import preview, run
from tenure.engine.store import Reader

NOTICE = """\
timeline:
  anchor: renewal_date
  steps:
    - id: notice
      at: -30 days
      do:
        - email: {owner: csm, shift: none}
        - task: {owner: csm, due: 5 days, shift: none}
    - {id: push, at: -20 days, do: [{call: {owner: csm, shift: none}}]}
  outcomes:
    renewed:
      when: renewal_date > anchor + 60 days
      do: [{task: {owner: csm, due: 9 days, shift: none}}]
    over: {at: 60 days}
"""
RENEWAL = MONDAY + 30 * DAY
B = {"merged_into": "b"}
HEAD = SETTINGS.replace("contacts: 2", "contacts: 9")
Day = Mapping[str, Mapping[str, Any] | None]


def lived(
    root: Path,
    days: Sequence[Day],
    *,
    body: str = NOTICE,
    off: Collection[int] = (),
    schedule: str = "0 6 * * *",
) -> Path:
    """Run a day for each item, which has the changes of accounts; None removes one. `z` is always there."""
    workspace(root, {"p": text(body, schedule)}, HEAD)
    accounts: dict[str, dict[str, Any]] = {"z": {}}
    for n, changes in enumerate(days):
        for id, values in changes.items():
            if values is None:
                del accounts[id]
            else:
                accounts[id] = accounts.get(id, {"renewal_date": RENEWAL}) | values
        base = row(**dict.fromkeys([*ACCOUNT, "merged_into"]))
        rows = [
            base | {"contact_email": f"{id}@customer.example"} | values | {"account_id": id}
            for id, values in accounts.items()
        ]
        snapshot(root, MONDAY + n * DAY, rows)
        if n not in off:
            run(load_project(root), MONDAY + n * DAY)
    return root


def entries(root: Path, id: str = "a") -> list[str]:
    """The account's entries: day evaluated, counted from the first, step, action and status."""
    rows = Reader(root / "store").ledger(history=True).filter(account_id=id)
    return [
        f"{(each['evaluated_on'] - MONDAY).days} {each['step']}.{each['action']} {each['status']}"
        for each in rows.sort("evaluated_on", "step", "action", "revision").iter_rows(named=True)
    ]


def reasons(root: Path, id: str, status: str) -> list[str]:
    rows = Reader(root / "store").ledger(accounts=[id], statuses=[status])
    return rows["reason"].to_list()


def state(root: Path, id: str = "a") -> tuple[str, bool]:
    """The account's state in the playbook, and whether it is open."""
    (found,) = Reader(root / "store").states().filter(account_id=id).to_dicts()
    return found["state"], found["ended_on"] is None


@pytest.mark.parametrize("body", BODIES)
def test_a_merged_account_leaves_and_loses_its_promises(tmp_path: Path, body: str) -> None:
    last = {} if body == "anniversaries" else {"b": {}}
    root = lived(tmp_path / "w", [{"a": {**ACCOUNT}, **last}, {}, {"a": B}, {}], body=BODIES[body])
    assert state(root) == ("left", False)
    if body != "anniversaries":
        reader = Reader(root / "store")
        promised = reader.ledger(accounts=["a"]).filter(step="notice", kind="task")
        assert promised["status"].to_list() == ["withdrawn"]
        assert promised["reason"].to_list() == ["the account was merged into b"]
        ended = reader.ended(accounts=["a"])
        assert ended.select("outcome", "ended_on").row(0) == ("left", MONDAY + 2 * DAY)


def test_it_opens_nothing_new(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", [{"b": {}, "a": B}, *[{}] * 12])
    assert entries(root) == []
    assert Reader(root / "store").states().filter(account_id="a").is_empty()


def test_what_the_merged_account_had_is_not_sent_to_the_other(tmp_path: Path) -> None:
    """The other account appears with the merger, and would get the same notice of the same cycle, late."""
    root = lived(tmp_path / "w", [{"a": {}}, {"a": B, "b": {}}, *[{}] * 10])
    assert entries(root) == [
        "0 notice.email issued",
        "0 notice.task issued",
        "1 notice.task withdrawn",
    ]
    assert entries(root, "b") == [
        *("1 notice.email skipped", "1 notice.task issued", "10 push.call issued"),
    ]
    had = "account a had it on 2026-03-02, before it was merged into this one"
    assert reasons(root, "b", "skipped") == [
        f"30 days before 2026-04-01; 1 day late; skipped: {had}"
    ]


def test_a_promise_of_the_other_is_withdrawn_if_the_merged_account_had_it(tmp_path: Path) -> None:
    """The other account has no address yet when the notice is due, so its email waits."""
    mailed = {"contact_email": "a@customer.example"}
    root = lived(tmp_path / "w", [{"a": mailed, "b": {"contact_email": None}}, {"a": B}, {}])
    assert entries(root, "b") == [
        *("0 notice.email postponed", "0 notice.task issued", "1 notice.email withdrawn"),
    ]
    had = "account a had it on 2026-03-02, before it was merged into this one"
    assert reasons(root, "b", "withdrawn") == [had]


def test_other_cycles_are_none_of_its_business(tmp_path: Path) -> None:
    other = {"renewal_date": RENEWAL + DAY}
    root = lived(tmp_path / "w", [{"a": {}}, {"a": B, "b": other}, *[{}] * 2])
    assert entries(root, "b") == ["1 notice.email issued", "1 notice.task issued"]


def test_a_numbered_cycle_of_later_is_another_one(tmp_path: Path) -> None:
    body = """\
machine:
  initial: welcome
  states:
    - {id: welcome, do: [{email: {owner: csm, shift: none}}]}
    - {id: over, final: true}
  transitions: [{from: welcome, to: over, after: 90 days}]
"""
    together = lived(tmp_path / "w", [{"a": {}}, {"a": B, "b": {}}, {}], body=body)
    assert entries(together, "b") == ["1 welcome.email skipped"]
    later = lived(tmp_path / "v", [{"a": {}}, {"a": B}, {"b": {}}], body=body)
    assert entries(later, "b") == ["2 welcome.email issued"]


def test_a_chain_ends_in_its_last_account(tmp_path: Path) -> None:
    into = {"c": {"merged_into": "a"}, "a": B, "b": {}}
    root = lived(tmp_path / "w", [{"a": {}, "c": {}}, into, {}])
    assert reasons(root, "c", "withdrawn") == ["the account was merged into b"]
    assert entries(root, "b")[0] == "1 notice.email skipped"


def test_accounts_merged_in_a_circle_are_not_merged(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", [{"a": {}, "b": {}}, {"a": B, "b": {"merged_into": "a"}}, {}])
    assert state(root) == ("notice", True)
    assert len(entries(root)) == 2


def test_a_merger_that_is_undone_leaves_nothing_behind(tmp_path: Path) -> None:
    undone = {"merged_into": None}
    root = lived(tmp_path / "w", [{"a": {}, "b": {}}, {"a": B}, {}, {"a": undone}, *[{}] * 8])
    assert state(root) == ("push", True)
    assert entries(root) == [
        "0 notice.email issued",
        "0 notice.task issued",
        "1 notice.task withdrawn",
        "3 notice.task issued",
        "10 push.call issued",
    ]


def test_the_task_of_a_cycle_that_had_ended_is_withdrawn_and_comes_back(tmp_path: Path) -> None:
    renewed = {"renewal_date": RENEWAL + 365 * DAY}
    days: list[Day] = [{"a": {}, "b": {}}, {"a": renewed}, {"a": B}, {"a": {"merged_into": None}}]
    root = lived(tmp_path / "w", [*days, {}])
    of_outcome = [each for each in entries(root) if "renewed" in each]
    assert of_outcome == [
        *("1 renewed.task issued", "2 renewed.task withdrawn", "3 renewed.task issued"),
    ]


def test_a_contact_of_a_playbook_that_is_not_due_waits(tmp_path: Path) -> None:
    """The playbook is due on Mondays only, another one each day."""
    body = NOTICE.replace("email: {owner: csm", "email: {owner: csm, due: 3 days")
    root = workspace(
        tmp_path / "w",
        {
            "p": text(body, "0 6 * * 1"),
            "q": text("tiers: {since: signup_date, levels: [{id: one, after: 1 day}]}", id="q"),
        },
        HEAD,
    )
    for n in range(2):
        mine = row(renewal_date=RENEWAL, signup_date=None, merged_into="b" if n else None)
        snapshot(root, MONDAY + n * DAY, [mine, mine | {"account_id": "b", "merged_into": None}])
        run(load_project(root), MONDAY + n * DAY)
    assert state(root) == ("notice", True)
    assert entries(root)[2:] == ["1 notice.email postponed", "1 notice.task withdrawn"]


def test_explain_says_so(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", [{"a": {}, "b": {}}, {"a": B}])
    project = load_project(root)
    explanation = explain_account(project, "a", MONDAY + DAY, project.playbooks)
    assert explanation is not None
    shown = explanation_text(explanation)
    assert "merged into b: its enrolments end, and none opens" in shown
    assert "ended in `left` on 2026-03-03" in shown
    assert "to enrol" not in shown
    assert explanation_data(explanation)["merged_into"] == "b"


def test_a_preview_says_what_the_run_does(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", [{"a": {}}, {"a": B, "b": {}}], off=[1])
    seen = preview(load_project(root), MONDAY + DAY).entries
    done = run(load_project(root), MONDAY + DAY).entries
    assert_frame_equal(seen, done, check_row_order=False)


_changes = st.fixed_dictionaries(
    {},
    optional={
        id: st.fixed_dictionaries(
            {},
            optional={
                "merged_into": st.sampled_from([None, "a", "b", "c"]),
                "renewal_date": st.sampled_from([RENEWAL, RENEWAL + 3 * DAY]),
                "status": st.sampled_from(["active", "active", "lapsed"]),
            },
        )
        for id in "abc"
    },
)


@pytest.mark.slow
@examples(8)
@given(st.lists(_changes, min_size=2, max_size=8), st.sets(st.integers(1, 6)))
def test_days_off_and_parts_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, changes: list[Day], off: set[int]
) -> None:
    days: list[Day] = [{id: {} for id in "abc"}, *changes]
    off -= {len(days) - 1}
    always = lived(tmp_path_factory.mktemp("on") / "w", days)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stages, "BATCH", 1)
        patched.setattr(stages, "FIRST_BATCH", 2)
        caught_up = lived(tmp_path_factory.mktemp("off") / "w", days, off=off)
    for id in "abc":
        assert entries(always, id) == entries(caught_up, id)
    ours, theirs = (Reader(each / "store").states() for each in (always, caught_up))
    assert_frame_equal(ours, theirs, check_row_order=False)
    made = Reader(always / "store").ledger().filter(pl.col("status") == "issued")
    assert made["action_id"].is_unique().all()
