"""Levels of `tiers` as other playbooks see them: whatever state of the level an account is in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from support.lives import DAY, Lives
from support.one_account import MONDAY, row, text
from support.playbook_texts import with_body
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.reports.explain_text import explanation_text
from tenure.engine.reports.explanation import explain_account
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

LOYALTY = """\
tiers:
  since: signup_date
  levels:
    - {id: silver, after: 10 days}
    - {id: gold, after: 20 days, when: health_score >= 70}
    - {id: platinum, after: 40 days, when: vip}
  notice: {before: 5 days, do: [{task: {owner: csm, shift: none}}]}
  downgrade: one level
  below_for: 6 days
"""
ASKING = """\
machine:
  again: opened_on < today
  initial: waiting
  states:
    - {id: waiting}
    - {id: seen, final: true, do: [{task: {owner: csm, shift: none}}]}
  transitions:
    - {from: waiting, to: seen, when: "%s"}
"""


def lived(root: Path, asks: Mapping[str, str], days: int = 50) -> Path:
    """The account is in no level until day 10, silver (announced on the 15th) until 20, and gold until it has been
    below for 6 days from day 38 on (below before that on days 26 to 29, and announced on the 35th)."""
    asking = {id: text(ASKING % condition, id=id) for id, condition in asks.items()}
    workspace(root, {"loyalty": text(LOYALTY, id="loyalty"), **asking})
    for n in range(days):
        score = 60 if 26 <= n < 30 or n >= 38 else 80
        snapshot(root, MONDAY + n * DAY, [row(signup_date=MONDAY, health_score=score)])
        run(load_project(root), MONDAY + n * DAY)
    return root


ASKED: dict[str, list[int]] = {
    "stands_in('loyalty/silver')": [*range(10, 20), *range(44, 50)],
    "stands_in('loyalty/gold')": [*range(20, 44)],
    "stands_in('loyalty/gold_below')": [*range(26, 30), *range(38, 44)],
    "stands_in('loyalty/gold_notified')": [*range(35, 38)],
    "stands_in('loyalty/enrolled')": [*range(10)],
    "stands_in('loyalty') and not stands_in('loyalty/gold')": [*range(20), *range(44, 50)],
    "days_since(standing_since('loyalty/gold')) == 12": [32],
    "days_since(standing_since('loyalty/gold')) between 17 and 19": [37, 38, 39],
    "days_since(standing_since('loyalty/silver')) == 7": [17],
}


def test_a_level_is_all_of_its_states(tmp_path: Path) -> None:
    asks = {f"asking_{n}": condition for n, condition in enumerate(ASKED)}
    ledger = Reader(lived(tmp_path / "w", asks) / "store").ledger()
    seen = {
        condition: sorted({(on - MONDAY).days for on in ledger.filter(playbook=id)["due_on"]})
        for id, condition in asks.items()
    }
    assert seen == ASKED


def test_the_contact_policy_sees_levels_too(tmp_path: Path) -> None:
    rule = "  suppress: [{when: stands_in('loyalty/gold'), reason: is gold}]\n"
    head, _, _ = SETTINGS.partition("  suppress:")
    asks = (ASKING % "stands_in('loyalty/gold')").replace("task: {owner", "email: {owner")
    root = workspace(
        tmp_path / "w",
        {"loyalty": text(LOYALTY, id="loyalty"), "asking": text(asks, id="asking")},
        head + rule,
    )
    snapshot(root, MONDAY, [row(signup_date=MONDAY - 37 * DAY, health_score=80, email="a@b.fr")])
    run(load_project(root), MONDAY)
    assert Reader(root / "store").states().filter(playbook="loyalty")["state"][0] == "gold_notified"
    assert Reader(root / "store").ledger().filter(playbook="asking")["status"].to_list() == [
        "postponed"
    ]


def test_the_reason_has_the_words_of_the_playbook(tmp_path: Path) -> None:
    root = workspace(
        tmp_path / "w",
        {
            "loyalty": text(LOYALTY, id="loyalty"),
            "asking": text(ASKING % "stands_in('loyalty/gold')", id="asking"),
        },
    )
    snapshot(root, MONDAY, [row(signup_date=MONDAY - 30 * DAY, health_score=80)])
    run(load_project(root), MONDAY)
    rows = Reader(root / "store").ledger().filter(playbook="asking")
    assert rows["reason"].to_list() == ["stands_in('loyalty/gold')"]


def test_explain_says_which_states_a_level_has_and_since_when_it_is_in_them(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {"asking": "stands_in('loyalty/gold') and vip"}, 29)
    project = load_project(root)
    explanation = explain_account(project, "a", MONDAY + 28 * DAY, project.playbooks)
    assert explanation is not None
    shown = explanation_text(explanation)
    assert (
        "stands_in('loyalty/gold') means stands_in('loyalty/gold', 'loyalty/gold_notified', 'loyalty/gold_below')"
        in shown
    )
    assert f"in `gold_below`, part of `gold` since {MONDAY + 20 * DAY}" in shown


def test_days_below_count_from_the_day_it_fell_each_time() -> None:
    life = Lives(with_body("tiers", LOYALTY.partition("tiers:\n")[2]))
    life.put(signup_date=MONDAY - 21 * DAY, health_score=80.0)
    life.day(MONDAY)
    reached = dt.date(2026, 3, 2)
    for n in range(1, 12):
        # Four days below, one above, and below again: six days from then.
        life.put(health_score=80.0 if n == 5 else 60.0)
        life.day(MONDAY + n * DAY)
        assert life.state() == ("gold" if n == 5 else "gold_below")
        assert life.states["entered_on"].to_list() == [reached]
    life.day(MONDAY + 12 * DAY)
    assert life.state() in ("silver", "silver_notified")
