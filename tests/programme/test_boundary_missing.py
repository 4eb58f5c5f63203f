"""Every field that a shipped playbook reads, missing: nothing crashes, and what needs it says so or does without."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping

import pytest
from support.missing_fields import ON, PLAYBOOKS, Known
from support.shipped import enrolled, on_date, shipped
from tenure.engine.runs.required_fields import fields_of, history_of

WHOLE = ""
"""In place of a field: nothing is missing."""


def come(
    playbook: str, known: Mapping[str, Known], fields: Iterable[str]
) -> tuple[dict[str, set[str]], set[tuple[str, str]]]:
    """By field what is done for these accounts without it; and what cannot be told, by step and name."""
    accounts, states = {}, []
    done: dict[str, set[str]] = {field: set() for field in fields}
    for field in done:
        for name, each in known.items():
            id = f"{field}/{name}"
            accounts[id] = {**each.account, field: None}
            states += [enrolled(id, **row) for row in each.standing]
    evaluation = on_date(playbook, ON, accounts, states)
    for id, step, action in evaluation.entries.select("account_id", "step", "action").iter_rows():
        field, _, name = id.partition("/")
        done[field].add(f"{name}/{step}.{action}")
    untold = evaluation.counts.filter(what="cannot_tell").select("step", "field").iter_rows()
    return done, set(untold)


def matching(patterns: str, done: set[str]) -> set[str]:
    """What the patterns name of it; each names something."""
    found: set[str] = set()
    for pattern in patterns.split():
        named = set(fnmatch.filter(done, pattern if "/" in pattern else f"*/{pattern}"))
        assert named, pattern
        found |= named
    return found


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_missing_field_is_named_or_done_without(playbook: str) -> None:
    known, rows = PLAYBOOKS[playbook]
    done, untold = come(playbook, known, [WHOLE, *(row.field for row in rows)])
    assert untold == {(step, row.named) for row in rows for step in row.untold.split()}
    whole = done[WHOLE]
    for row in rows:
        assert row.untold or row.why, row
        assert whole - done[row.field] == matching(row.less, whole), row
        assert done[row.field] - whole == matching(row.more, done[row.field]), row


def test_no_playbook_and_no_field_is_left_out() -> None:
    assert PLAYBOOKS.keys() == {playbook.id for playbook in shipped().playbooks}
    for playbook in shipped().playbooks:
        earlier = {f"{name}@{days or 'previous'}" for name, days in history_of(playbook)}
        _, rows = PLAYBOOKS[playbook.id]
        assert {row.field for row in rows} == fields_of(playbook) | earlier
