"""The command line, through click's runner: what each command prints, where, and how it exits."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path

import icalendar
import pytest
from click.testing import CliRunner, Result
from tenure.cli.main import COMMANDS, main

ON = "2026-03-02"
CONTRACT = [
    *("action_id", "due_on", "issued_on", "account_id", "account_name", "playbook", "cycle"),
    *("step", "kind", "title", "owner_role", "owner", "priority", "status", "late_days", "reason"),
]


def tenure(*args: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "demo"
    assert tenure("init", folder, "--demo", "--on", ON).exit_code == 0
    return folder


@pytest.fixture
def workspace(laid_out: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(laid_out, tmp_path / "demo"))


@pytest.fixture(scope="module")
def after_run(laid_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace after one run, for commands that only read."""
    folder = Path(shutil.copytree(laid_out, tmp_path_factory.mktemp("run") / "demo"))
    tenure("run", "--workspace", folder, "--on", ON)
    return folder


def test_help_lists_every_command_in_order() -> None:
    text = tenure("--help").stdout
    places = [text.index(f"  {name} ") for name in COMMANDS]
    assert places == sorted(places)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_the_overview_says(name: str) -> None:
    result = tenure(name, "--help")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) > 5


@pytest.mark.parametrize(
    "args",
    [
        ("nonsense",),
        ("run", "--on", "yesterday"),
        ("run", "--on", "2026-02-30"),
        ("run", "--on", "20260302"),
        ("run", "--workspace", "/no/such/folder"),
        ("preview", "--until", "30"),
        ("actions", "--format", "xml"),
        ("actions", "--status", "lost"),
        ("explain",),
    ],
)
def test_wrong_usage_exits_with_two_and_prints_nothing(args: tuple[str, ...]) -> None:
    result = tenure(*args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr


def test_init_lays_out_what_runs_at_once(laid_out: Path) -> None:
    names = {path.relative_to(laid_out).as_posix() for path in laid_out.rglob("*")}
    assert {
        "tenure.yaml",
        "fields.yaml",
        "playbooks/renewal.yaml",
        "documents/qbr_prep.fr.md",
        "schemas/plan.json",
        "schemas/playbook.json",
        ".vscode/settings.json",
        "deploy/crontab",
        "deploy/tenure.timer",
        f"data/accounts-{ON}.csv",
    } <= names
    result = tenure("validate", "--workspace", laid_out, "--today", ON)
    assert (result.exit_code, result.stdout) == (0, "")
    shipped = [name for name in names if name.startswith("playbooks/")]
    assert re.fullmatch(rf"{len(shipped)} playbooks, \d+ steps: no problems\n", result.stderr)


def test_init_refuses_a_folder_with_anything_in_it(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    result = tenure("init", tmp_path, "--demo", "--on", ON)
    assert result.exit_code == 2
    assert "notes.txt" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_init_takes_a_fresh_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert tenure("init", tmp_path, "--demo", "--on", ON).exit_code == 0


def test_init_quotes_a_name_that_yaml_would_misread(tmp_path: Path) -> None:
    folder = tmp_path / "2024: it's #1"
    assert tenure("init", folder, "--demo", "--on", ON).exit_code == 0
    assert tenure("validate", "--workspace", folder).exit_code == 0
    assert f"'{tmp_path}/2024: it'\"'\"'s #1'" in (folder / "deploy/crontab").read_text()


def test_a_folder_that_is_no_workspace_says_so(tmp_path: Path) -> None:
    result = tenure("run", "--workspace", tmp_path, "--on", ON)
    assert result.exit_code == 1
    assert "tenure init" in result.stderr
    assert result.stdout == ""


def test_settings_that_are_wrong_are_shown_with_their_line(workspace: Path) -> None:
    settings = workspace / "tenure.yaml"
    settings.write_text(settings.read_text().replace("max_age: 7 days", "max_age: 7 dayz"))
    for command in ("run", "actions", "fields"):
        result = tenure(command, "--workspace", workspace, "--on", ON)
        assert (result.exit_code, result.stdout) == (1, "")
        assert f"--> {settings.as_posix()}:" in result.stderr
        assert "max_age: 7 dayz" in result.stderr


def test_validate_shows_everything_wrong_and_fails(workspace: Path) -> None:
    playbook = workspace / "playbooks/renewal.yaml"
    for other in set((workspace / "playbooks").glob("*.yaml")) - {playbook}:
        other.unlink()
    text = playbook.read_text()
    playbook.write_text(
        text.replace("at: -60 days", "att: -60 days").replace("{{ owner", "{{ ownr")
    )
    result = tenure("validate", "--workspace", workspace)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "unknown-key" in result.stderr
    assert f"--> {playbook.as_posix()}:" in result.stderr
    assert "no playbook is good yet" in result.stderr


@pytest.mark.parametrize("form", ["json", "github", "sarif"])
def test_validate_writes_for_machines(workspace: Path, form: str) -> None:
    playbook = workspace / "playbooks/renewal.yaml"
    playbook.write_text(playbook.read_text().replace("health_score < at", "helth_score < at"))
    result = tenure("validate", "--workspace", workspace, "--format", form)
    assert result.exit_code == 1
    if form == "github":
        assert result.stdout.startswith("::error ")
    else:
        json.loads(result.stdout)
    assert playbook.as_posix().lstrip("/") in result.stdout
    assert "helth_score" in result.stdout


def test_validate_checks_one_playbook_alone(workspace: Path) -> None:
    good, bad = workspace / "playbooks/renewal.yaml", workspace / "playbooks/bad.yaml"
    bad.write_text("playbook: [")
    assert tenure("validate", good, "--workspace", workspace).exit_code == 0
    result = tenure("validate", bad, "--workspace", workspace)
    assert result.exit_code == 1
    assert "bad.yaml" in result.stderr


def test_validate_only_warns_of_a_field_that_nothing_fills(workspace: Path) -> None:
    (workspace / "playbooks/csat.yaml").write_text(
        'playbook: csat\nschedule: "0 6 * * *"\nfor: churn_risk > 3\n'
        "catch_up: {within: 7 days, then: skip}\n"
        "timeline: {anchor: renewal_date, steps: [{id: a, at: 0 days, do: [task: {owner: csm}]}]}\n"
    )
    fields = workspace / "fields.yaml"
    fields.write_text(fields.read_text() + "  churn_risk: {type: number, title: Risk}\n")
    result = tenure("validate", "--workspace", workspace)
    assert "warning[unfilled-field]" in result.stderr
    assert "`churn_risk`" in result.stderr
    assert result.exit_code == 0


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl", "markdown", "ical"])
def test_preview_prints_what_run_prints_and_writes_nothing(workspace: Path, form: str) -> None:
    args = ("--workspace", workspace, "--on", ON, "--format", form)
    before = set(workspace.rglob("*"))
    shown = tenure("preview", *args)
    assert set(workspace.rglob("*")) == before
    done = tenure("run", *args)
    assert shown.stdout == done.stdout
    assert (shown.exit_code, done.exit_code) == (4, 4)
    assert "bad values" in done.stderr


def test_a_committed_date_is_left_alone(after_run: Path) -> None:
    result = tenure("run", "--workspace", after_run, "--on", ON)
    assert result.exit_code == 0
    assert "nothing to do" in result.stderr
    assert result.stdout == "Nothing was evaluated.\n"


def test_a_date_before_the_last_is_refused(after_run: Path) -> None:
    result = tenure("run", "--workspace", after_run, "--on", "2026-03-01")
    assert result.exit_code == 1
    assert "date-before-last" in result.stderr


def test_a_bad_playbook_is_shown_and_the_others_run(workspace: Path) -> None:
    (workspace / "playbooks/bad.yaml").write_text("playbook: [")
    result = tenure("run", "--workspace", workspace, "--on", ON, "--format", "jsonl")
    assert result.exit_code == 1
    assert result.stderr.count("yaml-syntax") == 1
    assert len(result.stdout.splitlines()) > 100


@pytest.mark.slow
def test_preview_looks_ahead(workspace: Path) -> None:
    args = ("preview", "--workspace", workspace, "--on", ON, "--format", "json")
    ahead = tenure(*args, "--until", "+2d").stdout
    assert json.loads(ahead)["dates"] == ["2026-03-02", "2026-03-03", "2026-03-04"]
    assert tenure(*args, "--until", "2026-03-04").stdout == ahead
    assert tenure(*args, "--until", "2026-03-01").exit_code == 2


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout, newline="")))


