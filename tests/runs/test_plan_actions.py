"""Items of success plans as actions of the ledger: issued once, moved, withdrawn, done by a person or by the plan."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.workspaces import RENEWAL, SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.store import Reader

ON = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)
ACCOUNT = {
    "account_id": "007",
    "account_name": "Acme",
    "status": "active",
    "renewal_date": "2027-01-31",
    "csm": "Ana",
}
PLAN = """\
account: "007"
team: [{role: champion, name: Marie Dupont}]
objectives:
  - {objective: Answer sooner, owner: csm, due: 2026-06-30}
  - {objective: Without an owner, due: 2026-06-30}
actions:
  - {action: Send the figures, owner: Zoe, due: 2026-03-10}
  - {action: Some day, owner: Zoe, due: Q2}
reviews:
  - on: 2026-02-20
    actions: [{action: Connect the data, owner: Marie Dupont, due: 2026-03-20}]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL}, SETTINGS)
    for n in range(10):
        snapshot(root, ON + n * DAY, [ACCOUNT, {**ACCOUNT, "account_id": "008"}])
    return root


def plan(root: Path, text: str = PLAN, account: str = "007") -> Path:
    path = root / "plans" / f"{account}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def tenure(root: Path, *words: str, today: dt.date = ON) -> Result:
    return CliRunner().invoke(
        main, [*words, "--workspace", str(root), "--today", today.isoformat()]
    )


def run(root: Path, on: dt.date = ON, code: int = 0, *more: str) -> str:
    result = tenure(root, "run", "--on", on.isoformat(), *more, today=on)
    assert result.exit_code == code, result.output
    return result.stderr


def listed(root: Path, today: dt.date = ON, *more: str) -> list[dict[str, str]]:
    words = ("actions", "--playbook", "success_plan", "--format", "csv", *more)
    result = tenure(root, *words, today=today)
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout)))


def titles(root: Path, today: dt.date, *more: str) -> list[str]:
    return [row["title"] for row in listed(root, today, *more)]


def id_of(root: Path, title: str, today: dt.date = ON) -> str:
    [id] = [row["action_id"] for row in listed(root, today) if row["title"] == title]
    return id


def statuses(root: Path, id: str) -> list[tuple[str, str]]:
    entries = Reader(root / "store").ledger(accounts=["007"], history=True).sort("revision")
    rows = entries.filter(action_id=id).select("status", "due_on").iter_rows()
    return [(status, due.isoformat()) for status, due in rows]


def test_each_item_with_an_owner_and_a_date_is_one_action(root: Path) -> None:
    plan(root)
    run(root)
    columns = ("due_on", "step", "cycle", "kind", "title", "owner_role", "owner", "status")
    assert [tuple(row[name] for name in columns) for row in listed(root)] == [
        ("2026-03-10", "actions", "plan", "task", "Send the figures", "", "Zoe", "issued"),
        ("2026-03-20", "actions", "2026-02-20", "task", "Connect the data", "csm", "Ana", "issued"),
        ("2026-06-30", "objectives", "plan", "task", "Objective: Answer sooner", "csm", "Ana", "issued"),
    ]  # fmt: skip
    [agreed] = [row for row in listed(root) if row["cycle"] == "2026-02-20"]
    assert agreed["reason"] == (
        "action item agreed in the review of 2026-02-20; Marie Dupont of the customer does it"
    )
    for n in range(1, 4):
        run(root, ON + n * DAY)
    assert len(Reader(root / "store").ledger(playbooks=["success_plan"], history=True)) == 3


def test_a_preview_shows_what_the_run_issues(root: Path) -> None:
    plan(root)
    words = ("--on", ON.isoformat(), "--format", "csv")
    seen = tenure(root, "preview", *words).stdout
    assert "Send the figures" in seen
    assert tenure(root, "run", *words).stdout == seen


