"""Cases in YAML: what they expect, what a failure says, and which problems of a file are found."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from support.workspaces import RENEWAL, workspace
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.testing.case_loader import read_tests
from tenure.engine.testing.case_run import CaseRunner, CaseVerdict

HEAD = """\
playbook: renewal
account: {status: active, renewal_date: +40 days, csm: Ana}
tests:
"""
"""The renewal is due on 11 April 2026, so the notice is due on 12 March, a Thursday."""

NOTICE = """\
  - name: the notice goes out
    expect:
      - {step: notice, kind: email, on: 2026-03-12, owner: Ana}
      - {step: notice, kind: task, on: +21 days}
    never: [push]
"""


def judged(root: Path, tests: str, playbook: str = RENEWAL) -> list[CaseVerdict]:
    project = load_project(workspace(root, {"renewal": playbook}))
    cases, problems = read_tests(project, HEAD + tests, "tests/renewal.test.yaml")
    assert problems == []
    runner = CaseRunner(project)
    return [runner.run(case) for case in cases]


def messages(verdicts: list[CaseVerdict]) -> list[str]:
    return [difference.message for verdict in verdicts for difference in verdict.differences]


def problems_of(root: Path, tests: str, head: str = HEAD) -> list[str]:
    project = load_project(workspace(root, {"renewal": RENEWAL}))
    _, problems = read_tests(project, head + tests, "tests/renewal.test.yaml")
    return [f"{each.span.line if each.span else 0} {each.code}: {each.hint}" for each in problems]


def tenure(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with a test that passes and one that fails."""
    folder = workspace(tmp_path / "w", {"renewal": RENEWAL})
    (folder / "tests").mkdir()
    wrong = NOTICE.replace("goes out", "is late").replace("03-12", "03-13")
    (folder / "tests" / "renewal.test.yaml").write_text(HEAD + NOTICE + wrong, "utf-8")
    return folder


def test_a_test_that_holds_passes(tmp_path: Path) -> None:
    assert messages(judged(tmp_path / "w", NOTICE)) == []


def test_the_day_of_an_action_is_the_one_after_every_shift(tmp_path: Path) -> None:
    # 14 March 2026 is a Saturday: a call of the 4th goes by the Friday or the Monday, a task stays.
    tests = """\
  - name: over a weekend
    account: {renewal_date: 2026-04-13}
    expect:
      - {step: notice, kind: task, on: 2026-03-24}
      - {step: notice, kind: email}
"""
    assert messages(judged(tmp_path / "w", tests)) == []


def test_fields_change_people_act_and_runs_are_missed(tmp_path: Path) -> None:
    tests = """\
  - name: renewed after a stop
    until: +45 days
    days:
      - {on: 2026-03-12, run: false}
      - {on: 2026-03-13, run: false}
      - {on: +30 days, fields: {renewal_date: 2027-04-11}}
    expect:
      - {step: notice, action: email, on: 2026-03-12, reaches: 2026-03-14}
      - renewed/email
    never: [push]
    ends: renewed
"""
    # The run of the 14th finds the email two days late, which `catch_up` allows.
    assert messages(judged(tmp_path / "w", tests)) == []


def test_a_late_contact_is_skipped(tmp_path: Path) -> None:
    off = "".join(f"      - {{on: 2026-03-{day}, run: false}}\n" for day in range(12, 18))
    tests = f"""\
  - name: too late
    until: 2026-03-18
    expect: [{{step: notice, kind: email, status: skipped}}]
    days:
{off}"""
    assert messages(judged(tmp_path / "w", tests)) == []


def test_a_hold_and_a_skip_by_hand_count(tmp_path: Path) -> None:
    tests = """\
  - name: held
    until: +20 days
    days: [{on: +9 days, by_hand: [{move: hold, until: +14 days, because: a dispute}]}]
    expect: [{step: notice, kind: email, reaches: 2026-03-17}]
  - name: skipped
    until: +20 days
    days: [{on: +1 days, by_hand: [{move: skip, step: notice}]}]
    expect: [{step: notice, kind: email, status: skipped}]
"""
    late = RENEWAL.replace("within: 3 days", "within: 9 days")
    assert messages(judged(tmp_path / "w", tests, late)) == []


