"""`outcomes:` in `tenure.yaml`: read before each run, recorded once, bad rows named, and a preview stores nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from support.done_work import ON, actions, tenure, with_actions
from tenure.engine.runs import outcome_checks
from tenure.engine.store import Reader
from tenure.engine.workspace.settings_loader import load_workspace

NEXT = ON + dt.timedelta(days=1)
FILE = "outcomes: {file: data/closed.csv}\n"
HEAD = "action_id,outcome,on,by\n"


def write(root: Path, name: str, *rows: str) -> None:
    path = root / "data" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(HEAD + "".join(f"{row}\n" for row in rows))


def sourced(root: Path, settings: str) -> Path:
    """The workspace after its first run, with these settings added since."""
    folder = with_actions(root)
    (folder / "tenure.yaml").write_text((folder / "tenure.yaml").read_text() + settings)
    return folder


def run(root: Path, on: dt.date = NEXT, command: str = "run") -> tuple[int, str]:
    result = tenure(root, command, "--on", on.isoformat(), today=on)
    return result.exit_code, result.stderr


def test_a_file_is_read_before_each_run_and_recorded_once(tmp_path: Path) -> None:
    root = sourced(tmp_path / "w", FILE)
    tasks = actions(root)
    write(root, "closed.csv", f"{tasks['a1']},done,{NEXT},Ana")
    assert run(root) == (0, "")
    assert run(root, NEXT + dt.timedelta(days=1)) == (0, "")
    write(root, "closed.csv", f"{tasks['a1']},done,{NEXT},Ana", f"{tasks['a2']},done,{NEXT},Ana")
    assert run(root, NEXT + dt.timedelta(days=2)) == (0, "")
    rows = Reader(root / "store").outcomes().select("action_id", "source", "recorded_on").rows()
    assert rows == [
        (tasks["a1"], "data/closed.csv", NEXT),
        (tasks["a2"], "data/closed.csv", NEXT + dt.timedelta(days=2)),
    ]


def test_a_preview_reads_it_and_stores_nothing(tmp_path: Path) -> None:
    root = sourced(tmp_path / "w", FILE)
    write(root, "closed.csv", f"{actions(root)['a1']},done,{NEXT},Ana", "nope,done,2026-03-03,Ana")
    code, said = run(root, command="preview")
    assert (code, "closed.csv, line 3: there is no action `nope`" in said) == (4, True)
    assert Reader(root / "store").outcomes().is_empty()


def test_a_row_that_goes_back_to_an_earlier_outcome_is_followed(tmp_path: Path) -> None:
    """A list of actions as they are now: done, dismissed since, done after all, and then dismissed by hand."""
    root = sourced(tmp_path / "w", FILE)
    id, other = actions(root)["a1"], actions(root)["a2"]
    day = [ON + dt.timedelta(days=n) for n in range(8)]
    done, dismissed = f"{id},done,{day[1]},Ana", f"{id},dismissed,{day[2]},Ana"
    days = [done, done, dismissed, dismissed, done, done]
    for n, row in enumerate(days, 1):
        write(root, "closed.csv", f"{other},done,{day[1]},Bo", row)
        assert run(root, day[n]) == (0, "")
    mine = [row for row in Reader(root / "store").outcomes().rows(named=True) if row["by"] == "Ana"]
    assert [row["outcome"] for row in mine] == ["done", "dismissed", "done"]
    assert [row["recorded_on"] for row in mine] == [day[1], day[3], day[5]]
    assert tenure(root, "dismiss", id, today=day[6]).exit_code == 0
    assert run(root, day[7]) == (0, "")
    assert Reader(root / "store").outcomes()["outcome"].to_list()[-1] == "dismissed"


def test_all_outcomes_of_an_action_in_one_file_stay_as_they_are(tmp_path: Path) -> None:
    root = sourced(tmp_path / "w", FILE)
    id = actions(root)["a1"]
    rows = [f"{id},done,{NEXT},Ana", f"{id},reopened,{NEXT},Ana", f"{id},done,{NEXT},Ana"]
    for n in (1, 2, 3):
        write(root, "closed.csv", *rows)
        assert run(root, ON + dt.timedelta(days=n)) == (0, "")
    # A list of recent rows loses the earlier ones.
    write(root, "closed.csv", rows[2])
    assert run(root, ON + dt.timedelta(days=4)) == (0, "")
    outcomes = Reader(root / "store").outcomes()["outcome"].to_list()
    assert outcomes == ["done", "reopened", "done"]


def test_what_is_said_twice_in_a_row_happened_once(tmp_path: Path) -> None:
    root = sourced(tmp_path / "w", FILE)
    id, other = actions(root)["a1"], actions(root)["a2"]
    done, snoozed = f"{id},done,{NEXT},Ana", f"{other},snoozed,{NEXT},Ana"
    wrong = "nope,done,2026-03-03,Ana"
    for n in (1, 2, 3):
        rows = [done, wrong, done, snoozed, wrong, snoozed, f"{id},reopened,{NEXT},Bo", done]
        write(root, "closed.csv", *(rows if n > 1 else rows[:3]))
        code, said = run(root, ON + dt.timedelta(days=n))
        assert (code, said.count("there is no action `nope`")) == (4, 2 if n > 1 else 1)
    assert Reader(root / "store").outcomes().select("action_id", "outcome").rows() == [
        (id, "done"),
        (id, "reopened"),
        (id, "done"),
    ]


def test_a_file_with_the_newest_rows_first_is_read_from_its_end(tmp_path: Path) -> None:
    root = sourced(tmp_path / "w", FILE)
    ids = actions(root)
    later = ON + dt.timedelta(days=2)
    write(
        root,
        "closed.csv",
        f"nope,done,{later},Bo",
        f"{ids['a1']},dismissed,{later},Bo",
        f"no,done,{NEXT},Ana",
        f"{ids['a1']},done,{NEXT},Ana",
    )
    code, said = run(root, later)
    assert code == 4
    assert said.index("line 2: there is no action") < said.index("line 4: there is no action")
    for on in (later, later + dt.timedelta(days=1)):
        run(root, on)
        found = Reader(root / "store").outcomes()["outcome"].to_list()
        assert found == ["done", "dismissed"]


@pytest.mark.parametrize(("tolerate", "code"), [("", 4), ("tolerate: 2\n", 0)])
def test_bad_rows_are_named_and_counted(tolerate: str, code: int, tmp_path: Path) -> None:
    root = sourced(tmp_path / "w", FILE + tolerate)
    id = actions(root)["a1"]
    write(root, "closed.csv", f"{id},done,,Ana", f"{id},done,{NEXT},Ana", f"{id},lost,{NEXT},Ana")
    found, said = run(root)
    assert (found, said.count("bad-outcome")) == (code, 2)
    assert "warning[bad-outcome]: data/closed.csv, line 2: `on` is missing" in said
    assert "warning[bad-outcome]: data/closed.csv, line 4: `outcome` is `lost`" in said
    assert Reader(root / "store").outcomes()["action_id"].to_list() == [id]


def test_the_files_of_a_folder_are_read_by_name(tmp_path: Path) -> None:
    root = sourced(tmp_path / "w", "outcomes: {folder: data/outcomes}\n")
    id = actions(root)["a1"]
    write(root, "outcomes/2.csv", f"{id},dismissed,{NEXT},Bo")
    write(root, "outcomes/1.csv", f"{id},done,{NEXT},Ana")
    (root / "data/outcomes/3.jsonl").write_text(
        f'{{"action_id": "{id}", "outcome": "assigned", "to": "Cy", "on": "{NEXT}"}}\n'
    )
    (root / "data/outcomes/notes.txt").write_text("not read\n")
    assert run(root) == (0, "")
    found = Reader(root / "store").outcomes().select("outcome", "source").rows()
    assert found == [
        ("done", "data/outcomes/1.csv"),
        ("dismissed", "data/outcomes/2.csv"),
        ("assigned", "data/outcomes/3.jsonl"),
    ]


def test_the_ledger_is_read_once_for_all_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = sourced(tmp_path / "w", "outcomes: {folder: data/outcomes}\n")
    id = actions(root)["a1"]
    row = f"{id},done,{NEXT},Ana"
    for name in ("1", "2", "3"):
        write(root, f"outcomes/{name}.csv", row)
    read: list[object] = []
    made = outcome_checks.Actions
    monkeypatch.setattr(
        outcome_checks, "Actions", lambda *given: read.append(given) or made(*given)
    )
    assert run(root) == (0, "")
    assert len(read) == 1
    # The same row in three files is one outcome.
    assert Reader(root / "store").outcomes()["source"].to_list() == ["data/outcomes/1.csv"]


def test_a_query_gives_the_columns(tmp_path: Path) -> None:
    closed = 'cast(closed as timestamp) as \\"on\\"'
    query = (
        f"select id as action_id, 'done' as outcome, {closed}, result from tasks where done = 'yes'"
    )
    settings = f'outcomes: {{query: "{query}", tables: {{tasks: data/tasks.csv}}}}\n'
    root = sourced(tmp_path / "w", settings)
    tasks = actions(root)
    rows = [f"{tasks['a1']},yes,2026-03-03 10:00,reached", f"{tasks['a2']},no,,"]
    (root / "data/tasks.csv").write_text("id,done,closed,result\n" + "\n".join(rows) + "\n")
    assert run(root) == (0, "")
    columns = ["action_id", "on", "result", "source"]
    assert Reader(root / "store").outcomes().select(columns).rows() == [
        (tasks["a1"], NEXT, "reached", "the query of `outcomes`")
    ]


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        (FILE, "data/closed.csv cannot be read: no such file or directory"),
        ("outcomes: {folder: data/none}\n", "data/none cannot be read: no such file or directory"),
    ],
)
def test_a_source_that_is_not_there_stops_no_run(settings: str, what: str, tmp_path: Path) -> None:
    root = sourced(tmp_path / "w", settings)
    code, said = run(root)
    assert (code, "no-outcomes" in said, what in said) == (4, True, True)
    assert Reader(root / "store").last_committed() == NEXT


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ("outcomes: {}\n", "missing-key"),
        ("outcomes: {file: a.csv, folder: b}\n", "conflicting-keys"),
        ("outcomes: {query: select 1}\n", "missing-key"),
        ("outcomes: {query: 'select $on', tables: {t: a.csv}}\n", "conflicting-keys"),
        ("outcomes: {query: select 1, database: 'mysql://x'}\n", "bad-database"),
        ("outcomes: {query: select 1, database: 'postgresql://a:b@x/y'}\n", "plain-secret"),
    ],
)
def test_a_wrong_source_is_a_problem_of_the_settings(
    settings: str, code: str, tmp_path: Path
) -> None:
    from support.workspaces import SETTINGS, workspace

    root = workspace(tmp_path / "w", {}, SETTINGS + settings)
    _, _, problems, _ = load_workspace(root)
    assert [problem.code for problem in problems] == [code]
