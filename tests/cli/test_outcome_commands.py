"""`done`, `dismiss`, `snooze`, `assign` and `reopen`: what they record, and what they refuse in words that help."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from support.done_work import ON, TODAY, actions, overtaken_by, tenure, with_actions
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return with_actions(tmp_path / "w")


def recorded(root: Path) -> list[dict[str, Any]]:
    return list(Reader(root / "store").outcomes().iter_rows(named=True))


def test_an_action_is_done_by_the_beginning_of_its_id(root: Path) -> None:
    id = actions(root)["a1"]
    result = tenure(
        root,
        "done",
        id[:8],
        "--by",
        "Ana",
        "--note",
        "spoke",
        "--result",
        "ok",
        "--on",
        "2026-03-04",
    )
    assert result.exit_code == 0
    assert id in result.stdout
    assert result.stderr == "Recorded 1 action as done.\n"
    (row,) = recorded(root)
    assert row == {
        "number": 1,
        "action_id": id,
        "outcome": "done",
        "on": dt.date(2026, 3, 4),
        "by": "Ana",
        "note": "spoke",
        "result": "ok",
        "until": None,
        "to": None,
        "source": "tenure done",
        "recorded_on": TODAY,
    }


def test_the_same_again_is_no_new_row_also_on_a_later_day(root: Path) -> None:
    id = actions(root)["a1"]
    for today in (TODAY, TODAY + dt.timedelta(days=1)):
        assert tenure(root, "done", id, "--by", "Ana", today=today).exit_code == 0
    assert len(recorded(root)) == 1
    assert tenure(root, "reopen", id).exit_code == 0
    assert tenure(root, "done", id, "--by", "Ana").exit_code == 0
    assert [row["outcome"] for row in recorded(root)] == ["done", "reopened", "done"]


def test_a_second_outcome_replaces_the_first_and_is_said(root: Path) -> None:
    id = actions(root)["a1"]
    tenure(root, "done", id, "--by", "Ana")
    result = tenure(root, "dismiss", id, "--because", "duplicate")
    was = f"{id} was done on {TODAY} by Ana; now dismissed on {TODAY} counts"
    assert result.stderr == f"{was}\nRecorded 1 action as dismissed.\n"
    assert recorded(root)[1]["note"] == "duplicate"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["done", "{id}x"], "there is no action `{id}x`"),
        (["done", "{id}", "--on", "2026-03-06"], "2026-03-06 is after today, 2026-03-05"),
        (
            ["done", "{id}", "--on", "2026-03-01"],
            "2026-03-01 is before 2026-03-02, when the action",
        ),
        (["snooze", "{id}", "--until", "2026-03-05"], "which is not after 2026-03-05"),
        (["reopen", "{id}"], "the action {id} is open"),
        (["done", "{id}", "ffff"], "there is no action `ffff`"),
    ],
)
def test_what_cannot_be_recorded_is_named_and_nothing_is(
    root: Path, args: list[str], message: str
) -> None:
    id = actions(root)["a1"]
    result = tenure(root, *(arg.replace("{id}", id) for arg in args))
    assert result.exit_code == 1
    assert message.replace("{id}", id) in result.stderr
    assert result.stderr.endswith("Nothing was recorded.\n")
    assert recorded(root) == []


def test_of_a_large_ledger_only_what_is_named_is_read(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = actions(root)["a1"]
    monkeypatch.delattr(Reader, "ledger")
    assert tenure(root, "done", id[:8]).exit_code == 0
    assert tenure(root, "reopen", id).exit_code == 0
    assert "there is no action `fffff`" in tenure(root, "done", "fffff").stderr


def test_an_id_that_a_spreadsheet_rounded_is_explained(root: Path) -> None:
    result = tenure(root, "done", "--from", "-", text="action_id\n4.07E+19\n")
    assert "there is no action `4.07E+19`" in result.stderr
    assert "help: a spreadsheet rounded the id; make the column text there" in result.stderr


def test_a_similar_id_is_suggested(root: Path) -> None:
    id = actions(root)["a1"]
    wrong = id[:-1] + ("0" if id[-1] != "0" else "1")
    assert f"did you mean {id}?" in tenure(root, "done", wrong).stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ["done"],
            "no actions are named; write ids, or --from FILE, or filters such as --owner NAME",
        ),
        (["done", "abcd", "--owner", "Ana"], "actions are named in several ways"),
        (["snooze", "abcd"], "until when? Write --until DATE."),
        (["assign", "abcd"], "to whom? Write --to NAME."),
    ],
)
def test_wrong_usage(root: Path, args: list[str], message: str) -> None:
    result = tenure(root, *args)
    assert (result.exit_code, message in result.stderr) == (2, True)


def test_filters_hit_open_actions_and_list_them(root: Path) -> None:
    tasks, emails = actions(root), actions(root, "email")
    tenure(root, "done", tasks["a1"])
    dry = tenure(root, "dismiss", "--owner", "Ana", "--step", "renewal/notice", "--dry-run")
    assert dry.stderr == "Would record 3 actions as dismissed.\n"
    assert len(recorded(root)) == 1
    result = tenure(root, "dismiss", "--owner", "Ana", "--step", "notice")
    assert result.stderr == "Recorded 3 actions as dismissed.\n"
    hit = {tasks["a2"], emails["a1"], emails["a2"]}
    assert {row["action_id"] for row in recorded(root)[1:]} == hit
    assert all(id in result.stdout for id in hit)
    assert tenure(root, "done", "--account", "b1", "--playbook", "renewal").stderr == (
        "Recorded 2 actions as done.\n"
    )
    assert tenure(root, "done", "--step", "push").stderr == (
        "So far, no action is of --step 'push'.\nNothing new to record.\n"
    )


def test_the_work_of_one_person_goes_to_another_now_and_later(root: Path) -> None:
    result = tenure(root, "assign", "--owner", "Ana", "--to", "Cy", "--because", "Ana left")
    assert result.stderr == "Recorded 4 actions as assigned.\nWhat is to come for Ana goes to Cy.\n"
    (move,) = Reader(root / "store").hand_moves().iter_rows(named=True)
    assert (move["move"], move["owner"], move["to"], move["because"]) == (
        "reassign", "Ana", "Cy", "Ana left",
    )  # fmt: skip
    mine = tenure(root, "actions", "--open", "--owner", "Cy", "--format", "csv")
    assert len(mine.stdout.splitlines()) == 5
    assert tenure(root, "actions", "--open", "--owner", "Ana").stdout == ""
    narrow = tenure(root, "assign", "--owner", "Bo", "--account", "b1", "--to", "Cy")
    assert "to come" not in narrow.stderr
    assert Reader(root / "store").hand_moves().height == 1


def test_the_same_reassignment_again_adds_nothing_and_one_before_the_first_run_counts(
    root: Path,
) -> None:
    import shutil

    shutil.rmtree(root / "store")
    shutil.rmtree(root / ".tenure")
    for _ in range(2):
        result = tenure(root, "assign", "--owner", "Ana", "--to", "Cy")
        assert "What is to come for Ana goes to Cy." in result.stderr
    assert Reader(root / "store").hand_moves().height == 1


def test_of_two_commands_at_once_the_second_finds_nothing_open(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overtaken_by(root, "done", "--account", "a1", "--by", "Ana", patch=monkeypatch)
    result = tenure(root, "dismiss", "--account", "a1")
    assert (result.exit_code, result.stderr) == (0, "Nothing new to record.\n")
    assert [row["outcome"] for row in recorded(root)] == ["done", "done"]


def test_of_an_action_issued_again_the_last_reminder_is_done(tmp_path: Path) -> None:
    from support.workspaces import RENEWAL

    again = "task: {owner: [csm, operations], due: 1 days, again: {after: 1 days, at_most: 3}}"
    text = RENEWAL.replace("task: {owner: [csm, operations], due: 10 days}", again)
    assert text != RENEWAL
    root = with_actions(tmp_path / "again", playbook=text, days=6)
    reminders = Reader(root / "store").ledger(accounts=["a1"])
    reminders = reminders.filter(reminders["kind"] == "task")
    assert reminders.height == 4
    later = ON + dt.timedelta(days=5)
    result = tenure(root, "done", "--account", "a1", "--step", "notice", today=later)
    assert result.stderr == "Recorded 2 actions as done.\n", "an email and the last reminder"
    result = tenure(root, "reopen", "--account", "a1", today=later)
    assert result.stderr == "Recorded 2 actions as reopened.\n"


def test_a_file_is_read_line_by_line_and_twice_is_once(root: Path, tmp_path: Path) -> None:
    tasks = actions(root)
    file = tmp_path / "closed.csv"
    file.write_text(
        "action_id,outcome,on,by\n"
        f"{tasks['a1']},done,2026-03-03,Ana\n"
        f"{tasks['a2']},snoozed,2026-03-03,Ana\n"
        f"{tasks['b1']},done,2026-03-01,Bo\n"
        "nope,done,2026-03-03,Bo\n"
        f"{tasks['a1']},reopened,2026-03-04,Ana\n"
        f"{tasks['a1']},done,2026-03-03,Ana\n"
    )
    for expected, known in ((3, 0), (0, 3)):
        result = tenure(root, "done", "--from", str(file))
        assert result.exit_code == 4
        assert "closed.csv, line 3: `until` is missing" in result.stderr
        assert "closed.csv, line 4: 2026-03-01 is before 2026-03-02" in result.stderr
        assert "closed.csv, line 5: there is no action `nope`" in result.stderr
        head = "Recorded 3 outcomes of 1 action" if expected else "Nothing new to record"
        head += f"; {known} recorded already" if known else ""
        assert result.stderr.endswith(f"{head}; 3 rows left out.\n")
        assert len(recorded(root)) == 3
    assert {row["source"] for row in recorded(root)} == {"closed.csv"}


def test_json_lines_from_standard_input_take_the_commands_outcome(root: Path) -> None:
    tasks = actions(root)
    text = "".join(f'{{"action_id": "{id}"}}\n' for id in tasks.values())
    result = tenure(root, "dismiss", "--from", "-", "--by", "Ana", text=text)
    assert (result.exit_code, result.stderr) == (0, "Recorded 3 actions as dismissed.\n")
    assert {(row["outcome"], row["by"], row["on"]) for row in recorded(root)} == {
        ("dismissed", "Ana", TODAY)
    }


def test_a_withdrawn_action_is_not_to_be_done(root: Path) -> None:
    from support.workspaces import snapshot
    from tenure.engine.project.loading import load_project
    from tenure.engine.runs.running import run

    id = actions(root)["a1"]
    later = ON + dt.timedelta(days=1)
    row = {
        "account_id": "a1",
        "account_name": "Firm a1",
        "status": "active",
        "renewal_date": "2026-08-01",
        "csm": "Ana",
    }
    rest = {**row, "account_id": "a2", "renewal_date": ON + dt.timedelta(days=30)}
    snapshot(root, later, [row, rest, {**rest, "account_id": "b1"}])
    run(load_project(root), later)
    entries = Reader(root / "store").ledger()
    status = entries.filter(entries["action_id"] == id)["status"].item()
    assert status != "issued"
    result = tenure(root, "done", id)
    assert f"the action {id} was {status}: it is not to be done" in result.stderr
    assert recorded(root) == []


def test_actions_shows_what_is_open_overdue_and_done(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = actions(root)
    tenure(root, "done", tasks["a1"], "--by", "Ana")
    done = tenure(root, "actions", "--done", "--columns", "action_id,standing,done_on,done_by")
    assert done.stdout.splitlines()[2:] == [f"{tasks['a1']}  done        {TODAY}  Ana"]
    monkeypatch.setenv("TENURE_OWNER", "Ana")
    mine = tenure(root, "actions", "--open", "--mine", "--format", "jsonl").stdout.splitlines()
    assert len(mine) == 3
    # Emails were due on the day of their issue; tasks are due ten days later.
    overdue = tenure(root, "actions", "--overdue", "--format", "jsonl").stdout
    assert [id in overdue for id in actions(root, "email").values()] == [True] * 3
    assert [id in overdue for id in tasks.values()] == [False] * 3
    monkeypatch.delenv("TENURE_OWNER")
    refused = tenure(root, "actions", "--mine")
    assert (refused.exit_code, "set TENURE_OWNER" in refused.stderr) == (2, True)


def test_explain_shows_who_did_what_and_what_was_replaced(root: Path) -> None:
    id = actions(root)["a1"]
    tenure(root, "done", id, "--by", "Ana", "--note", "spoke")
    tenure(root, "reopen", id, "--by", "Bo")
    tenure(root, "hold", "a1", "--until", "2026-04-01", "--because", "merger", "--by", "Bo")
    text = _explained(root)
    assert text.splitlines()[-4:] == [
        "by people",
        f"  {TODAY} renewal/notice done by Ana ({id}); spoke; replaced since",
        f"  {TODAY} renewal/notice reopened by Bo ({id})",
        f"  {TODAY} on hold until 2026-04-01 by Bo; merger",
    ]


def _explained(root: Path) -> str:
    from click.testing import CliRunner
    from tenure.cli.main import main

    args = ["explain", "a1", "--workspace", str(root), "--on", str(TODAY), "--format", "brief"]
    return CliRunner().invoke(main, args).stdout


AGAIN = """\
playbook: calls
schedule: "0 6 * * *"
for: true
catch_up: {within: 7 days, then: skip}
timeline:
  anchor: renewal_date
  steps:
    - id: ask
      at: -30 days
      do: [{task: {owner: csm, shift: none, again: {after: 1 day, at_most: 1}}}]
    - {id: later, at: 0 days}