def test_another_date_supersedes_the_action_under_the_same_id(root: Path) -> None:
    plan(root)
    run(root)
    id = id_of(root, "Send the figures")
    plan(root, PLAN.replace("2026-03-10", "2026-03-17"))
    run(root, ON + DAY)
    assert statuses(root, id) == [
        ("issued", "2026-03-10"),
        ("superseded", "2026-03-10"),
        ("issued", "2026-03-17"),
    ]
    assert id_of(root, "Send the figures", ON + DAY) == id
    [row] = [row for row in listed(root, ON + DAY) if row["action_id"] == id]
    assert row["reason"].endswith("; the date moved from 2026-03-10 to 2026-03-17")


def test_an_item_with_an_id_keeps_its_action_when_its_text_changes(root: Path) -> None:
    item = "  - {action: Send the figures, owner: Zoe, due: 2026-03-10, id: figures}\n"
    plan(root, f'account: "007"\nactions:\n{item}')
    run(root)
    id = id_of(root, "Send the figures")
    plan(root, f'account: "007"\nactions:\n{item.replace("the figures", "all figures")}')
    run(root, ON + DAY)
    assert id_of(root, "Send all figures", ON + DAY) == id


def test_what_is_removed_is_withdrawn_and_comes_back_under_its_id(root: Path) -> None:
    path = plan(root)
    run(root)
    id = id_of(root, "Send the figures")
    path.unlink()
    run(root, ON + DAY)
    assert titles(root, ON + DAY, "--open") == []
    plan(root)
    run(root, ON + 2 * DAY)
    assert [status for status, _ in statuses(root, id)] == ["issued", "withdrawn", "issued"]
    assert len(titles(root, ON + 2 * DAY, "--open")) == 3


def test_done_by_a_person_it_stays_done_whatever_becomes_of_the_plan(root: Path) -> None:
    path = plan(root)
    run(root)
    id = id_of(root, "Send the figures")
    assert tenure(root, "done", id, "--by", "Zoe").exit_code == 0
    plan(root, PLAN.replace("2026-03-10", "2026-03-17"))
    run(root, ON + DAY)
    path.unlink()
    run(root, ON + 2 * DAY)
    assert statuses(root, id) == [("issued", "2026-03-10")]
    assert titles(root, ON + 2 * DAY, "--done") == ["Send the figures"]


DONE = PLAN.replace("due: 2026-03-10}", "due: 2026-03-10, done: true}")


def outcomes(root: Path, id: str) -> list[tuple[str, str, str]]:
    found = Reader(root / "store").outcomes().filter(action_id=id)
    return found.select("outcome", "by", "source").rows()


def test_what_the_plan_says_is_done_is_recorded_once_and_a_person_has_the_last_word(
    root: Path,
) -> None:
    plan(root)
    run(root)
    id = id_of(root, "Send the figures")
    plan(root, DONE)
    run(root, ON + DAY)
    run(root, ON + 2 * DAY)
    by_plan = ("done", "Zoe", "plans/007.yaml")
    assert outcomes(root, id) == [by_plan]
    assert tenure(root, "reopen", id, "--by", "Ana", today=ON + 2 * DAY).exit_code == 0
    run(root, ON + 3 * DAY)
    assert [outcome for outcome, _, _ in outcomes(root, id)] == ["done", "reopened"]
    assert "Send the figures" in titles(root, ON + 3 * DAY, "--open")


def test_a_mark_that_is_taken_out_of_the_plan_takes_back_what_the_mark_said(root: Path) -> None:
    plan(root)
    run(root)
    id = id_of(root, "Send the figures")
    for n, text in enumerate((DONE, PLAN, DONE), 1):
        plan(root, text)
        run(root, ON + n * DAY)
    assert [outcome for outcome, _, _ in outcomes(root, id)] == ["done", "reopened", "done"]


def test_a_mark_leaves_what_a_person_recorded_and_a_person_may_reopen_it_for_good(
    root: Path,
) -> None:
    plan(root)
    run(root)
    id = id_of(root, "Send the figures")
    tenure(root, "done", id, "--by", "Ben", "--result", "by phone")
    plan(root, DONE)
    run(root, ON + DAY)
    row = Reader(root / "store").outcomes().filter(action_id=id).row(-1, named=True)
    columns = ("outcome", "on", "by", "result", "source")
    assert tuple(row[name] for name in columns) == (
        *("done", ON, "Ben", "by phone", "plans/007.yaml"),
    )
    tenure(root, "reopen", id, "--by", "Ben", today=ON + DAY)
    run(root, ON + 2 * DAY)
    assert "Send the figures" in titles(root, ON + 2 * DAY, "--open")
    # The mark goes out while the action is open, and comes back: it counts again.
    for n, text in enumerate((PLAN, DONE), 3):
        plan(root, text)
        run(root, ON + n * DAY)
    assert titles(root, ON + 4 * DAY, "--done") == ["Send the figures"]


