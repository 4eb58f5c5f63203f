"""A change is one against the last known value: a gap in the data hides no event and shows none twice (rule 15)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support.days_of_one import OTHER, days, health
from support.one_account import DAY, DROP, MONDAY, text
from support.shipped import lay_out
from support.workspaces import snapshot, workspace
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader


@pytest.mark.parametrize(
    ("scores", "fired"),
    [
        ([80, 80, None, 60, 60], [3]),
        ([80, 80, "absent", 60, 60], [3]),
        ([80, None, "absent", None, "absent", 60, 60], [5]),
        ([80, "x", 60, "x", 60], [2]),
        ([80, 60, None, 60, "absent", 60], [1]),
        ([80, 60, None, 80, None, 60], [1, 5]),
        ([None, None, 60, 60], []),
        (["absent", "absent", 60, 60], []),
        ([60, None, 60], []),
        ([80, None, None, 75, None, 65], [5]),
    ],
)
def test_a_fall_fires_once_whatever_lies_between(
    tmp_path: Path, scores: list[Any], fired: list[int]
) -> None:
    root = workspace(tmp_path / "w", {"p": text(DROP)})
    assert days(root, health(*scores)) == [MONDAY + n * DAY for n in fired]


def test_a_fall_that_could_not_be_decided_is_decided_when_it_can_be(tmp_path: Path) -> None:
    worth = "crossed_below(health_score, 70) and arr > 1000"
    body = DROP.replace("crossed_below(health_score, 70)", worth)
    root = workspace(tmp_path / "w", {"p": text(body)})
    lived = [
        {"health_score": 80, "arr": 5000},
        {"health_score": 60, "arr": None},
        {"health_score": 61, "arr": None},
        {"health_score": 62, "arr": 5000},
        {"health_score": 62, "arr": 5000},
        # Undone before it can be decided: there is nothing left to see.
        {"health_score": 80, "arr": 5000},
        {"health_score": 60, "arr": None},
        {"health_score": 80, "arr": None},
        {"health_score": 80, "arr": 5000},
        # Decided, and not worth a call: it is not seen again when the account is worth one.
        {"health_score": 60, "arr": 500},
        {"health_score": 60, "arr": 5000},
    ]
    assert days(root, lived) == [MONDAY + 3 * DAY]


def test_a_change_of_an_enrolled_account_waits_too(tmp_path: Path) -> None:
    body = """\
machine:
  initial: well
  states: [{id: well}, {id: ill, do: [{task: {owner: csm}}]}]
  transitions:
    - {from: well, to: ill, when: "crossed_below(health_score, 70) and arr > 1000"}
    - {from: ill, to: well, when: "crossed_above(health_score, 70)"}