def test_conditions_may_ask_what_people_did(tmp_path: Path) -> None:
    asking = RENEWAL.replace(
        "    - {id: push, at: -7 days, do: [{call: {owner: csm}}]}",
        "    - {id: push, at: -7 days, when: not done('notice/task'), do: [{call: {owner: csm}}]}",
    )
    tests = """\
  - name: the task decides
    until: +35 days
    cases:
      - name: done
        days: [{on: +21 days, did: [{action: notice/task, outcome: done}]}]
        never: [push]
      - {name: open, expect: [push]}
"""
    assert messages(judged(tmp_path / "w", tests, asking)) == []


def test_an_outcome_of_what_was_not_issued_fails(tmp_path: Path) -> None:
    tests = """\
  - name: too early
    days: [{on: +1 days, did: [{action: notice/task, outcome: done}]}]
"""
    expected = "`notice/task` cannot be done: no such action was issued before 2026-03-03"
    assert messages(judged(tmp_path / "w", tests)) == [expected]


def test_only_refuses_what_is_not_expected(tmp_path: Path) -> None:
    tests = "  - {name: only the email, until: +11 days, only: true, expect: [notice/email]}\n"
    (found,) = messages(judged(tmp_path / "w", tests))
    assert found.startswith("only what is expected; but also got `notice/task` issued, due on")


def test_a_text_is_looked_for_in_the_letter(tmp_path: Path) -> None:
    playbook = RENEWAL.replace("- email: {owner: csm}\n", "- email: {owner: csm, message: hello}\n")
    playbook += "messages: {hello: {en: {subject: 'For {{ account_name }}', body: "
    playbook += "'Ends in {{ days_left }} days.'}}}\n"
    tests = """\
  - name: the letter
    until: +11 days
    cases:
      - {name: good, expect: [{step: notice, text: Ends in 30 days}]}
      - {name: bad, expect: [{step: notice, kind: email, text: Ends in 29 days}]}
"""
    (found,) = messages(judged(tmp_path / "w", tests, playbook))
    assert found.endswith("'For The account Ends in 30 days.'")


def test_a_row_is_named_by_its_fields(tmp_path: Path) -> None:
    tests = NOTICE + "    cases: [{account: {csm: Ana, arr: 5}}, {name: two}]\n"
    names = [verdict.case.name for verdict in judged(tmp_path / "w", tests)]
    assert names == ["the notice goes out [csm Ana, arr 5]", "the notice goes out [two]"]


def test_a_failure_says_what_came_instead_and_why(root: Path) -> None:
    found = tenure("test", "--workspace", root)
    assert found.exit_code == 1
    code = "test-failed"
    assert f"error[{code}]: the notice is late: expected `notice` of kind email" in found.stdout
    assert "got `notice/email` issued, due on 2026-03-12 for Ana" in found.stdout
    assert "--> tests/renewal.test.yaml:11:9" in found.stdout
    assert "to enrol" in found.stdout
    assert "true     for: status == 'active'" in found.stdout
    assert found.stderr == "2 tests: 1 failed\n"


def test_the_formats_say_the_same(root: Path) -> None:
    data = json.loads(tenure("test", "--workspace", root, "--format", "json").stdout)
    assert (data["tests"], data["failed"]) == (2, 1)
    (difference,) = data["cases"][1]["differences"]
    assert difference["line"] == 11
    xml = tenure("test", "--workspace", root, "--format", "junit").stdout
    suites = ET.fromstring(xml)
    assert suites.attrib == {"tests": "2", "failures": "1"}
    (failure,) = suites.iter("failure")
    assert failure.attrib["message"] == f"the notice is late: {difference['message']}"
    github = tenure("test", "--workspace", root, "--format", "github").stdout
    assert github.startswith("::error file=tests/renewal.test.yaml,line=11")