def test_the_update_of_a_plan_writes_what_is_done(root: Path) -> None:
    path = plan(
        root, PLAN.replace("Answer sooner, owner: csm,", "Answer sooner, id: sooner, owner: csm,")
    )
    run(root)
    for title in ("Send the figures", "Connect the data", "Objective: Answer sooner"):
        tenure(root, "done", id_of(root, title), "--by", "Zoe")
    words = ("report", "success_plan", "007", "--on", ON.isoformat(), "--update")
    result = CliRunner().invoke(main, [*words, "--workspace", str(root)])
    assert result.exit_code == 0, result.output
    for place in ("objectives[1]", "actions[1]", "reviews[1].actions[1]"):
        assert f"{place}.done: true" in result.stderr
    text = path.read_text("utf-8")
    assert text.count("done: true") == 3
    assert "{action: Send the figures, owner: Zoe, due: 2026-03-10, done: true}" in text
    run(root, ON + DAY)
    assert len(titles(root, ON + DAY, "--done")) == 3


def test_what_is_done_when_it_is_first_seen_gives_no_action(root: Path) -> None:
    plan(root, DONE)
    run(root)
    assert "Send the figures" not in titles(root, ON)


def test_an_item_long_overdue_when_first_seen_is_skipped_until_it_has_another_date(
    root: Path,
) -> None:
    plan(root, PLAN.replace("2026-03-10", "2025-03-10"))
    run(root)
    id = id_of(root, "Send the figures")
    assert statuses(root, id) == [("skipped", "2025-03-10")]
    plan(root)
    run(root, ON + DAY)
    assert statuses(root, id) == [("skipped", "2025-03-10"), ("issued", "2026-03-10")]


def test_a_plan_that_cannot_be_read_is_a_warning_and_leaves_its_actions(root: Path) -> None:
    plan(root)
    plan(root, 'account: "008"\nactions: [{action: Call, owner: Ana, due: 2026-03-05}]\n', "008")
    run(root)
    plan(root, PLAN.replace("due: 2026-03-10", "duw: 2026-03-10"))
    plan(root, 'account: "008"\n', "008")
    said = run(root, ON + DAY, 4)
    assert "warning[unknown-key]" in said
    assert "plans/007.yaml:7" in said
    assert titles(root, ON + DAY, "--open") == [
        "Send the figures",
        "Connect the data",
        "Objective: Answer sooner",
    ]


def test_two_items_that_cannot_be_told_apart_are_named_and_one_is_issued(root: Path) -> None:
    twice = "  - {action: Send the figures, owner: Ana, due: 2026-03-12}\nreviews:"
    plan(root, PLAN.replace("reviews:", twice))
    assert "warning[repeated-item]" in run(root, ON, 4)
    assert [row["owner"] for row in listed(root) if row["title"] == "Send the figures"] == ["Zoe"]
    assert tenure(root, "validate").exit_code == 1


def test_an_action_copied_from_a_review_to_the_plan_is_one(root: Path) -> None:
    copy = "  - {action: connect the  data, owner: Zoe, due: 2026-03-20}\nreviews:"
    plan(root, PLAN.replace("reviews:", copy))
    run(root)
    assert [t for t in titles(root, ON) if t.casefold().startswith("connect")] == [
        "Connect the data"
    ]


def test_nothing_new_is_issued_while_the_account_is_on_hold(root: Path) -> None:
    run(root)
    hold = ("hold", "007", "--until", "2026-03-04", "--because", "merger")
    assert tenure(root, *hold).exit_code == 0
    plan(root)
    run(root, ON + DAY)
    assert titles(root, ON + DAY) == []
    run(root, ON + 3 * DAY)
    assert len(titles(root, ON + 3 * DAY)) == 3


