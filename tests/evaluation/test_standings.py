"""Playbooks that look at each other: who moves first, what the reader sees, and what is refused at load."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.one_account import DAY, MONDAY, row, text
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.core.problems import Problems
from tenure.engine.project.loading import Project, load_project, read_project
from tenure.engine.runs.running import preview, run
from tenure.engine.store import Reader

CONTRACT = """\
timeline:
  anchor: renewal_date
  steps:
    - {id: notice, at: -30 days}
    - {id: grace, at: 0 days}
  outcomes:
    renewed: {when: renewal_date > anchor + 60 days}
    lapsed: {at: 10 days}
"""
ASKING = """\
machine:
  again: opened_on < today
  initial: waiting
  states:
    - {id: waiting}
    - {id: seen, final: true, do: [{task: {owner: csm}}]}
  transitions:
    - {from: waiting, to: seen, when: "%s"}
"""
AT_ONCE = """\
machine:
  initial: s
  states:
    - {id: s, do: [{task: {owner: csm, when: "%s"}}]}
    - {id: e, final: true}
  transitions: [{from: s, to: e, when: vip}]
"""
HELD = """\
triggers:
  open: [{id: drop, when: health_score < 70}]
  steps: [{id: call, at: 2 days}]
"""
HOT = """\
fields:
  hot:
    type: boolean
    title: Hot
    derive: [{when: stands_in('contract'), then: true}]
