"""A renamed playbook goes on with what was done under its former ids (`was:`)."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from support.one_account import DAY, DROP, MONDAY, row, text, told
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import RunOutcome, preview, run
from tenure.engine.store import Reader

RENEWAL = """\
timeline:
  anchor: renewal_date
  steps:
    - id: notice
      at: -30 days
      do:
        - email: {owner: csm, shift: none, message: hello}
        - call: {owner: csm, due: 5 days, shift: none}
    - {id: last, at: -7 days, do: [{task: {owner: csm, shift: none}}]}
  outcomes:
    lapsed: {at: 10 days}
messages:
  hello: {en: {subject: Renewal, body: "Dear {{ account_name }}"}}
"""
DAYS = (1, 2, 3, 5, 9, 26, 41, 44)
"""The days of runs after the first: the accounts end on the 40th and 43rd."""


def renamed(body: str, id: str, was: str) -> str:
    """The playbook under another id."""
    return text(body, id=id).replace("schedule:", f"was: {was}\nschedule:")


def put(root: Path, **texts: str) -> None:
    """Make these the playbooks of the workspace."""
    for file in (root / "playbooks").iterdir():
        file.unlink()
    for name, body in texts.items():
        (root / "playbooks" / f"{name}.yaml").write_text(body, encoding="utf-8")


def started(root: Path, **texts: str) -> Path:
    """A workspace that ran on Monday, with an account that got the notice and one that did not."""
    workspace(root, texts)
    rows = [row(renewal_date=MONDAY + n * DAY) | {"account_id": f"a{n}"} for n in (30, 33)]
    snapshot(root, MONDAY, rows)
    run(load_project(root), MONDAY)
    return root


def days(root: Path, first: int, last: int) -> list[RunOutcome]:
    """Run these days."""
    return [run(load_project(root), MONDAY + n * DAY) for n in range(first, last)]


def lived(root: Path, *, renamed_on: dict[int, str]) -> Path:
    """A workspace that ran for weeks, its playbook renamed on some days; the text has the last id."""
    started(root, p=text(RENEWAL))
    for n in DAYS:
        if n in renamed_on:
            id, _, was = renamed_on[n].partition(" ")
            put(root, p=renamed(RENEWAL, id, was))
        days(root, n, n + 1)
    return root


def ledger(root: Path, **filters: list[str]) -> pl.DataFrame:
    """The ledger as the present playbooks see it, without their ids."""
    project = load_project(root)
    reader = Reader(project.store, project.former_ids)
    return reader.ledger(history=True, **filters)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def never_renamed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that ran for weeks under one id; tests only read it."""
    return lived(tmp_path_factory.mktemp("one") / "w", renamed_on={})


@pytest.mark.parametrize(
    "renamed_on",
    [
        {1: "q p"},
        {3: "q p"},
        {26: "q p"},
        pytest.param({2: "q p", 9: "r [q, p]"}, marks=pytest.mark.slow),
        {1: "q [never, p]"},
    ],
)
def test_a_renamed_playbook_does_what_it_would_have_done(
    tmp_path: Path, never_renamed: Path, renamed_on: dict[int, str]
) -> None:
    before = never_renamed
    after = lived(tmp_path / "other", renamed_on=renamed_on)
    id = list(renamed_on.values())[-1].split()[0]
    found = ledger(after)
    assert found["playbook"].unique().to_list() == [id]
    assert found.drop("playbook").rows() == ledger(before).drop("playbook").rows()
    project = load_project(after)
    reader, other = Reader(project.store, project.former_ids), Reader(before / "store")
    for table in ("states", "ended"):
        mine, theirs = getattr(reader, table)(), getattr(other, table)()
        assert mine["playbook"].unique().to_list() == [id]
        assert mine.drop("playbook").rows() == theirs.drop("playbook").rows()


def test_a_renaming_alone_is_no_edit_and_leaves_none_behind(tmp_path: Path) -> None:
    root = started(tmp_path / "w", p=text(RENEWAL))
    put(root, p=renamed(RENEWAL, "q", "p"))
    (result,) = days(root, 1, 2)
    assert result.edited.is_empty()
    assert not [each for each in result.warnings if each.code == "playbook-gone"]
    assert "nothing to do" in run(load_project(root), MONDAY + DAY).note


def test_without_was_everything_is_done_again(tmp_path: Path) -> None:
    root = started(tmp_path / "w", p=text(RENEWAL))
    put(root, p=text(RENEWAL, id="q"))
    (result,) = days(root, 1, 2)
    again = result.entries.filter(status="issued", account_id="a30", step="notice")
    assert again["playbook"].to_list().count("q") == 2
    assert [each.code for each in result.warnings if each.code == "playbook-gone"]


def test_a_preview_sees_the_same(tmp_path: Path) -> None:
    root = started(tmp_path / "w", p=text(RENEWAL))
    put(root, p=renamed(RENEWAL, "q", "p"))
    until = MONDAY + 5 * DAY
    ahead = preview(load_project(root), MONDAY + DAY, until=until).entries
    done = pl.concat([result.entries for result in days(root, 1, 6)])
    assert ahead.sort("action_id", "revision").rows() == done.sort("action_id", "revision").rows()
    assert ahead["account_id"].unique().to_list() == ["a33"]