"""
    root = workspace(tmp_path / "w", {"p": text(body)})
    lived = [(80, 5000), (60, None), (60, 5000), (60, 5000), (None, 5000), (90, 5000), (90, None)]
    fired = days(root, [{"health_score": score, "arr": arr} for score, arr in lived])
    assert fired == [MONDAY + 2 * DAY]
    assert Reader(root / "store").states().filter(account_id="a")["state"].to_list() == ["well"]


BROKEN = "playbook: p\nschedul: wrong\n"


@pytest.mark.parametrize("other", [None, "crossed_below(nps_score, 0)", "health_score < 20"])
def test_a_fall_while_the_playbook_is_broken_is_seen_when_it_is_mended(
    tmp_path: Path, other: str | None
) -> None:
    whole = text(DROP)
    books = {
        "p": whole,
        "q": text(DROP.replace("crossed_below(health_score, 70)", other or "vip"), id="q"),
    }
    root = workspace(tmp_path / "w", books)
    file = root / "playbooks" / "p.yaml"
    scores = [80, 80, 60, 60, 60, 60]
    for n, score in enumerate(scores):
        file.write_text(BROKEN if n in (2, 3) else whole, "utf-8")
        rows = [OTHER, OTHER | {"account_id": "a", "health_score": score}]
        snapshot(root, MONDAY + n * DAY, [r | {"nps_score": 50, "vip": False} for r in rows])
        run(load_project(root), MONDAY + n * DAY)
    ledger = Reader(root / "store").ledger(accounts=["a"], playbooks=["p"])
    assert ledger.height == 1
    assert ledger["issued_on"].to_list() == [MONDAY + 4 * DAY]


def test_values_of_days_on_which_the_playbook_was_broken_are_known_later(tmp_path: Path) -> None:
    whole = text(
        DROP.replace("crossed_below(health_score, 70)", "change(health_score, 3 days) < -5")
    )
    root = workspace(tmp_path / "w", {"p": whole})
    file = root / "playbooks" / "p.yaml"
    for n, score in enumerate([80, 90, 80, 80, 80, 79]):
        file.write_text(BROKEN if n in (1, 2) else whole, "utf-8")
        snapshot(root, MONDAY + n * DAY, [OTHER | {"account_id": "a", "health_score": score}])
        run(load_project(root), MONDAY + n * DAY)
    # Three days before the fifth day is the second, with 90, on which the playbook was broken.
    assert Reader(root / "store").ledger()["issued_on"].to_list() == [MONDAY + 4 * DAY]


def test_a_playbook_compares_with_what_it_saw_itself(tmp_path: Path) -> None:
    """A weekly playbook misses the score on its day; a daily one has seen it fall before."""
    books = {"w": text(DROP, "0 6 * * 1", id="w"), "p": text(DROP)}
    root = workspace(tmp_path / "w", books)
    days(root, health(80, 80, 80, 60, 60, 60, 60, None, *[60] * 7))
    ledger = Reader(root / "store").ledger(accounts=["a"])
    assert dict(ledger.select("playbook", "issued_on").iter_rows()) == {
        "p": MONDAY + 3 * DAY,
        "w": MONDAY + 14 * DAY,
    }


def test_a_playbook_with_another_schedule_goes_on_from_what_it_saw(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"p": text(DROP)})
    days(root, health(80, 80))
    (root / "playbooks" / "p.yaml").write_text(text(DROP, "0 6 * * 1"), "utf-8")
    for n in range(2, 8):
        on = MONDAY + n * DAY
        snapshot(root, on, [OTHER, OTHER | {"account_id": "a", "health_score": 60}])
        run(load_project(root), on)
    assert Reader(root / "store").ledger(accounts=["a"])["issued_on"].to_list() == [
        MONDAY + 7 * DAY
    ]


def test_explain_says_of_which_day_the_last_known_value_is(tmp_path: Path) -> None:
    later = DROP.replace("crossed_below(health_score, 70)", "change(health_score, 2 days) < -25")
    more = DROP.replace("crossed_below(health_score, 70)", "health_score < previous(health_score)")
    root = workspace(
        tmp_path / "w", {"p": text(DROP), "q": text(later, id="q"), "r": text(more, id="r")}
    )
    days(root, health(80, 80, None, "absent", 60))
    explained = CliRunner().invoke(
        main, ["explain", "a", "--workspace", str(root), "--on", (MONDAY + 4 * DAY).isoformat()]
    )
    assert explained.exit_code == 0
    said = explained.stdout
    assert "health_score was 80 on 2026-03-03 and is 60" in said
    assert (
        "change(health_score, 2 days) is -20: 5 above what < -25 needs; "
        "health_score was 80 on 2026-03-03"
    ) in said
    assert (
        "health_score is 60, < previous(health_score) (80); health_score was 80 on 2026-03-03"
    ) in said


def shipped_reviews(root: Path, scores: dict[dt.date, Any]) -> dict[str, dt.date]:
    """Run the shipped playbooks on these days; return when each playbook opened for the account."""
    root.mkdir()
    lay_out(root)
    (root / "data").mkdir()
    for on, score in sorted(scores.items()):
        account = {
            "account_name": "A",
            "status": "active",
            "segment": "strategic",
            "arr": 50_000,
            "csm": "Zoé",
            "country": "FR",
            "signup_date": on.replace(year=2024, month=7, day=1),
            "contract_start": on.replace(year=2025, month=7, day=1),
            "renewal_date": on.replace(year=2027, month=6, day=30),
            "last_review_date": dt.date(2026, 1, 5),
            "customer_sponsor": "S",
            "champion": "C",
            "health_score": 90,
        }
        rows = [account | {"account_id": f"z{n}"} for n in range(5)]
        if score != "absent":
            rows.append(account | {"account_id": "a", "health_score": score})
        snapshot(root, on, rows)
        run(load_project(root), on)
    states = Reader(root / "store").states("reviews").filter(account_id="a")
    return {row["opened_by"]: row["opened_on"] for row in states.iter_rows(named=True)}


THURSDAY = MONDAY + 3 * DAY


@pytest.mark.parametrize("gap", [None, "absent", "n/a"])
def test_the_shipped_reviews_see_a_fall_over_a_gap(tmp_path: Path, gap: Any) -> None:
    scores = dict(zip((THURSDAY + n * DAY for n in range(3)), (78, gap, 66), strict=True))
    # The third day is a Saturday, on which no review is looked at; the Monday is the next one.
    scores |= {MONDAY + 7 * DAY: 66, MONDAY + 8 * DAY: 66}
    assert shipped_reviews(tmp_path / "w", scores) == {"health": MONDAY + 7 * DAY}


def test_the_shipped_reviews_see_a_fall_of_a_weekend_that_is_missing_on_monday(
    tmp_path: Path,
) -> None:
    """The playbooks that run at weekends know the lower score already; the reviews do not."""
    scores = [78, 78, 66, 66, None, 66]
    lived = {THURSDAY + n * DAY: score for n, score in enumerate(scores)}
    assert shipped_reviews(tmp_path / "w", lived) == {"health": MONDAY + 8 * DAY}
