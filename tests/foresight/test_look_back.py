"""`tenure simulate --back`, `--set` and `--sweep`: the past again, how good rules are, and values tried."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from support.workspaces import RENEWAL, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.foresight.replay_text import replay_text
from tenure.engine.foresight.rule_quality import RuleQuality, best_rules, measure_rules
from tenure.engine.foresight.rules import read_rule
from tenure.engine.metrics.request import make_request
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

DAY = dt.timedelta(days=1)
BEGIN, TODAY = dt.date(2025, 11, 3), dt.date(2026, 3, 2)
FIRST_RUN = TODAY - 12 * DAY
DAYS = [
    on
    for on in (BEGIN + at * DAY for at in range((TODAY - BEGIN).days + 1))
    if on >= FIRST_RUN or (on - BEGIN).days % 5 == 0
]
"""The days with a snapshot."""
ENDS = [dt.date(2026, 1, 10) + 3 * n * DAY for n in range(10)]
LOST = {1, 4, 7}
LOW = {1, 4, 5}
UNKNOWN = 2
FALLS_LATE = 7
"""Its score falls ten days before the end of its term."""
AT_RISK = RENEWAL.replace("timeline:", "define:\n  at_risk: health_score < 70\ntimeline:").replace(
    "at: -7 days,", "at: -7 days, when: at_risk,"
)


def life(number: int, on: dt.date) -> dict[str, Any]:
    """An account on a day: it is renewed for a year, or lapses, on the day after its term."""
    end = ENDS[number]
    over, lost = on > end, number in LOST
    low = number in LOW or (number == FALLS_LATE and on >= end - 10 * DAY)
    return {
        "account_id": f"a{number}",
        "account_name": f"Firm {number}",
        "status": "lapsed" if over and lost else "active",
        "renewal_date": end.replace(year=2027) if over and not lost else end,
        "csm": "Ana",
        "arr": 12000,
        "health_score": "" if number == UNKNOWN else 50 if low else 60 + 5 * (number % 5),
    }


def others(on: dt.date) -> list[dict[str, Any]]:
    """Accounts whose terms end in the weeks to come."""
    return [
        {
            **life(0, on),
            "account_id": f"b{n}",
            "renewal_date": TODAY + 2 * n * DAY,
            "health_score": 55 + 3 * n,
        }
        for n in range(12)
    ]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = workspace(tmp_path_factory.mktemp("past") / "w", {"renewal": AT_RISK})
    for on in DAYS:
        snapshot(root, on, [*(life(n, on) for n in range(10)), *others(on)])
    for at in range(13):
        run(load_project(root), FIRST_RUN + at * DAY)
    return root


def simulate(root: Path, *args: str, code: int = 0) -> Result:
    given = ("--workspace", str(root), "--on", TODAY.isoformat(), "--today", TODAY.isoformat())
    result = CliRunner().invoke(main, ["simulate", *given, *args])
    assert result.exit_code == code, result.output
    return result


def found(root: Path, *args: str) -> dict[str, Any]:
    value = json.loads(simulate(root, *args, "--format", "json").stdout)
    assert isinstance(value, dict)
    return value


def came(root: Path) -> Counter[str]:
    """The actions of the runs' days by step, out of the ledger."""
    counts = Counter[str]()
    for row in Reader(root / "store").ledger().iter_rows(named=True):
        on = row["contact_on"] or row["planned_on"] or row["due_on"]
        if row["status"] in ("issued", "postponed") and FIRST_RUN <= on <= TODAY:
            counts[row["step"]] += 1
    return counts


def test_the_same_playbooks_would_have_done_what_was_done(lived: Path) -> None:
    steps = found(lived, "--back", "12d")["steps"]
    counts = {row["step"]: row["did"] for row in steps}
    assert counts == came(lived)
    assert counts
    assert all(row["would"] == row["did"] == row["both"] for row in steps)


def test_days_before_are_evaluated_first_from_the_first_run_on(lived: Path) -> None:
    """Where nothing was edited, a part of the days of the runs has what the ledger has of them."""
    past = found(lived, "--back", "5d")
    assert past["begun"] == FIRST_RUN.isoformat()
    assert past["steps"]
    assert all(row["would"] == row["did"] == row["both"] for row in past["steps"])
    text = simulate(lived, "--back", "5d").stdout
    assert f"The days from {FIRST_RUN} on were evaluated first" in text