def test_actions_lists_the_run_in_the_contracts_columns_and_order(after_run: Path) -> None:
    result = tenure("actions", "--workspace", after_run, "--on", ON, "--format", "csv")
    assert result.exit_code == 0
    found = rows(result)
    assert list(found[0])[:16] == CONTRACT
    order = ("due_on", "account_id", "playbook", "step", "action_id")
    keys = [tuple(row[name] for name in order) for row in found]
    assert keys == sorted(keys)


def test_actions_filters(after_run: Path) -> None:
    args = ("actions", "--workspace", after_run, "--format", "csv")
    every = rows(tenure(*args, "--from", "2000-01-01"))
    one = every[0]
    assert {row["owner"] for row in rows(tenure(*args, "--on", ON, "--owner", one["owner"]))} == {
        one["owner"]
    }
    mine = rows(tenure(*args, "--on", ON, "--account", one["account_id"]))
    assert mine == [row for row in every if row["account_id"] == one["account_id"]]
    skipped = rows(tenure(*args, "--on", ON, "--status", "skipped", "--status", "postponed"))
    assert {row["status"] for row in skipped} == {"skipped", "postponed"}
    to = rows(tenure(*args, "--to", one["due_on"]))
    assert {row["due_on"] for row in to} == {one["due_on"]}
    assert rows(tenure(*args, "--on", ON, "--playbook", "none")) == []


