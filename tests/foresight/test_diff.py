"""`tenure diff` against two full runs from the same store, and what it says."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result
from support.two_versions import NOTHING, Standing, differing, lived
from support.workspaces import RENEWAL, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.foresight.difference_text import difference_text
from tenure.engine.foresight.differences import DIFFERENCES, Comparison, compare_versions
from tenure.engine.foresight.other_version import other_version
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Store
from tenure.engine.store.redaction import NameMatcher, Redaction

FIRST = dt.date(2026, 3, 2)
NEXT = FIRST + dt.timedelta(days=1)
DAYS = 20
LAST = NEXT + dt.timedelta(days=DAYS)
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
    "a holdout": ("timeline:", "holdout: {share: 50 %}\ntimeline:"),
    "fewer accounts": ("for: status == 'active'", "for: status == 'active' and csm == 'Ana'"),
}


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


def lived_daily(root: Path, to: Path) -> dict[str, Standing]:
    """What a copy of the workspace has done by the last day, with a snapshot and a run on each day: by action."""
    shutil.copytree(root, to)
    days = [NEXT + dt.timedelta(days=n) for n in range(DAYS + 1)]
    for on in days:
        snapshot(to, on, ROWS)
    return lived(to, days)


QUICK = ("a step earlier",)
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
    sides = lived_daily(earlier, tmp_path / "one"), lived_daily(root, tmp_path / "other")
    expected = differing(*sides)
    assert expected
    rows = {row["action_id"]: row for row in found.rows.iter_rows(named=True)}
    assert {id: row["what"] for id, row in rows.items()} == expected
    for id, row in rows.items():
        before, after = (side.get(id, NOTHING) for side in sides)
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_version_of_the_last_run_is_compared_without_a_name(tmp_path: Path) -> None:
    root = ready(tmp_path / "w")
    same = diff(root, "--exit-code")
    assert (same.exit_code, same.stdout.endswith(": no action differs.\n")) == (0, True)
    edited(root, "call: {owner: csm}", "call: {owner: operations}")
    for args in ((), ("--from", "last"), ("--from", FIRST.isoformat())):
        first = diff(root, *args, "--until", "+20d").stdout.splitlines()[0]
        assert "against the run for 2026-03-02: of the actions, 2 change." in first


def test_no_day_more_is_the_first_day_alone(tmp_path: Path) -> None:
    root = ready(tmp_path / "w")
    shutil.copytree(root, tmp_path / "earlier")
    edited(root, "at: -30 days", "at: -45 days")
    result = diff(root, "--from", str(tmp_path / "earlier"), "--until", "+0d")
    assert result.stdout.startswith("2026-03-03 to 2026-03-03,")


def test_a_playbook_that_a_run_left_out_is_left_out_of_its_version(tmp_path: Path) -> None:
    root = workspace(
        tmp_path / "w", {"renewal": RENEWAL.replace("when: renewal_date", "when: no_date")}
    )
    snapshot(root, FIRST, ROWS)
    (root / "playbooks" / "other.yaml").write_text(
        RENEWAL.replace("playbook: renewal", "playbook: other"), "utf-8"
    )
    run(load_project(root), FIRST)
    edited(root, "when: no_date", "when: renewal_date")
    comes = json.loads(diff(root, "--format", "json", "--until", "+9d").stdout)["actions"]
    assert {(each["playbook"], each["what"]) for each in comes} == {("renewal", "comes")}


def test_one_account_is_explained_by_both_versions(tmp_path: Path) -> None:
    root = ready(tmp_path / "w")
    edited(root, "at: -7 days", "at: -12 days")
    text = diff(root, "--account", "a2", "--until", "+20d").stdout
    before, after = text.split("\nBefore\n")[1].split("\nAfter\n")
    # The renewal of a2 is on Sunday, 22 March: the call moves to Friday, 13 March, or to Tuesday, 10 March.
    assert "7 days before the anchor, 2026-03-13" in before
    assert "12 days before the anchor, 2026-03-10" in after
    found = json.loads(diff(root, "--account", "a2", "--format", "json").stdout)
    assert [found["explained"][side]["account_id"] for side in ("before", "after")] == ["a2", "a2"]


def many(count: int) -> Comparison:
    """A comparison in which each part of the summary has more rows than it shows."""
    rows = [
        {
            "what": "comes" if n % 2 else "goes",
            "account_id": f"a{n}",
            "account_name": f"Firm <b>{n}</b>",
            "playbook": f"p{n % 3}",
            "step": f"s{n % 20}",
            "after_on": NEXT,
            "after_reason": "7 days before 2026-03-22; postponed from 2026-03-15: a cap",
            "again": n % 2 == 1,
            "never": n % 2 == 0,
            "action_id": f"{n:020}",
        }
        for n in range(count)
    ]
    frame = pl.DataFrame([dict.fromkeys(DIFFERENCES) | row for row in rows], schema=DIFFERENCES)
    load = {"owner": [f"o{n}" for n in range(count)], "week": [NEXT] * count}
    load |= {"before": [1] * count, "after": list(range(count))}
    arr = pl.DataFrame({"account_id": [f"a{n}" for n in range(count)], "arr": [1.0] * count})
    return Comparison(NEXT, LAST, frame, pl.DataFrame(load), arr)


@pytest.mark.parametrize("count", [1, 7, 300])
def test_the_summary_of_markdown_has_at_most_60_lines(count: int) -> None:
    text = difference_text(many(count), "main", "markdown")
    summary, details = text.split("\n## Details\n")
    assert len(summary.splitlines()) <= 60
    assert "### Never get it" in summary
    # GitHub takes comments of up to 65,536 characters.
    assert len(text) < 65_536
    assert ("(the first 100 of 300)" in details) == (count == 300)


def test_the_page_shows_names_as_they_are_and_loads_nothing() -> None:
    page = difference_text(many(3), "main", "html")
    assert page.startswith("<!DOCTYPE html>")
    assert "Firm &lt;b&gt;1&lt;/b&gt;" in page
    assert not re.search(r"<script|https?://|src=", page)


def test_a_run_without_texts_says_what_to_do(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL})
    snapshot(root, FIRST, ROWS)
    assert "`last run` to compare with: nothing has run yet" in diff(root).stderr
    run(load_project(root), FIRST)
    never = diff(root, "--from", "2026-01-01")
    assert (never.exit_code, never.stdout) == (1, "")
    assert "`run for 2026-01-01` to compare with: it did not run" in never.stderr
    with Store.open(root / "store", root) as store:
        store.erase(Redaction(NameMatcher(["Ops"])), "person", FIRST)
    assert "a name was erased from its tenure.yaml" in diff(root).stderr
    database = sqlite3.connect(root / "store" / "store.db")
    database.execute("DELETE FROM versions")
    database.commit()
    database.close()
    assert "from before runs stored the texts that they read" in diff(root).stderr


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