def test_promises_move_and_are_withdrawn_under_the_new_id(tmp_path: Path) -> None:
    root = started(tmp_path / "w", p=text(RENEWAL))
    put(root, p=renamed(RENEWAL, "q", "p"))
    later = [row(renewal_date=MONDAY + 32 * DAY) | {"account_id": "a30"}]
    snapshot(root, MONDAY + DAY, later)
    (result,) = days(root, 1, 2)
    moved = result.entries.filter(step="notice", kind="call").sort("revision")
    assert moved.select("playbook", "revision", "status").rows() == [
        ("q", 2, "superseded"),
        ("q", 3, "issued"),
    ]
    snapshot(root, MONDAY + 2 * DAY, [each | {"status": "suspended"} for each in later])
    (result,) = days(root, 2, 3)
    assert result.entries["status"].to_list() == ["withdrawn"]


def test_earlier_values_go_on_too(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"p": text(DROP)})
    snapshot(root, MONDAY, [row(health_score=80)])
    snapshot(root, MONDAY + DAY, [row(health_score=None)])
    snapshot(root, MONDAY + 2 * DAY, [row(health_score=60)])
    days(root, 0, 2)
    put(root, p=renamed(DROP, "q", "p"))
    days(root, 2, 3)
    assert told(root) == ["2026-03-04 call.task.1 1 issued"]


def test_repeats_and_dates_missed_go_on(tmp_path: Path) -> None:
    root = started(tmp_path / "w", p=text(RENEWAL))
    put(root, p=renamed(RENEWAL, "q", "p"))
    # Off for five days in which the playbook was renamed: the notice of the third day is two days late.
    run(load_project(root), MONDAY + 5 * DAY)
    late = ledger(root).filter(account_id="a33", kind="email")
    assert late.select("late_days", "due_on").rows() == [(2, MONDAY + 3 * DAY)]
    assert ledger(root).filter(account_id="a30").height == 2


def test_actions_of_the_new_id_have_the_history(tmp_path: Path) -> None:
    root = started(tmp_path / "w", p=text(RENEWAL))
    put(root, p=renamed(RENEWAL, "q", "p"))
    days(root, 1, 4)
    command = ["actions", "--workspace", str(root), "--from", "2026-01-01"]
    command += ["--format", "csv", "--columns", "playbook,account_id,kind"]
    result = CliRunner().invoke(main, [*command, "--playbook", "q"])
    assert sorted(result.stdout.splitlines()[1:]) == [
        "q,a30,call",
        "q,a30,email",
        "q,a33,call",
        "q,a33,email",
    ]
    messages = CliRunner().invoke(main, [*command[:5], "--playbook", "q", "--messages"])
    assert messages.exit_code == 0
    assert "Dear A" in messages.stdout
    explained = CliRunner().invoke(
        main, ["explain", "a30", "--workspace", str(root), "--on", "2026-03-05"]
    )
    assert "notice" in explained.stdout


def problems(root: Path) -> list[tuple[str, str, str]]:
    """The problems of a workspace's playbooks."""
    found = load_project(root).problems
    return [(each.code, each.message, each.hint or "") for each in found]


def test_a_former_id_that_is_still_there_is_an_error(tmp_path: Path) -> None:
    texts = {"p": text(RENEWAL), "q": renamed(RENEWAL, "q", "p")}
    found = problems(workspace(tmp_path / "w", texts))
    assert found == [
        (
            "was-taken",
            "there is a playbook `p`, so `q` cannot go on with what it did",
            "take `p` out of `was`, or take the file of `p` away",
        )
    ]
    assert [
        code for code, *_ in problems(workspace(tmp_path / "x", {"q": renamed(RENEWAL, "q", "q")}))
    ] == ["was-taken"]


def test_two_playbooks_with_the_same_former_id_are_errors(tmp_path: Path) -> None:
    texts = {"q": renamed(RENEWAL, "q", "p"), "r": renamed(RENEWAL, "r", "[q0, p]")}
    root = workspace(tmp_path / "w", texts)
    assert [message for _, message, _ in problems(root)] == [
        "`r` was `p` as well: only one of them can go on with what it did",
        "`q` was `p` as well: only one of them can go on with what it did",
    ]
    assert load_project(root).playbooks == ()


def test_a_reference_to_the_former_id_names_the_new_one(tmp_path: Path) -> None:
    other = text(RENEWAL, id="o").replace("status == 'active'", "not stands_in('p/notice')")
    root = workspace(tmp_path / "w", {"q": renamed(RENEWAL, "q", "p"), "o": other})
    assert problems(root) == [
        ("unknown-playbook", "the playbook `p` is now called `q`", "write `q/notice`")
    ]
    settings = SETTINGS.replace("status == 'lapsed'", "stands_in('p/notice')")
    root = workspace(tmp_path / "x", {"q": renamed(RENEWAL, "q", "p")}, settings)
    result = CliRunner().invoke(main, ["validate", "--workspace", str(root)])
    assert "write `q/notice`" in result.output