"""


@pytest.fixture
def again(root: Path) -> tuple[Path, dict[str, str]]:
    """A task due on 2 March, which was issued again on 3 March; its ids by occurrence."""
    (root / "playbooks" / "calls.yaml").write_text(AGAIN, "utf-8")
    for n in range(1, 4):
        run(load_project(root), ON + dt.timedelta(days=n))
    rows = Reader(root / "store").ledger(playbooks=["calls"], accounts=["a1"])
    return root, dict(rows.select("occurrence", "action_id").rows())


def listed(root: Path, *args: str) -> list[str]:
    result = tenure(root, "actions", *args, "--columns", "action_id", "--format", "csv")
    return result.stdout.splitlines()[1:]


def test_filters_take_of_an_action_and_its_reminders_the_one_that_is_open(
    again: tuple[Path, dict[str, str]],
) -> None:
    root, ids = again
    assert ids.keys() == {"1", "1+2"}
    chosen = ("--account", "a1", "--step", "calls/ask")
    assert tenure(root, "done", *chosen).stderr.endswith("Recorded 1 action as done.\n")
    assert [row["action_id"] for row in recorded(root)] == [ids["1+2"]]
    assert "Nothing new to record" in tenure(root, "done", *chosen).stderr
    result = tenure(root, "reopen", *chosen)
    assert result.stderr.endswith("Recorded 1 action as reopened.\n")


def test_reopening_an_action_names_the_reminder_that_is_done(
    again: tuple[Path, dict[str, str]],
) -> None:
    root, ids = again
    tenure(root, "done", ids["1+2"])
    result = tenure(root, "reopen", ids["1"])
    assert f"the action {ids['1']} was issued again as {ids['1+2']}, which is done" in result.stderr
    assert f"reopen {ids['1+2']}" in result.stderr


@pytest.mark.parametrize("dates", [("--to", "2026-03-02"), ("--on", "2026-03-03")])
def test_a_list_by_date_knows_the_reminders_of_other_dates(
    again: tuple[Path, dict[str, str]], dates: tuple[str, str]
) -> None:
    root, ids = again
    assert ids["1"] not in listed(root, "--open", "--account", "a1", *dates)
    assert ids["1+2"] in listed(root, "--open", "--account", "a1")
    tenure(root, "assign", ids["1+2"], "--to", "Bo")
    assert ids["1"] not in listed(root, "--done", "--account", "a1", *dates)
    tenure(root, "done", ids["1+2"])
    assert ids["1"] in listed(root, "--done", "--account", "a1", *dates)


@pytest.mark.parametrize(
    ("option", "written", "near"),
    [
        ("--owner", "Anna", "Ana"),
        ("--account", "a11", "a1"),
        ("--playbook", "renewl", "renewal"),
        ("--step", "notise", "notice"),
        ("--step", "renewal/notise", "renewal/notice"),
    ],
)
def test_a_filter_with_a_slip_in_it_is_named(
    root: Path, option: str, written: str, near: str
) -> None:
    line = f"So far, no action is of {option} {written!r}; did you mean {near!r}?"
    result = tenure(root, "done", option, written)
    assert (result.exit_code, result.stderr) == (1, f"{line}\nNothing new to record.\n")
    if option != "--step":
        listed = tenure(root, "actions", "--open", option, written)
        assert (listed.exit_code, listed.stdout, listed.stderr) == (0, "", f"{line}\n")


def test_work_goes_to_somebody_else_also_from_a_person_who_has_none_yet(root: Path) -> None:
    result = tenure(root, "assign", "--owner", "New", "--to", "Cy")
    assert (result.exit_code, "What is to come for New goes to Cy." in result.stderr) == (0, True)
    own = tenure(root, "assign", "--owner", "Ana", "--to", " Ana ")
    assert (own.exit_code, "Ana has them already" in own.stderr) == (2, True)


@pytest.mark.parametrize(
    ("args", "lacks"),
    [
        (["assign", "ID", "--to", "  "], "to whom? Write --to NAME."),
        (["done", "ID", "  "], "an id is empty"),
        (["done", ""], "an id is empty"),
        (["done", "--owner", " "], "no actions are named"),
        (
            ["actions", "--from", "2026-03-05", "--to", "2026-03-04"],
            "2026-03-04 is before 2026-03-05",
        ),
    ],
)
def test_an_empty_text_is_none(root: Path, args: list[str], lacks: str) -> None:
    id = actions(root)["a1"]
    result = tenure(root, *(id if each == "ID" else each for each in args))
    assert (result.exit_code, lacks in result.stderr) == (2, True)
    assert recorded(root) == []


def test_spaces_around_texts_and_capitals_of_ids_do_not_count(root: Path) -> None:
    id = actions(root)["a1"]
    assert id.upper() != id
    tenure(root, "done", f" {id.upper()} ", "--by", " Ana ", "--note", "  ", "--result", " ok ")
    (row,) = recorded(root)
    assert [row[name] for name in ("action_id", "by", "note", "result")] == [id, "Ana", None, "ok"]
    result = tenure(root, "reopen", "--from", "-", text=f"action_id\n{id.upper()}\n")
    assert result.stderr == "Recorded 1 action as reopened.\n"


def test_a_json_array_is_named(root: Path) -> None:
    result = tenure(root, "done", "--from", "-", text='[{"action_id": "abcd"}]')
    assert (result.exit_code, "line 1: a JSON array is not read" in result.stderr) == (4, True)
    assert "write one object a line" in result.stderr
