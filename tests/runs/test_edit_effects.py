"""The accounts that an edit changes, as runs and previews count and say them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from support.one_account import DAY, MONDAY, row, text
from support.workspaces import snapshot, workspace
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import preview, run

BODY = """\
timeline:
  anchor: renewal_date
  steps:
    - {id: early, at: -60 days, do: [{call: {owner: csm, due: 20 days, shift: none}}]}
    - {id: notice, at: -30 days, do: [{task: {owner: csm, shift: none}}]}
  outcomes:
    lapsed: {at: 30 days}
"""
ON = MONDAY + DAY


def edited(root: Path, old: str, new: str, days: list[int]) -> Path:
    """A workspace that ran on Monday, with accounts so many days before their renewal, and was then edited."""
    workspace(root, {"p": old})
    rows = [
        row(renewal_date=MONDAY + n * DAY, vip=n % 2 == 0) | {"account_id": f"a{n}"} for n in days
    ]
    snapshot(root, MONDAY, rows)
    run(load_project(root), MONDAY)
    (root / "playbooks" / "p.yaml").write_text(new, encoding="utf-8")
    return root


def test_an_edit_is_told_once_with_its_numbers(tmp_path: Path) -> None:
    # From 60 days before on, an account is in `early`; those at 35 and 40 come to the earlier notice.
    new = text(BODY).replace("-30 days", "-45 days")
    root = edited(tmp_path / "w", text(BODY), new, [20, 35, 40, 50, 90])
    seen = preview(load_project(root), ON, until=ON + DAY).edited
    assert seen.rows() == [("p", ON, 2, 0, 2)]
    arguments = ["--workspace", str(root), "--on", ON.isoformat(), "--today", ON.isoformat()]
    for command in ("preview", "run"):
        result = CliRunner().invoke(main, [command, *arguments])
        assert (
            "playbook `p` was edited: on 2026-03-03, the first date with the new text,"
            " 2 accounts gain actions or enrolments, 0 lose promised actions, 2 move\n"
        ) in result.stderr
        assert "was edited" not in result.stdout
    assert run(load_project(root), ON + DAY).edited.is_empty()


def test_accounts_that_leave_lose_what_was_promised(tmp_path: Path) -> None:
    # The call of the first step is promised for 40 days before the renewal.
    new = text(BODY).replace("status == 'active'", "status == 'active' and vip")
    root = edited(tmp_path / "w", text(BODY), new, [51, 52, 53, 54, 90])
    assert run(load_project(root), ON).edited.rows() == [("p", ON, 0, 2, 2)]


def test_an_edit_of_for_enrols_accounts(tmp_path: Path) -> None:
    old = text(BODY).replace("status == 'active'", "status == 'active' and vip")
    root = edited(tmp_path / "w", old, text(BODY), [51, 52, 53, 54, 90])
    assert run(load_project(root), ON).edited.rows() == [("p", ON, 2, 0, 0)]


def test_a_renamed_step_moves_its_accounts(tmp_path: Path) -> None:
    new = text(BODY).replace("id: early", "id: first")
    new = new.replace("timeline:", "moved: {early: first}\ntimeline:")
    root = edited(tmp_path / "w", text(BODY), new, [51, 52, 90])
    assert run(load_project(root), ON).edited.rows() == [("p", ON, 0, 0, 2)]


@pytest.mark.parametrize(
    "new",
    [text(BODY) + "# The end.\n", text(BODY).replace("id: early,", "id: early, title: First,")],
)
def test_comments_and_titles_are_not_told(tmp_path: Path, new: str) -> None:
    root = edited(tmp_path / "w", text(BODY), new, [35, 51])
    assert run(load_project(root), ON).edited.is_empty()


def test_accounts_that_the_earlier_text_never_saw_are_not_counted(tmp_path: Path) -> None:
    new = text(BODY).replace("-30 days", "-45 days")
    root = edited(tmp_path / "w", text(BODY), new, [90])
    both = [row(renewal_date=MONDAY + n * DAY) | {"account_id": f"a{n}"} for n in (40, 90)]
    snapshot(root, ON, both)
    assert run(load_project(root), ON).edited.rows() == [("p", ON, 0, 0, 0)]