"""


def seen(root: Path) -> list[str]:
    """On which dates which playbook issued something; a machine that opens again may do so twice on one."""
    rows = Reader(root / "store").ledger().iter_rows(named=True)
    return sorted({f"{r['evaluated_on']} {r['playbook']}/{r['step']}" for r in rows})


def two(root: Path, asks: str, reader: str = "a_reader", schedule: str = "0 6 * * *") -> Path:
    """`contract`, and a playbook that waits for an answer of it; its id may sort before or behind."""
    playbooks = {
        "contract": text(CONTRACT, schedule, id="contract"),
        reader: text(ASKING % asks, id=reader),
    }
    return workspace(root, playbooks)


def lived(root: Path, days: int, renewal: dt.date, every: int = 1) -> Path:
    """Runs day by day; the account renews on the date given."""
    snapshot(root, MONDAY, [row(renewal_date=renewal)])
    for n in range(0, days, every):
        run(load_project(root), MONDAY + n * DAY)
    return root


@pytest.mark.parametrize("reader", ["a_reader", "z_reader"])
def test_a_step_is_seen_on_the_date_it_is_reached_whatever_the_ids(
    tmp_path: Path, reader: str
) -> None:
    root = two(tmp_path / "w", "stands_in('contract/grace')", reader)
    lived(root, 6, MONDAY + 4 * DAY)
    assert seen(root)[0] == f"2026-03-06 {reader}/seen"


@pytest.mark.parametrize(
    ("asks", "first"),
    [
        # 30 days before 2026-03-07 is 2026-02-05: the first run opens the cycle and passes the notice.
        ("stands_in('contract')", "2026-03-02"),
        ("stands_in('contract/notice')", "2026-03-02"),
        ("stands_in('contract/grace', 'contract/notice')", "2026-03-02"),
        ("not stands_in('contract/notice')", "2026-03-07"),
        ("stands_in('contract/grace')", "2026-03-07"),
        ("days_since(standing_since('contract/grace')) == 3", "2026-03-10"),
        ("standing_since('contract') < today", "2026-03-03"),
        # Ten days after the 7th it has lapsed: no longer enrolled, but that is where it stands.
        ("not stands_in('contract')", "2026-03-17"),
        ("stands_in('contract/lapsed')", "2026-03-17"),
        ("standing_since('contract') is missing", "2026-03-17"),
        ("standing_since('contract/renewed', 'contract/lapsed') <= today - 2 days", "2026-03-19"),
    ],
)
def test_what_is_asked_is_answered_from_its_date_on(tmp_path: Path, asks: str, first: str) -> None:
    root = two(tmp_path / "w", asks)
    days = (dt.date.fromisoformat(first) - MONDAY).days + 1
    lived(root, days, MONDAY + 5 * DAY)
    assert seen(root)[0] == f"{first} a_reader/seen"


def test_before_its_first_step_an_account_stands_in_enrolled(tmp_path: Path) -> None:
    playbooks = {"held": text(HELD, id="held"), "p": text(AT_ONCE % "stands_in('held/enrolled')")}
    root = workspace(tmp_path / "w", playbooks)
    snapshot(root, MONDAY, [row(health_score=60)])
    run(load_project(root), MONDAY)
    assert seen(root) == ["2026-03-02 p/s"]


def test_a_playbook_that_is_not_due_is_seen_in_its_last_state(tmp_path: Path) -> None:
    """`contract` moves on Mondays only: grace, due on Wednesday, is reached on the Monday after."""
    root = two(tmp_path / "w", "stands_in('contract/grace')", schedule="0 6 * * 1")
    lived(root, 9, MONDAY + 2 * DAY)
    assert seen(root) == ["2026-03-09 a_reader/seen", "2026-03-10 a_reader/seen"]


def test_a_new_cycle_ends_what_was_so_of_the_one_before(tmp_path: Path) -> None:
    root = two(tmp_path / "w", "stands_in('contract/lapsed')")
    lived(root, 12, MONDAY)
    assert seen(root) == ["2026-03-12 a_reader/seen", "2026-03-13 a_reader/seen"]
    snapshot(root, MONDAY + 12 * DAY, [row(renewal_date=MONDAY + 20 * DAY)])
    for n in range(12, 15):
        run(load_project(root), MONDAY + n * DAY)
    assert len(seen(root)) == 2


def test_conditions_that_are_never_unknown_are_not_counted(tmp_path: Path) -> None:
    root = two(tmp_path / "w", "stands_in('contract/lapsed')")
    snapshot(root, MONDAY, [row(renewal_date=None)])
    counts = run(load_project(root), MONDAY).counts
    told = counts.filter(what="cannot_tell", playbook="a_reader")
    assert told.is_empty()


def test_a_date_that_is_missing_is_unknown(tmp_path: Path) -> None:
    root = two(tmp_path / "w", "standing_since('contract/lapsed') < today")
    snapshot(root, MONDAY, [row(renewal_date=None)])
    counts = run(load_project(root), MONDAY).counts
    told = counts.filter(what="cannot_tell", playbook="a_reader")
    assert told["field"].to_list() == ["standing_since('contract/lapsed')"]


def test_a_suppression_sees_where_everybody_came_to(tmp_path: Path) -> None:
    grace = CONTRACT.replace("at: 0 days}", "at: 0 days, do: [{email: {owner: csm}}]}")
    settings = SETTINGS.replace("status == 'lapsed'", "stands_in('p/seen')")
    playbooks = {"contract": text(grace, id="contract")}
    playbooks["p"] = text(ASKING % "stands_in('contract/grace')")
    root = workspace(tmp_path / "w", playbooks, settings)
    lived(root, 1, MONDAY)
    rows = Reader(root / "store").ledger()
    held = {r["playbook"]: r["status"] for r in rows.iter_rows(named=True)}
    assert held == {"contract": "postponed", "p": "issued"}


def test_preview_looks_ahead_through_both(tmp_path: Path) -> None:
    root = two(tmp_path / "w", "stands_in('contract/grace')")
    snapshot(root, MONDAY, [row(renewal_date=MONDAY + 4 * DAY)])
    found = preview(load_project(root), MONDAY, until=MONDAY + 5 * DAY).entries
    assert set(found["evaluated_on"]) == {MONDAY + 4 * DAY, MONDAY + 5 * DAY}


def test_a_step_that_moved_is_seen_under_its_new_name(tmp_path: Path) -> None:
    root = two(tmp_path / "w", "stands_in('contract/respite')")
    contract = root / "playbooks" / "contract.yaml"
    asking = root / "playbooks" / "a_reader.yaml"
    after = asking.read_text("utf-8")
    asking.write_text(after.replace("respite", "grace"), "utf-8")
    lived(root, 1, MONDAY)
    asking.write_text(after, "utf-8")
    renamed = contract.read_text("utf-8").replace("id: grace", "id: respite")
    contract.write_text(renamed + "moved: {grace: respite}\n", "utf-8")
    run(load_project(root), MONDAY + DAY)
    assert seen(root) == ["2026-03-02 a_reader/seen", "2026-03-03 a_reader/seen"]


# What is wrong with what is asked


def told(root: Path) -> list[tuple[str, str | None, str | None]]:
    return [(p.code, p.span.file if p.span else None, p.hint) for p in read_project(root).problems]


def good(root: Path) -> list[str]:
    return [playbook.id for playbook in load_project(root).playbooks]


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("for: stands_in('contrct')", "unknown-playbook"),
        ("for: stands_in('contract/grase')", "unknown-step"),
        ("define: {late: stands_in('contract/grase')}", "unknown-step"),
        ("define: {late: \"standing_since('contract/grase') < today\"}", "unknown-step"),
    ],
)
def test_what_is_not_there_is_an_error_wherever_it_is_asked(
    tmp_path: Path, where: str, code: str
) -> None:
    body = ASKING % "vip"
    playbook = text(body).replace("for: status == 'active'", where)
    if where.startswith("define"):
        playbook = text(body) + where + "\n"
    root = workspace(tmp_path / "w", {"contract": text(CONTRACT, id="contract"), "p": playbook})
    hint = "did you mean `contract`?" if code == "unknown-playbook" else None
    found = told(root)
    assert [(c, f) for c, f, _ in found] == [(code, "playbooks/p.yaml")]
    assert found[0][2] == (hint or "did you mean `contract/grace`?")
    assert good(root) == ["contract"]


@pytest.mark.parametrize(
    "body",
    [
        "timeline:\n  anchor: standing_since('contrct')\n  steps: [{id: s, at: 0 days}]\n",
        "timeline:\n  anchor: renewal_date\n  steps: [{id: s, at: 0 days, wait_for: stands_in('contrct')}]\n",
        "timeline:\n  anchor: renewal_date\n  steps: [{id: s, at: 0 days, when: stands_in('contrct')}]\n",
        "timeline:\n  anchor: renewal_date\n"
        "  steps: [{id: s, at: [{when: stands_in('contrct'), then: -1 days}, 0 days]}]\n",
        "timeline:\n  anchor: renewal_date\n  steps: [{id: s, at: 0 days}]\n"
        "  outcomes: {over: {when: stands_in('contrct')}}\n",
        "timeline:\n  anchor: renewal_date\n"
        "  steps: [{id: s, at: 0 days, do: [{task: {when: stands_in('contrct')}}]}]\n",
        "triggers:\n  open: [{id: o, when: stands_in('contrct'), rearm: not vip}]\n  steps: [{id: s, at: 0 days}]\n",
        "triggers:\n  open: [{id: o, when: vip, rearm: stands_in('contrct')}]\n  steps: [{id: s, at: 0 days}]\n",
        "tiers:\n  levels: [{id: s, when: stands_in('contrct')}]\n",
        "anniversaries:\n  of: signup_date\n  years: [{id: s, year: 1, when: stands_in('contrct')}]\n",
    ],
)
def test_it_is_found_in_every_condition_of_every_body(tmp_path: Path, body: str) -> None:
    root = workspace(tmp_path / "w", {"contract": text(CONTRACT, id="contract"), "p": text(body)})
    assert [code for code, _, _ in told(root)] == ["unknown-playbook"]


def test_a_suppression_that_asks_for_what_is_not_there_stops_the_run(tmp_path: Path) -> None:
    settings = SETTINGS.replace("status == 'lapsed'", "stands_in('p/seem')")
    root = workspace(tmp_path / "w", {"p": text(ASKING % "vip")}, settings)
    with pytest.raises(Problems) as raised:
        load_project(root)
    [problem] = raised.value.problems
    assert (problem.code, problem.hint) == ("unknown-step", "did you mean `p/seen`?")


def circle(root: Path, *reads: str) -> Project:
    """Playbooks `p0`, `p1`, ... of which each asks for the one named."""
    asking = [f"stands_in('{other}')" for other in reads]
    playbooks = {f"p{n}": text(ASKING % asks, id=f"p{n}") for n, asks in enumerate(asking)}
    return load_project(workspace(root, playbooks))


def test_a_circle_is_named_and_only_those_in_it_are_bad(tmp_path: Path) -> None:
    project = circle(tmp_path / "w", "p1", "p2", "p0", "p1", "p3")
    messages = [problem.message.partition(":")[0] for problem in project.errors]
    assert {problem.code for problem in project.errors} == {"playbook-circle"}
    assert messages == [
        "`p0` reads `p1` reads `p2` reads `p0`",
        "`p1` reads `p2` reads `p0` reads `p1`",
        "`p2` reads `p0` reads `p1` reads `p2`",
    ]
    assert [playbook.id for playbook in project.playbooks] == ["p3", "p4"]


def test_a_playbook_does_not_ask_for_itself(tmp_path: Path) -> None:
    [problem] = circle(tmp_path / "w", "p0").errors
    assert problem.code == "playbook-circle"
    assert "`p0` itself" in problem.message


@pytest.mark.parametrize(
    ("broken", "asks", "found"),
    [
        # One bad condition: its steps are there for all to see.
        ("  again: nowhere == 3\n", "stands_in('contract/watching')", []),
        ("  again: nowhere == 3\n", "stands_in('contract/watshing')", ["unknown-step"]),
        # A key too many: what its steps are meant to be is not known, its id is.
        ("  agein: vip\n", "stands_in('contract/anything')", []),
        ("  agein: vip\n", "stands_in('contrct')", ["unknown-playbook"]),
        # No YAML: it may be any playbook.
        ("  again: [\n", "stands_in('contrct/anything')", []),
    ],
)
def test_of_a_file_with_errors_only_what_is_true_is_said(
    tmp_path: Path, broken: str, asks: str, found: list[str]
) -> None:
    body = (
        "machine:\n  initial: watching\n  states: [{id: watching}, {id: over, final: true}]\n"
        "  transitions: [{from: watching, to: over, when: vip}]\n"
    )
    playbooks = {"contract": text(body + broken, id="contract"), "p": text(ASKING % asks)}
    root = workspace(tmp_path / "w", playbooks)
    assert [code for code, file, _ in told(root) if file == "playbooks/p.yaml"] == found


def test_a_reader_whose_playbook_is_removed_is_refused(tmp_path: Path) -> None:
    root = two(tmp_path / "w", "stands_in('contract/grace')")
    lived(root, 1, MONDAY)
    (root / "playbooks" / "contract.yaml").unlink()
    assert [(code, file) for code, file, _ in told(root)] == [
        ("unknown-playbook", "playbooks/a_reader.yaml")
    ]


def test_a_bad_playbook_is_seen_in_its_last_state(tmp_path: Path) -> None:
    root = two(tmp_path / "w", "stands_in('contract/grace')")
    lived(root, 1, MONDAY)
    path = root / "playbooks" / "contract.yaml"
    path.write_text(path.read_text("utf-8").replace("at: 10 days", "at: soon"), "utf-8")
    run(load_project(root), MONDAY + DAY)
    assert seen(root) == ["2026-03-02 a_reader/seen", "2026-03-03 a_reader/seen"]


def test_a_field_cannot_follow_from_a_playbook(tmp_path: Path) -> None:
    root = two(tmp_path / "w", "vip")
    (root / "fields.yaml").write_text(HOT, "utf-8")
    assert [code for code, _, _ in told(root)] == ["name-not-here"]


def test_validate_of_one_file_looks_at_the_others(tmp_path: Path) -> None:
    root = two(tmp_path / "w", "stands_in('contract/grase')")
    file = str(root / "playbooks" / "a_reader.yaml")
    result = CliRunner().invoke(main, ["validate", "--workspace", str(root), file])
    assert result.exit_code == 1
    assert "unknown-step" in result.output
    fine = str(root / "playbooks" / "contract.yaml")
    assert CliRunner().invoke(main, ["validate", "--workspace", str(root), fine]).exit_code == 0


def test_explain_says_where_the_account_stands_in_the_other(tmp_path: Path) -> None:
    root = lived(two(tmp_path / "w", "stands_in('contract/grace')"), 3, MONDAY + 5 * DAY)
    args = ["explain", "a", "--workspace", str(root), "--on", "2026-03-04"]
    shown = CliRunner().invoke(main, [*args, "--playbook", "a_reader"]).output
    assert "false    if: stands_in('contract/grace')" in shown
    assert "in contract/notice since 2026-03-02" in shown
