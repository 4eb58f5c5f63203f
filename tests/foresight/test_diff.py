"""`tenure diff` against two full runs from the same store, and what it says."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result
from support.workspaces import RENEWAL, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.foresight.differences import compare_versions
from tenure.engine.foresight.other_version import other_version
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

FIRST = dt.date(2026, 3, 2)
NEXT = FIRST + dt.timedelta(days=1)
DAYS = 20
LAST = NEXT + dt.timedelta(days=DAYS)
LIVE = ("issued", "postponed")
ROWS = [
    {
        "account_id": f"a{n}",
        "account_name": f"Firm {n}",
        "status": "active",
        "renewal_date": FIRST + dt.timedelta(days=days),
        "csm": "Ana" if n % 2 else "Bo",
        "arr": 1000 * n,
    }
    for n, days in enumerate((5, 8, 20, 29, 31, 36, 44, 46, 60, 90))
]

EDITS = {
    "a step earlier": ("at: -30 days", "at: -45 days"),
    "a step later": ("at: -30 days", "at: -20 days"),
    "the last step earlier": ("at: -7 days", "at: -12 days"),
    "another owner": ("call: {owner: csm}", "call: {owner: operations}"),
    "another kind": ("{call: {owner: csm}}", "{task: {owner: csm}}"),
    "a condition": ("call: {owner: csm}", "call: {owner: csm, when: csm == 'Ana'}"),
    "another deadline": ("due: 10 days", "due: 3 days"),
    "an action less": ("        - task: {owner: [csm, operations], due: 10 days}\n", ""),
    "an action more": ("[{call: {owner: csm}}]", "[{call: {owner: csm}}, {task: {owner: csm}}]"),
    "fewer accounts": ("for: status == 'active'", "for: status == 'active' and csm == 'Ana'"),
}


class Standing(NamedTuple):
    """What became of an action: whether it comes at all, when, and to whom."""

    live: bool
    on: dt.date | None
    owner: str | None


def ready(root: Path) -> Path:
    """A workspace after one run."""
    folder = workspace(root, {"renewal": RENEWAL})
    snapshot(folder, FIRST, ROWS)
    run(load_project(folder), FIRST)
    return folder


def edited(root: Path, old: str, new: str, file: str = "playbooks/renewal.yaml") -> None:
    path = root / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def lived(root: Path, to: Path) -> dict[str, Standing]:
    """What a copy of the workspace has done by the last day, with a run on each day: by action."""
    shutil.copytree(root, to)
    for n in range(DAYS + 1):
        snapshot(to, NEXT + dt.timedelta(days=n), ROWS)
        run(load_project(to), NEXT + dt.timedelta(days=n))
    found = {}
    for row in Reader(to / "store").ledger().iter_rows(named=True):
        on = row["contact_on"] or row["planned_on"] or row["due_on"]
        found[row["action_id"]] = Standing(row["status"] in LIVE, on, row["owner"])
    return found


QUICK = ("a step earlier", "another owner")
"""The edits that are tried among the tests that are not slow."""


@pytest.mark.parametrize(
    "edit",
    [pytest.param(each, marks=[] if each in QUICK else [pytest.mark.slow]) for each in EDITS],
)
def test_it_is_the_difference_of_two_full_runs(edit: str, tmp_path: Path) -> None:
    root = ready(tmp_path / "w")
    earlier = Path(shutil.copytree(root, tmp_path / "earlier"))
    edited(root, *EDITS[edit])
    project = load_project(root)
    found = compare_versions(other_version(project, str(earlier)), project, NEXT, LAST)
    sides = lived(earlier, tmp_path / "one"), lived(root, tmp_path / "other")
    expected = {}
    nothing = Standing(False, None, None)
    for id in sides[0] | sides[1]:
        before, after = (side.get(id, nothing) for side in sides)
        if before.live != after.live:
            expected[id] = "comes" if after.live else "goes"
        elif before.live and before.on != after.on:
            assert before.on
            assert after.on
            expected[id] = "earlier" if after.on < before.on else "later"
        elif before.live and before.owner != after.owner:
            expected[id] = "changes"
    assert expected
    rows = {row["action_id"]: row for row in found.rows.iter_rows(named=True)}
    assert {id: row["what"] for id, row in rows.items()} == expected
    for id, row in rows.items():
        before, after = (side.get(id, nothing) for side in sides)
        assert row["before_on"] == (before.on if before.live else None)
        assert row["after_on"] == (after.on if after.live else None)


def test_layout_comments_and_order_are_no_difference(tmp_path: Path) -> None:
    root = ready(tmp_path / "w")
    shutil.copytree(root, tmp_path / "earlier")
    edited(root, "playbook: renewal\n", "# The notice.\nplaybook:   renewal\n")
    edited(root, "- {id: push, at: -7 days,", "- {at: -7 days, id: push,")
    result = diff(root, "--from", str(tmp_path / "earlier"), "--exit-code")
    assert (result.exit_code, result.stdout.endswith(": no action differs.\n")) == (0, True)


def test_what_comes_twice_is_named(tmp_path: Path) -> None:
    root = ready(tmp_path / "w")
    shutil.copytree(root, tmp_path / "earlier")
    edited(root, "id: push,", "id: call,")
    edited(root, "catch_up:", "moved: {push: notice}\ncatch_up:")
    result = diff(root, "--from", str(tmp_path / "earlier"), "--format", "json", "--exit-code")
    assert result.exit_code == 1
    actions = json.loads(result.stdout)["actions"]
    comes = [each for each in actions if each["what"] == "comes"]
    # a0 was called on the first day, five days before its renewal: the new step calls it again.
    assert {each["account_id"] for each in comes if each["again"]} == {"a0"}
    goes = [each for each in actions if each["what"] == "goes"]
    assert {each["step"] for each in goes} == {"push"}
    assert not any(each["never"] for each in goes)


def test_what_never_comes_is_named(tmp_path: Path) -> None:
    root = ready(tmp_path / "w")
    shutil.copytree(root, tmp_path / "earlier")
    edited(root, "for: status == 'active'", "for: status == 'active' and csm == 'Ana'")
    result = diff(root, "--from", str(tmp_path / "earlier"), "--format", "json", "--until", "+20d")
    goes = [each for each in json.loads(result.stdout)["actions"] if each["what"] == "goes"]
    assert {each["account_id"] for each in goes if each["never"]} == {"a2", "a4", "a6"}


def test_text_names_steps_accounts_owners_and_worth(tmp_path: Path) -> None:
    root = ready(tmp_path / "w")
    shutil.copytree(root, tmp_path / "earlier")
    edited(root, "call: {owner: csm}", "call: {owner: operations}")
    result = diff(root, "--from", str(tmp_path / "earlier"), "--until", "+20d")
    first, *lines = result.stdout.splitlines()
    # Calls come seven days before renewals: those of 8 and 20 days after the first run are in the next three weeks.
    assert first.endswith("of the actions, 2 change. That is 2 accounts with 3,000 of ARR.")
    assert any(line.split() == ["Ops", "2026-03-02", "0", "1"] for line in lines)
    markdown = diff(root, "--from", str(tmp_path / "earlier"), "--format", "markdown").stdout
    assert "| renewal | push |" in markdown
    alone = diff(root, "--from", str(tmp_path / "earlier"), "--account", "a1", "--until", "+20d")
    assert "1 changes. That is 1 account with 1,000 of ARR." in alone.stdout


def test_a_revision_of_git_is_another_version(tmp_path: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    root = ready(tmp_path / "repository" / "w")
    for command in (
        ("init", "--quiet"),
        ("add", "w/tenure.yaml", "w/playbooks"),
        ("-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "One"),
    ):
        subprocess.run(["git", *command], cwd=root.parent, check=True)
    edited(root, "at: -30 days", "at: -20 days")
    result = diff(root, "--from", "HEAD", "--exit-code")
    assert result.exit_code == 1
    assert "renewal" in result.stdout


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("nowhere", "no-version"),
        ("nowhere", "there is no other version `nowhere` to compare with"),
        ("-x", "a revision does not begin with `-`"),
        ("{tmp}", "no-workspace"),
        ("{tmp}/broken", "in `{tmp}/broken`, playbooks/renewal.yaml:3: "),
    ],
)
def test_a_version_that_is_not_there_or_wrong_is_an_error(
    source: str, said: str, tmp_path: Path
) -> None:
    root = ready(tmp_path / "w")
    shutil.copytree(root, tmp_path / "broken")
    edited(tmp_path / "broken", "status == 'active'", "stats == 'active'")
    result = diff(root, "--from", source.replace("{tmp}", str(tmp_path)))
    assert result.exit_code == 1
    assert said.replace("{tmp}", str(tmp_path)) in result.stderr
    assert result.stdout == ""


def diff(root: Path, *args: str) -> Result:
    given = [*args, "--workspace", str(root), "--today", FIRST.isoformat()]
    result = CliRunner().invoke(main, ["diff", *given])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
