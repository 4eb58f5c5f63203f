"""The shipped win-back playbook beside the renewal playbook: who says what, and what the customer reads."""

from __future__ import annotations

import pytest
from support.scenario import walk
from tenure.engine.reports.message_rendering import MessageRenderer

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("account", ["comes_back", "strategic"])
def test_accounts_that_come_back_are_thanked_once_by_renewal(account):
    mine = walk("win_back").ledger.filter(account_id=account)
    thanks = mine.filter(message="thank_you", status="issued")
    assert thanks["playbook"].to_list() == ["renewal"]
    assert mine.filter(playbook="win_back")["issued_on"].max() <= thanks["issued_on"].item()


def test_win_back_begins_on_the_day_on_which_renewal_hands_over():
    ledger = walk("win_back").ledger
    handed = ledger.filter(playbook="renewal", step="win_back", action="handoff")
    learnt = ledger.filter(playbook="win_back", step="learn")
    days = ["account_id", "due_on", "issued_on"]
    assert handed.height
    assert handed.select(days).sort(days).equals(learnt.select(days).sort(days))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_message_promises_what_waits_for_approval(language):
    walked = walk("win_back")
    waiting = [
        (action.step, dict(action.detail)["offer"][language])
        for playbook in walked.project.playbooks
        for edge in playbook.machine.edges
        for action in edge.actions
        if playbook.id == "win_back" and "approval" in dict(action.detail)
    ]
    [(step, offer)] = waiting
    assert "30 %" in offer
    writer = MessageRenderer(walked.project.workspace, walked.project.playbooks)
    account = dict.fromkeys(walked.project.catalogue.fields) | {"language": language}
    entries = walked.ledger.filter(playbook="win_back", step=step, kind="email").to_dicts()
    bodies = {letter.body for e in entries if (letter := writer.write(e, account))}
    assert bodies
    assert not any("%" in body for body in bodies)