def test_actions_says_where_to_look_when_there_are_none(after_run: Path) -> None:
    result = tenure("actions", "--workspace", after_run, "--on", "2020-01-01")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "--from and --to" in result.stderr


def test_the_exit_code_says_that_actions_are_pending(after_run: Path) -> None:
    args = ("actions", "--workspace", after_run, "--exit-code", "--on")
    assert tenure(*args, ON).exit_code == 1
    assert tenure(*args, ON, "--status", "skipped").exit_code == 0
    assert tenure(*args, "2020-01-01").exit_code == 0


def test_actions_shows_the_columns_asked_for(after_run: Path) -> None:
    args = ("actions", "--workspace", after_run, "--on", ON, "--format", "csv", "--columns")
    assert tenure(*args, "owner,title").stdout.startswith("owner,title\n")
    wrong = tenure(*args, "ownr")
    assert wrong.exit_code == 2
    assert "no column 'ownr'; did you mean owner?" in wrong.stderr


def test_messages_are_written_in_the_accounts_language(after_run: Path) -> None:
    args = ("actions", "--workspace", after_run, "--on", ON, "--status", "issued", "--messages")
    letters = [json.loads(line) for line in tenure(*args, "--format", "jsonl").stdout.splitlines()]
    written = [letter for letter in letters if letter["subject"]]
    assert {letter["language"] for letter in written} == {"en", "fr"}
    emails = [letter for letter in written if letter["kind"] == "email"]
    assert all(("Bonjour" in x["body"]) == (x["language"] == "fr") for x in emails)
    assert not any(letter["message_problem"] for letter in letters)
    assert all("{{" not in letter["body"] for letter in written)


def test_a_message_that_needs_what_an_account_lacks_says_so_alone(
    after_run: Path, workspace: Path
) -> None:
    shutil.copytree(after_run / "store", workspace / "store")
    playbook = workspace / "playbooks/renewal.yaml"
    playbook.write_text(playbook.read_text().replace("{{ owner }}", "{{ champion }}"))
    args = ("actions", "--workspace", workspace, "--on", ON, "--status", "issued", "--messages")
    result = tenure(*args, "--format", "jsonl")
    letters = [json.loads(line) for line in result.stdout.splitlines()]
    failed = [letter for letter in letters if letter["message_problem"]]
    assert {letter["message_problem"] for letter in failed} == {"`champion` is missing"}
    assert all(letter["body"] is None for letter in failed)
    assert any(letter["body"] for letter in letters)


def test_the_calendar_of_actions_reads_back(after_run: Path) -> None:
    result = tenure("actions", "--workspace", after_run, "--on", ON, "--format", "ical")
    events = icalendar.Calendar.from_ical(result.stdout).walk("VEVENT")
    uids = [str(event["uid"]) for event in events]
    assert len(uids) == len(set(uids)) > 50


