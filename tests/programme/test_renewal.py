"""The shipped renewal playbook: what its countdowns say, and what is counted as not told.

Its ledger is held in `programme/test_scenarios.py`.
"""

from __future__ import annotations

import polars as pl
import pytest
from support.scenario import walk
from tenure.engine.reports.message_rendering import MessageRenderer, RenderedMessage

pytestmark = pytest.mark.slow


def test_unknown_conditions_are_counted_with_their_field():
    counts = walk("renewal").counts
    untold = counts.filter(pl.col("what") == "cannot_tell")
    found = set(untold.select("step", "field").iter_rows())
    assert ("health_check", "health_score") in found
    assert ("urgency", "health_score") in found
    assert any(field == "renewal_date" for _, field in found)


def letters(mine: pl.Expr, language: str, **known: object) -> list[tuple[dict, RenderedMessage]]:
    """Every entry that has a message with its letter, for an account of which little is known."""
    walked = walk("renewal")
    writer = MessageRenderer(walked.project.workspace, walked.project.playbooks)
    account = dict.fromkeys(walked.project.catalogue.fields) | known
    account |= {"csm": "Alice", "language": language}
    entries = walked.ledger.filter(mine).iter_rows(named=True)
    written = [(entry, writer.write(entry, account)) for entry in entries]
    return [(entry, letter) for entry, letter in written if letter]


def test_countdowns_state_the_days_that_are_really_left():
    written = letters(pl.col("account_id") == "holiday_us", "fr")
    subjects = {entry["message"]: letter.subject for entry, letter in written}
    # 25 May 2026 is a holiday in the United States: the message of J-14 leaves on Friday 22 May.
    assert subjects["urgency"] == "Plus que 17 jours pour renouveler"
    assert subjects["urgency_banner"] == "Plus que 17 jours"
    assert subjects["value_report"] == "Votre année avec Acme en chiffres 📈"
    assert subjects["renewal_notice"] == "Votre renouvellement Acme - Action requise"
    assert subjects["final_push"] == "Dernière semaine pour renouveler"


def test_grace_messages_count_down_to_its_end():
    mine = (pl.col("account_id") == "at_risk") & (pl.col("step") == "grace")
    bodies = [letter.body for _, letter in letters(mine, "en")]
    left = [next(line for line in body.splitlines() if " left to renew" in line) for body in bodies]
    assert [line.split(" days")[0] for line in left] == [
        f"You have {days}" for days in (14, 13, 12, 9, 8)
    ]


@pytest.mark.parametrize(("health", "offered"), [(69.0, False), (70.0, True), (None, True)])
def test_a_larger_plan_is_no_option_at_risk(health, offered):
    mine = (pl.col("account_id") == "on_time") & (pl.col("message") == "renewal_notice")
    [(_, french)] = letters(mine, "fr", health_score=health)
    [(_, english)] = letters(mine, "en", health_score=health)
    assert ("formule supérieure" in french.body, "larger plan" in english.body) == (
        offered,
        offered,
    )


@pytest.mark.parametrize("account", ["thursday", "saturday", "sunday"])
def test_a_review_90_days_ahead_makes_one_invitation_not_two(account):
    mine = walk("renewal.reviews").ledger.filter(account_id=account, status="issued", kind="email")
    assert mine.select("playbook", "step").rows() == [("reviews", "invitation")]