def test_days_before_the_first_run_begin_with_earlier_snapshots_where_there_was_none(
    lived: Path, tmp_path: Path
) -> None:
    never = Path(shutil.copytree(lived, tmp_path / "never"))
    for folder in ("store", ".tenure"):
        shutil.rmtree(never / folder, ignore_errors=True)
    begun = dt.date.fromisoformat(found(never, "--back", "12d")["begun"])
    assert begun == min(on for on in DAYS if on >= FIRST_RUN - 92 * DAY)
    assert found(lived, "--back", "20d")["begun"] == (TODAY - 20 * DAY).isoformat()


def test_an_edited_playbook_would_have_done_what_runs_with_it_do(
    lived: Path, tmp_path: Path
) -> None:
    edited = Path(shutil.copytree(lived, tmp_path / "edited"))
    file = edited / "playbooks" / "renewal.yaml"
    file.write_text(file.read_text("utf-8").replace("at: -7 days", "at: -12 days"), "utf-8")
    steps = {row["step"]: row for row in found(edited, "--back", "12d")["steps"]}
    assert {step: row["did"] for step, row in steps.items() if row["did"]} == came(lived)
    again = Path(shutil.copytree(edited, tmp_path / "again"))
    for folder in ("store", ".tenure"):
        shutil.rmtree(again / folder, ignore_errors=True)
    for at in range(13):
        run(load_project(again), FIRST_RUN + at * DAY)
    would = {step: row["would"] for step, row in steps.items() if row["would"]}
    assert would == came(again) != came(lived)


def flagged(days_before: int, below: int = 70) -> set[int]:
    """The accounts whose score was below a number, some days before the end of their term."""
    days = [(n, ENDS[n] - days_before * DAY) for n in range(10)]
    read = [(n, max(on for on in DAYS if on <= day)) for n, day in days]
    scores = [(n, life(n, on)["health_score"]) for n, on in read]
    return {n for n, score in scores if score != "" and score < below}


def measured(root: Path, rule: str, days_before: int) -> RuleQuality:
    project = load_project(root)
    request = make_request(project, TODAY, TODAY - 70 * DAY, TODAY)
    (quality,) = measure_rules(request, [read_rule(project, rule)], days_before)
    return quality


@pytest.mark.parametrize("days_before", [30, 5])
@pytest.mark.parametrize("rule", ["renewal.define.at_risk", "health_score < 70"])
def test_a_rule_is_measured_on_terms_that_ended(lived: Path, rule: str, days_before: int) -> None:
    quality = measured(lived, rule, days_before)
    low = flagged(days_before)
    caught = len(low & LOST)
    assert (FALLS_LATE in low) == (days_before == 5)
    assert (quality.terms, quality.lost, quality.flagged, quality.caught) == (
        10,
        3,
        len(low),
        caught,
    )
    assert (quality.unknown, quality.unseen) == (1, 0)
    assert quality.precision == pytest.approx(caught / len(low))
    assert quality.recall == pytest.approx(caught / 3)
    assert quality.lift == pytest.approx((caught / len(low)) / (3 / 10))


def test_it_says_that_it_is_a_correlation_and_gives_intervals(lived: Path) -> None:
    text = replay_text(None, [measured(lived, "health_score < 70", 30)], 30, "table")
    assert "This is a correlation" in text
    # Two of three lost were flagged: Wilson, 0.2077 to 0.9385.
    assert "67 % (21 % to 94 %)" in text


def test_terms_without_a_snapshot_of_then_are_left_out(lived: Path) -> None:
    quality = measured(lived, "health_score < 70", 80)
    unseen = sum(end - 80 * DAY < BEGIN for end in ENDS)
    assert unseen
    assert (quality.terms, quality.unseen) == (10 - unseen, unseen)


def test_definitions_that_tell_accounts_apart_are_measured_by_themselves(lived: Path) -> None:
    project = load_project(lived)
    request = make_request(project, TODAY, TODAY - 70 * DAY, TODAY)
    assert [each.rule for each in best_rules(request, 30)] == ["renewal.define.at_risk"]


