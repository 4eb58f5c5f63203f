"""Coverage lists what no test reaches; mutations list which changes no test notices."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result
from support.workspaces import RENEWAL, workspace
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.testing.case_mutations import mutations_of

BOUNDARY = """\
playbook: renewal
account: {renewal_date: +31 days}
tests:
  - name: the notice goes out to those whose health is below 70
    until: +1 days
    cases:
      - {account: {health_score: 69}, expect: [{step: notice, kind: email, on: +1 days}]}
"""
EXACT = BOUNDARY + "      - {account: {health_score: 70}, never: [notice]}\n"


def root_with(tmp_path: Path, tests: str) -> Path:
    playbook = RENEWAL.replace("at: -30 days\n", "at: -30 days\n      when: health_score < 70\n")
    root = workspace(tmp_path / "w", {"renewal": playbook})
    (root / "tests").mkdir()
    (root / "tests" / "renewal.test.yaml").write_text(tests, "utf-8")
    return root


def tenure(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


def test_coverage_lists_what_no_test_reaches(tmp_path: Path) -> None:
    root = root_with(tmp_path, EXACT)
    found = tenure("test", "--workspace", root, "--coverage")
    assert found.exit_code == 0
    assert "playbooks/renewal.yaml:18: state not reached: `lapsed`" in found.stdout
    assert "action not reached: `push/call`" in found.stdout
    assert "`health_score < 70`" not in found.stdout


def test_a_branch_is_reached_if_it_is_seen_both_ways(tmp_path: Path) -> None:
    found = tenure("test", "--workspace", root_with(tmp_path, BOUNDARY), "--coverage")
    assert "branch not reached: `health_score < 70` is not true" in found.stdout


def test_low_coverage_fails(tmp_path: Path) -> None:
    root = root_with(tmp_path, EXACT)
    assert tenure("test", "--workspace", root, "--fail-under", "20").exit_code == 0
    found = tenure("test", "--workspace", root, "--fail-under", "90")
    assert found.exit_code == 1
    assert "is less than 90 %" in found.stderr


def test_thresholds_times_and_operators_are_changed_one_at_a_time(tmp_path: Path) -> None:
    project = load_project(root_with(tmp_path, EXACT))
    (playbook,) = project.playbooks
    found = [
        (m.span.line, m.old, m.new) for m in mutations_of(playbook, project.texts[playbook.file])
    ]
    assert found == [
        (3, "==", "!="),
        (10, "-30 days", "-31 days"),
        (11, "<", "<="),
        (11, "70", "71"),
        (14, "10 days", "11 days"),
        (15, "-7 days", "-8 days"),
        (17, ">", ">="),
        (17, "60 days", "61 days"),
        (18, "30 days", "31 days"),
    ]


def test_a_change_that_no_test_notices_is_named(tmp_path: Path) -> None:
    loose = tenure("test", "--workspace", root_with(tmp_path / "a", BOUNDARY), "--mutate").stdout
    assert "playbooks/renewal.yaml:11: no test notices `<` changed to `<=`" in loose
    exact = tenure("test", "--workspace", root_with(tmp_path / "b", EXACT), "--mutate").stdout
    assert "renewal.yaml:11" not in exact
    assert "renewal.yaml:10" not in exact
    assert "renewal.yaml:15: no test notices `-7 days` changed to `-8 days`" in exact