def test_tests_are_chosen_by_name_playbook_and_path(root: Path) -> None:
    assert tenure("test", "--workspace", root, "-k", "goes out").exit_code == 0
    assert tenure("test", "--workspace", root, "-k", "nothing").exit_code == 2
    assert tenure("test", "--workspace", root, "--playbook", "renewl").exit_code == 2
    assert tenure("test", root / "tests", "--workspace", root, "-k", "late").exit_code == 1


def test_names_that_are_not_there_are_problems_with_the_nearest(tmp_path: Path) -> None:
    tests = """\
  - name: slips
    account: {helth_score: 5}
    days: [{on: 2026-02-01, did: [{action: notise/task, outcome: done}]}]
    expect: [notice/emial, {step: psh}]
    ends: renewd
"""
    assert problems_of(tmp_path / "w", tests) == [
        "5 unknown-field: did you mean `health_score`?",
        "6 bad-date: let the test start earlier",
        "6 unknown-step: did you mean `notice`?",
        "7 unknown-action: did you mean `email`?",
        "7 unknown-step: did you mean `push`?",
        "8 unknown-state: did you mean `renewed`?",
    ]


def test_values_must_be_possible(tmp_path: Path) -> None:
    tests = "  - {name: values, account: {status: activ, renewal_date: soon, arr: many}}\n"
    assert problems_of(tmp_path / "w", tests) == [
        "4 unknown-value: did you mean `active`?",
        "4 bad-date: write a date such as 2026-03-31, or a time such as `+30 days`",
        "4 wrong-type: write a number, or `missing` for no value",
    ]


def test_values_in_another_form_are_said_as_they_are_written(tmp_path: Path) -> None:
    tests = """\
  - name: forms
    account:
      arr: '80'
      health_score: 0,8
      auto_renew: nein
      escalated: maybe
"""
    assert problems_of(tmp_path / "w", tests) == [
        "6 wrong-type: write 80, without quotes",
        "7 wrong-type: write 0.8",
        "8 wrong-type: write false",
        "9 wrong-type: write `true` or `false`, or `missing` for no value",
    ]


def test_the_last_day_is_not_before_the_first(tmp_path: Path) -> None:
    tests = "  - {name: back, starts: 2026-03-10, until: 2026-03-09, never: [notice]}\n"
    assert problems_of(tmp_path / "w", tests) == ["4 bad-date: correct one of the two"]


def test_actions_of_an_unknown_step_are_one_problem(tmp_path: Path) -> None:
    tests = "  - {name: slip, expect: [{step: notise, action: email}]}\n"
    assert problems_of(tmp_path / "w", tests) == ["4 unknown-step: did you mean `notice`?"]


def test_two_tests_of_one_name_are_a_problem(tmp_path: Path) -> None:
    (found,) = problems_of(tmp_path / "w", NOTICE + NOTICE)
    assert found == "9 repeated-id: give one another name"


HOLDOUT = RENEWAL.replace("timeline:", "holdout: {share: 10 %}\ntimeline:")


def test_a_test_says_if_its_account_is_held_out(tmp_path: Path) -> None:
    held = """\
  - name: nothing reaches an account that is held out
    held_out: true
    until: +40 days
    expect:
      - {step: notice, kind: email, status: held_out}
      - {step: notice, kind: task, status: held_out}
      - {step: push, status: held_out}
    never: [notice, push]
"""
    verdicts = judged(tmp_path / "w", held + NOTICE, HOLDOUT)
    assert messages(verdicts) == []


def test_held_out_needs_a_holdout(tmp_path: Path) -> None:
    tests = "  - {name: x, held_out: true, never: [notice]}\n"
    [problem] = problems_of(tmp_path / "w", tests)
    assert problem.startswith("4 missing-key: add a line such as `holdout: {share: 10 %}`")