def test_explain_says_where_an_account_stands(after_run: Path) -> None:
    listed = tenure("actions", "--workspace", after_run, "--on", ON, "--format", "csv")
    before = (row for row in rows(listed) if row["cycle"] > ON)
    account = next(row for row in before if row["step"] == "final_push")["account_id"]
    result = tenure("explain", account, "--workspace", after_run, "--on", ON)
    assert result.exit_code == 0
    assert "in `final_push` since 2026-03-02" in result.stdout
    assert "playbooks/renewal.yaml:" in result.stdout
    assert "false    if: new_term" in result.stdout
    assert "dates to come: " in result.stdout
    data = tenure("explain", account, "--workspace", after_run, "--on", ON, "--format", "json")
    standing = {each["playbook"]: each["state"] for each in json.loads(data.stdout)["playbooks"]}
    assert standing["renewal"] == "final_push"


def test_explain_in_brief_has_no_conditions(after_run: Path) -> None:
    listed = tenure("actions", "--workspace", after_run, "--on", ON, "--format", "csv")
    before = (row for row in rows(listed) if row["cycle"] > ON)
    account = next(row for row in before if row["step"] == "final_push")["account_id"]
    args = ("explain", account, "--workspace", after_run, "--on", ON, "--format")
    brief, full = (tenure(*args, form).stdout for form in ("brief", "text"))
    assert "in `final_push` since 2026-03-02" in brief
    assert "dates to come: " in brief
    assert "never enrolled in " in brief
    assert "false    if: " in full
    assert "false    if: " not in brief


def test_explain_names_the_missing_field(after_run: Path) -> None:
    listed = tenure("actions", "--workspace", after_run, "--on", ON, "--format", "csv")
    ahead = (row for row in rows(listed) if row["cycle"] > "2026-06-01")
    account = next(row for row in ahead if "Complete the data" in row["title"])["account_id"]
    result = tenure("explain", account, "--workspace", after_run, "--on", ON)
    assert "unknown  " in result.stdout
    assert "health_score is missing" in result.stdout


def test_explain_says_which_values_are_bad(after_run: Path) -> None:
    result = tenure("preview", "--workspace", after_run, "--on", "2026-03-03", "--format", "json")
    bad = json.loads(result.stdout)["quarantined"][0]
    text = tenure("explain", bad["account_id"], "--workspace", after_run, "--on", ON).stdout
    assert f"bad values, which are unknown: {bad['field']}" in text


def test_explain_refuses_what_it_does_not_know(after_run: Path) -> None:
    result = tenure("explain", "nobody", "--workspace", after_run, "--on", ON)
    assert result.exit_code == 2
    result = tenure("explain", "00001", "--playbook", "renwal", "--workspace", after_run)
    assert result.exit_code == 2
    assert "did you mean renewal?" in result.stderr


def test_graph_draws_every_state_and_arrow(laid_out: Path) -> None:
    result = tenure("graph", "renewal", "--workspace", laid_out)
    assert result.exit_code == 0
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert lines[:4] == ["---", 'title: "Annual renewal"', "---", "stateDiagram-v2"]
    assert 'state "Win-back" as win_back' in lines
    assert "final_push --> renewed: new_term" in lines
    assert "lapsed --> [*]" in lines
    assert [line for line in lines if line.startswith("[*]")] == ["[*] --> enrolled: subscribed"]


def test_fields_says_where_each_comes_from_and_who_reads_it(laid_out: Path) -> None:
    args = ("fields", "--workspace", laid_out, "--on", ON)
    found = {row["field"]: row for row in rows(tenure(*args, "--format", "csv"))}
    assert found["arr"]["from"] == "column annual_value"
    assert found["segment"]["from"] == "derived from arr"
    assert "renewal" in found["health_score"]["read_by"].split(", ")
    assert found["health_score"]["filled"] == "yes"
    assert len(json.loads(tenure(*args, "--format", "json").stdout)) == len(found)
    assert tenure(*args).stdout.startswith("field ")


def test_preview_renders_messages_before_anything_is_issued(workspace: Path) -> None:
    shown = tenure(
        "preview", "--workspace", workspace, "--on", ON, "--messages", "--format", "jsonl"
    )
    letters = [entry for entry in map(json.loads, shown.stdout.splitlines()) if entry["body"]]
    assert letters
    assert any(letter["recipient"] for letter in letters)
    assert not (workspace / "store").exists()


def test_a_date_written_otherwise_is_answered_with_it(tmp_path: Path) -> None:
    for written, says in (
        ("1.4.2026", "write 2026-04-01"),
        ("yesterday", "write it as 2026-03-02"),
    ):
        result = tenure("run", "--workspace", tmp_path, "--on", written)
        assert result.exit_code == 2
        assert f"{written!r} is not a date; {says}." in result.stderr
