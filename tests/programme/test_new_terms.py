"""When a new term begins: one definition for renewal, win-back and the metrics, for contracts of any length."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import tenure
from support.metrics_workspace import lay_out
from support.shipped import enrolled, on_date

END = dt.date(2026, 3, 31)
"""The last day of the old term."""
SEEN = dt.date(2026, 4, 1)
DAY = dt.timedelta(days=1)


class Move(NamedTuple):
    """What the export says after a move: days by which the end moved, the new start and the term, and what it means."""

    days: int
    start: dt.date | None
    months: int | None
    renewed: bool


MOVES = {
    "sixty_days": Move(60, None, None, renewed=False),
    "sixty_one_days": Move(61, None, None, renewed=True),
    "a_year": Move(365, None, None, renewed=True),
    "a_month_of_one": Move(30, None, 1, renewed=True),
    "february_of_one": Move(28, None, 1, renewed=True),
    "two_weeks_of_one": Move(14, None, 1, renewed=False),
    "a_month_of_two": Move(30, None, 2, renewed=False),
    "two_months_of_two": Move(59, None, 2, renewed=True),
    "a_month_of_twelve": Move(30, None, 12, renewed=False),
    "no_length": Move(30, None, 0, renewed=False),
    "next_contract": Move(30, SEEN, None, renewed=True),
    "next_contract_on_the_last_day": Move(30, END, None, renewed=True),
    "same_contract": Move(30, END - 30 * DAY, None, renewed=False),
    "same_contract_of_one": Move(30, END - 700 * DAY, 1, renewed=True),
    "not_moved": Move(0, SEEN, 1, renewed=False),
    "moved_back": Move(-10, SEEN, 1, renewed=False),
}
RENEWED = {name for name, move in MOVES.items() if move.renewed}


def rows() -> dict[str, dict[str, Any]]:
    """The accounts after their moves, as conditions read them."""
    usual = {
        "status": "active",
        "csm": "Zoé",
        "health_score": 60,
        "arr": 10_000,
        "segment": "growth",
    }
    return {
        name: {
            **usual,
            "renewal_date": END + move.days * DAY,
            "contract_start": move.start,
            "contract_term_months": move.months,
        }
        for name, move in MOVES.items()
    }


@pytest.mark.parametrize(("playbook", "state"), [("renewal", "expiry"), ("win_back", "learn")])
def test_a_new_term_ends_the_playbook_as_renewed(playbook: str, state: str) -> None:
    states = [enrolled(name, playbook, state, anchor=END, cycle=f"{END}") for name in MOVES]
    evaluation = on_date(playbook, SEEN, rows(), states)
    renewed = evaluation.ended.filter(outcome="renewed")
    assert set(renewed["account_id"]) == RENEWED


def test_the_metrics_count_the_same_terms_as_renewed(tmp_path: Path) -> None:
    def exported(row: dict[str, Any]) -> dict[str, str]:
        return {name: "" if value is None else str(value) for name, value in row.items()}

    after = [{"account_id": name, "mrr": "100", **exported(row)} for name, row in rows().items()]
    before = [
        {**row, "renewal_date": f"{END}", "contract_start": "", "contract_term_months": ""}
        for row in after
    ]
    root = lay_out(tmp_path / "w", {"2026-03-01": before, f"{END}": before, f"{SEEN}": after})
    workspace = tenure.open(root, today=SEEN)
    terms = workspace.figure_accounts("renewed", start="2026-03-01", end=SEEN)
    assert set(terms["account_id"]) == RENEWED