def test_a_sweep_is_each_value_set_alone(lived: Path) -> None:
    given = ("--until", "+14d", "--days-before", "30")
    rows = found(lived, "--sweep", "at_risk.health_score=60..80:20", *given)["values"]
    assert [row["value"] for row in rows] == ["60", "80"]
    actions = []
    for row in rows:
        change = f"renewal.define.at_risk=health_score < {row['value']}"
        alone = found(lived, "--set", change, *given)
        actions.append(sum(week["actions"] for week in alone["weeks"]))
        low = flagged(30, int(row["value"]))
        assert (row["flagged"], row["lost"], row["caught"]) == (len(low), 3, len(low & LOST))
    assert [row["actions"] for row in rows] == actions
    assert actions == sorted({*actions}), "more accounts are at risk below a higher score"


def test_a_setting_of_any_file_can_be_swept(lived: Path) -> None:
    given = ("--sweep", "tenure.contact_policy.at_most.1.contacts=1..2", "--until", "+10d")
    assert [row["value"] for row in found(lived, *given)["values"]] == ["1", "2"]
    step = ("--sweep", "renewal.timeline.steps.notice.do.2.task.due=5..6", "--until", "+1d")
    error = simulate(lived, *step, code=1).stderr
    assert (
        "in `--set renewal.timeline.steps.notice.do.2.task.due=5`, playbooks/renewal.yaml:" in error
    )


def test_the_page_of_a_sweep_has_plots(lived: Path) -> None:
    given = ("--sweep", "renewal.at_risk.health_score=60..80:20", "--until", "+3d")
    page = simulate(lived, *given, "--format", "html").stdout
    assert page.count('<svg class="chart"') == 2


def test_a_changed_setting_is_stated_and_no_file_changes(lived: Path) -> None:
    before = (lived / "playbooks" / "renewal.yaml").read_bytes()
    change = "renewal.define.at_risk=status == 'active'"
    text = simulate(lived, "--set", change, "--until", "+1d").stdout
    assert "renewal.define.at_risk is status == 'active'" in text
    assert (lived / "playbooks" / "renewal.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--set", "renewl.define.at_risk=health_score < 5"), "did you mean `renewal`?"),
        (("--set", "renewal.define.at_rsk=health_score < 5"), "did you mean `at_risk`?"),
        (("--set", "renewal.define.at_risk"), "a setting and its value are needed"),
        (("--set", "renewal=5"), "it names no setting of the playbook"),
        (("--set", "renewal.define.at_risk=helth_score < 5"), "health_score"),
        (("--sweep", "at_risk.health_score=60"), "write the first and last value and the step"),
        (("--sweep", "at_risk.health_score=60..80:0"), "it has 0 values"),
        (("--sweep", "at_risk.health_score=0..1000:1"), "between 1 and 50"),
        (("--sweep", "at_risk.arr=60..80:5"), "does not compare `arr` with a number"),
        (("--sweep", "at_rsk.arr=60..80:5"), "did you mean `at_risk`?"),
        (("--back", "40d", "--rule", "renewal.define.at_rsk"), "did you mean `at_risk`?"),
        (("--back", "40d", "--rule", "renewl.define.at_risk"), "did you mean `renewal`?"),
        (("--back", "40d", "--rule", "health_score <"), "in `--rule`"),
        (("--back", "40d", "--rule", "health_score"), "health_score"),
        (("--back", "40d", "--rule", "changed(health_score)"), "one snapshot does not have"),
        (("--back", "10d", "--rule", "health_score < 5"), "no term that ended between"),
    ],
)
def test_what_cannot_be_used_is_an_error(lived: Path, args: tuple[str, ...], says: str) -> None:
    assert says in simulate(lived, *args, code=1).stderr


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--rule", "health_score < 5"), "--rule needs --back or --sweep"),
        (("--back", "40d", "--until", "+5d"), "--until is about days to come"),
        (("--back", "40d", "--assume", "renewal=5 %"), "--assume is about days to come"),
        (("--back", "soon"), "neither a date nor days; write 2026-03-02 or 365d."),
        (("--back", "2026-03-02"), "2026-03-02 is not before 2026-03-02"),
    ],
)
def test_wrong_usage_says_what_to_write(lived: Path, args: tuple[str, ...], says: str) -> None:
    assert says in simulate(lived, *args, code=2).stderr
