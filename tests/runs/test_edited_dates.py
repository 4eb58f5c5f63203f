"""Dates that only an edit of the playbook moved into the past are due on the day of the edit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest
from support.one_account import DAY, MONDAY, row, text
from support.workspaces import snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

NOTICE = """\
timeline:
  anchor: renewal_date
  steps:
    - {id: notice, at: -30 days, do: [{task: {owner: csm, shift: none}}]}
  outcomes:
    lapsed: {at: 30 days}
"""
EARLIER = NOTICE.replace("-30 days", "-45 days")
TWO = """\
timeline:
  anchor: renewal_date
  steps:
    - {id: kickoff, at: -90 days, do: [{task: {owner: csm, shift: none}}]}
    - {id: notice, at: -30 days, do: [{task: {owner: csm, shift: none}}]}
  outcomes:
    lapsed: {at: 30 days}
"""

Row = dict[str, Any]


def account(id: str, days: int | None, **more: Any) -> Row:
    """An account whose renewal date is that many days after the first Monday."""
    date = None if days is None else MONDAY + days * DAY
    return row(renewal_date=date, **more) | {"account_id": id}


def lived(
    root: Path,
    texts: Mapping[int, str],
    rows: Mapping[int, list[Row]],
    days: int,
    off: Collection[int] = (),
) -> list[tuple[str, str, int, str, int]]:
    """Run every day but those `off`; `texts` and `rows` give the playbook and the accounts from the nth day on.

    Returns:
        The actions: account, step, the day on which they are due (Monday is 0), status and lateness.
    """
    workspace(root, {"p": texts[0]})
    for n in range(days):
        if n in texts:
            (root / "playbooks" / "p.yaml").write_text(texts[n], encoding="utf-8")
        if n in rows:
            snapshot(root, MONDAY + n * DAY, rows[n])
        if n not in off:
            run(load_project(root), MONDAY + n * DAY)
    return entries(root)


def entries(root: Path) -> list[tuple[str, str, int, str, int]]:
    """The last revision of each action."""
    found = Reader(root / "store").ledger().sort("account_id", "due_on", "step")
    return [
        (e["account_id"], e["step"], (e["due_on"] - MONDAY).days, e["status"], e["late_days"])
        for e in found.iter_rows(named=True)
    ]


@pytest.mark.parametrize(("old", "steps"), [(NOTICE, []), (TWO, ["kickoff"])])
def test_an_earlier_offset_is_due_on_the_day_of_the_edit(
    tmp_path: Path, old: str, steps: list[str]
) -> None:
    new = old.replace("-30 days", "-45 days")
    found = lived(
        tmp_path / "w", {0: text(old, within="90 days"), 1: text(new)}, {0: [account("a", 35)]}, 3
    )
    # Ten days too late under the new text, from which the catch-up of a week would have taken it away.
    assert [e for e in found if e[1] == "notice"] == [("a", "notice", 1, "issued", 0)]
    assert [e[1] for e in found if e[1] != "notice"] == steps


def test_the_reason_says_that_the_edit_came_after_the_date(tmp_path: Path) -> None:
    lived(tmp_path / "w", {0: text(NOTICE), 1: text(EARLIER)}, {0: [account("a", 35)]}, 2)
    (entry,) = Reader(tmp_path / "w" / "store").ledger().iter_rows(named=True)
    assert entry["reason"] == (
        "45 days before 2026-04-06; 2026-02-20 passed before the playbook was edited"
    )


def test_what_was_late_before_the_edit_or_for_another_reason_stays_late(tmp_path: Path) -> None:
    before = [account("skipped", 10), account("done", 30), account("unknown", 20)]
    after = [*before, account("new", 20)]
    found = lived(
        tmp_path / "w",
        {0: text(NOTICE), 2: text(EARLIER)},
        {0: before[:2], 1: before, 2: after},
        4,
    )
    assert found == [
        ("done", "notice", 0, "issued", 0),
        # First seen on the day of the edit, 25 days after the date.
        ("new", "notice", -25, "skipped", 27),
        ("skipped", "notice", -20, "skipped", 20),
        # First seen on the day before the edit, and skipped then for the date that it had then.
        ("unknown", "notice", -10, "skipped", 11),
    ]


@pytest.mark.parametrize(
    "new",
    [
        NOTICE.replace("timeline", "# Thirty days are usual.\ntimeline"),
        NOTICE.replace("{id: notice,", "{id: notice, title: Notice of renewal,"),
    ],
)
def test_comments_and_titles_are_no_edits(tmp_path: Path, new: str) -> None:
    changed = account("a", 20, status="active")
    found = lived(
        tmp_path / "w",
        {0: text(NOTICE), 1: text(new)},
        {0: [changed | {"status": "paused"}], 1: [changed]},
        2,
    )
    assert found == [("a", "notice", -10, "skipped", 11)]


def test_the_first_date_of_a_workspace_or_playbook_is_no_edit(tmp_path: Path) -> None:
    root = tmp_path / "w"
    lived(root, {0: text(NOTICE)}, {0: [account("a", 20)]}, 1)
    (root / "playbooks" / "q.yaml").write_text(text(EARLIER, id="q"), encoding="utf-8")
    run(load_project(root), MONDAY + DAY)
    assert entries(root) == [
        ("a", "notice", -25, "skipped", 26),
        ("a", "notice", -10, "skipped", 10),
    ]


def test_a_step_added_between_two_others_is_due_on_the_day_of_the_edit(tmp_path: Path) -> None:
    step = "    - {id: offer, at: -60 days, do: [{task: {owner: csm, shift: none}}]}\n"
    new = TWO.replace("    - {id: notice", step + "    - {id: notice")
    accounts = [account("before", 70), account("between", 40), account("past", 20)]
    found = lived(tmp_path / "w", {0: text(TWO, within="90 days"), 1: text(new)}, {0: accounts}, 2)
    # The account past the notice does not return to a step before it, and the first one has not come to it.
    assert [e for e in found if e[1] == "offer"] == [("between", "offer", 1, "issued", 0)]


def test_an_action_added_to_a_step_reaches_those_who_come_to_it(tmp_path: Path) -> None:
    new = NOTICE.replace("do: [", "do: [{call: {owner: csm, shift: none}}, ")
    found = lived(
        tmp_path / "w",
        {0: text(NOTICE), 1: text(new)},
        {0: [account("in", 30), account("next", 31)]},
        2,
    )
    assert found == [
        ("in", "notice", 0, "issued", 0),
        ("next", "notice", 1, "issued", 0),
        ("next", "notice", 1, "issued", 0),
    ]


def test_another_anchor_is_due_on_the_day_of_the_edit(tmp_path: Path) -> None:
    new = NOTICE.replace("renewal_date", "next_review_date")
    dates = {"next_review_date": MONDAY + 15 * DAY}
    found = lived(
        tmp_path / "w", {0: text(NOTICE), 1: text(new)}, {0: [account("a", 60, **dates)]}, 2
    )
    assert found == [("a", "notice", 1, "issued", 0)]


def test_another_condition_is_due_on_the_day_of_the_edit(tmp_path: Path) -> None:
    old = TWO.replace("at: -30 days, do: [{task: {", "at: -30 days, wait_for: vip, do: [{task: {")
    cases = TWO.replace("at: -30 days", "at: [{when: vip, then: -45 days}, -30 days]")
    accounts = {0: [account("a", 35, vip=True)]}
    found = lived(tmp_path / "w", {0: text(TWO, within="90 days"), 1: text(cases)}, accounts, 2)
    assert found[1:] == [("a", "notice", 1, "issued", 0)]
    # A step that waited for a condition is due on the date on which it is taken anyway.
    accounts = {0: [account("a", 20, vip=False)]}
    found = lived(tmp_path / "x", {0: text(old, within="90 days"), 1: text(TWO)}, accounts, 2)
    assert found[1:] == [("a", "notice", 1, "issued", 0)]


def test_more_accounts_by_an_edit_of_for_have_their_dates_on_its_day(tmp_path: Path) -> None:
    narrow = text(NOTICE).replace("status == 'active'", "status == 'active' and vip")
    found = lived(
        tmp_path / "w", {0: narrow, 1: text(NOTICE)}, {0: [account("a", 15, vip=False)]}, 2
    )
    assert found == [("a", "notice", 1, "issued", 0)]


def test_a_later_offset_issues_nothing_again(tmp_path: Path) -> None:
    new = NOTICE.replace("-30 days", "-20 days")
    accounts = [account("in", 29), account("before", 31)]
    found = lived(tmp_path / "w", {0: text(NOTICE), 1: text(new)}, {0: accounts}, 13)
    assert found == [
        ("before", "notice", 11, "issued", 0),
        ("in", "notice", -1, "issued", 1),
    ]


@pytest.mark.parametrize("within", ["3 days", "7 days"])
def test_an_edit_while_the_machine_was_off_counts_from_the_first_date_with_it(
    tmp_path: Path, within: str
) -> None:
    texts = {0: text(NOTICE, within=within), 1: text(EARLIER, within=within)}
    rows = {0: [account("a", 35), account("b", 48)]}
    on = lived(tmp_path / "on", texts, rows, 6)
    off = lived(tmp_path / "off", texts, rows, 6, {1, 2, 3, 4})
    assert on == [("a", "notice", 1, "issued", 0), ("b", "notice", 3, "issued", 0)]
    # The machine was off for four days, which are its own lateness.
    status = "skipped" if within == "3 days" else "issued"
    assert off == [("a", "notice", 1, status, 4), ("b", "notice", 3, "issued", 2)]


def test_the_days_of_a_weekly_schedule_are_not_the_edits(tmp_path: Path) -> None:
    texts = {
        0: text(NOTICE, "0 6 * * 1"),
        1: text(EARLIER, "0 6 * * 1"),
    }
    rows = {0: [account("between", 40), account("during", 48)]}
    found = lived(tmp_path / "w", texts, rows, 8)
    assert found == [
        # Due since five days before the last evaluation: only the edit moved it there.
        ("between", "notice", 7, "issued", 0),
        # Due after it: any text would have been four days late.
        ("during", "notice", 3, "issued", 4),
    ]


def test_a_playbook_put_back_unchanged_is_no_edit(tmp_path: Path) -> None:
    root = tmp_path / "w"
    lived(root, {0: text(NOTICE)}, {0: [account("a", 31)]}, 1)
    (root / "playbooks" / "p.yaml").unlink()
    (root / "playbooks" / "q.yaml").write_text(text(TWO, id="q"), encoding="utf-8")
    for n in range(1, 11):
        run(load_project(root), MONDAY + n * DAY)
    (root / "playbooks" / "q.yaml").unlink()
    (root / "playbooks" / "p.yaml").write_text(text(NOTICE), encoding="utf-8")
    run(load_project(root), MONDAY + 11 * DAY)
    assert [e for e in entries(root) if e[2] == 1 and e[3] == "skipped"] == [
        ("a", "notice", 1, "skipped", 10)
    ]


def test_a_redo_after_an_edit_adds_what_the_edit_made_due(tmp_path: Path) -> None:
    root = tmp_path / "w"
    lived(root, {0: text(NOTICE)}, {0: [account("a", 35)]}, 2)
    (root / "playbooks" / "p.yaml").write_text(text(EARLIER), encoding="utf-8")
    run(load_project(root), MONDAY + DAY, redo=True)
    assert entries(root) == [("a", "notice", 1, "issued", 0)]
    run(load_project(root), MONDAY + 2 * DAY)
    assert len(entries(root)) == 1