def test_assigned_to_another_person_what_is_open_and_to_come_goes_there(root: Path) -> None:
    plan(root)
    run(root)
    move = ("assign", "--owner", "Zoe", "--to", "Ben", "--because", "Zoe left")
    assert tenure(root, *move).exit_code == 0
    more = "  - {action: Train the team, owner: Zoe, due: 2026-03-12}\nreviews:"
    plan(root, PLAN.replace("reviews:", more))
    run(root, ON + DAY)
    owners = {row["title"]: row["owner"] for row in listed(root, ON + DAY, "--open")}
    assert (owners["Send the figures"], owners["Train the team"]) == ("Ben", "Ben")


def test_the_holder_of_a_role_is_read_again(root: Path) -> None:
    plan(root)
    run(root)
    snapshot(root, ON + DAY, [{**ACCOUNT, "csm": "Ben"}])
    run(root, ON + DAY)
    owners = {row["title"]: row["owner"] for row in listed(root, ON + DAY, "--open")}
    assert owners == {
        "Send the figures": "Zoe",
        "Connect the data": "Ben",
        "Objective: Answer sooner": "Ben",
    }


def test_plans_changed_since_the_run_are_said_and_redone(root: Path) -> None:
    plan(root)
    run(root)
    assert "with the same inputs" in run(root)
    plan(root, PLAN.replace("Send the figures", "Send all figures"))
    assert "the success plans changed: nothing done" in run(root)
    run(root, ON, 0, "--redo")
    assert titles(root, ON, "--open")[0] == "Send all figures"


def test_after_days_without_a_run_the_plan_counts_as_it_is_now(root: Path) -> None:
    run(root)
    plan(root)
    run(root, ON + 9 * DAY)
    late = {row["title"]: row["late_days"] for row in listed(root, ON + 9 * DAY)}
    assert late["Send the figures"] == "1"


def test_explain_shows_what_became_of_each(root: Path) -> None:
    plan(root)
    run(root)
    id = id_of(root, "Send the figures")
    tenure(root, "done", id, "--by", "Zoe")
    words = ("explain", "007", "--on", ON.isoformat(), "--workspace", str(root))
    said = CliRunner().invoke(main, words).stdout
    assert f"2026-03-10 done: Send the figures; Zoe ({id})" in said
    assert "2026-06-30 open: Objective: Answer sooner; Ana" in said


def test_no_playbook_may_have_the_name_of_the_plans(root: Path) -> None:
    text = RENEWAL.replace("playbook: renewal", "playbook: success_plan")
    (root / "playbooks" / "renewal.yaml").write_text(text)
    result = tenure(root, "validate")
    assert (result.exit_code, "error[reserved-id]" in result.stderr) == (1, True)


def test_a_plan_of_an_account_that_the_snapshot_lacks_is_named(root: Path) -> None:
    plan(root, PLAN.replace("007", "07"), "07")
    said = run(root)
    assert "warning[strange-plan]: the snapshot lacks the accounts of these success plans" in said
    assert "plans/07.yaml" in said
    plan(root, PLAN.replace("007", "07").replace("due: 2026", "due: 2025"), "07")
    assert "strange-plan" not in run(root, ON + DAY)


@pytest.mark.parametrize(
    "due", ["2026-02-30", "10/04/2026", "10.04.2026", "1026-04-10", "2026-04-10T09:00"]
)
def test_a_due_that_is_written_as_a_date_and_is_none_is_named(root: Path, due: str) -> None:
    plan(root, PLAN.replace("2026-03-10", due))
    result = tenure(root, "validate")
    assert (result.exit_code, "error[bad-date]" in result.stderr) == (1, True)
    assert f"`{due}` is not a date" in result.stderr


@pytest.mark.parametrize("due", ["Q2", "Q2 2026", "summer", "end of 2026", "2026"])
def test_a_period_gives_no_action_and_no_problem(root: Path, due: str) -> None:
    plan(root, PLAN.replace("2026-03-10", f'"{due}"'))
    assert tenure(root, "validate").exit_code == 0
    run(root)
    assert "Send the figures" not in titles(root, ON)
