"""Every scenario folder, held against its ledger; every playbook, held to be walked whole, with all its messages."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import polars as pl
import pytest
from support.branches import coverage
from support.scenario import SHIPPED, compared, expected, read, scenario_names, walk, walks_of
from tenure.engine.fields.catalogue import Catalogue
from tenure.engine.reports.message_rendering import MessageRenderer, RenderedMessage

pytestmark = pytest.mark.slow

WALKED = sorted(
    {path.stem for path in SHIPPED.glob("*.yaml")}.union(*(read(n).walks for n in scenario_names()))
)
VALUES = {"number": 42.0, "text": "Delta", "date": dt.date(2027, 6, 3), "boolean": True}


@pytest.mark.parametrize("by_account", [False, True], ids=["columns", "by account"])
@pytest.mark.parametrize("name", scenario_names())
def test_every_account_gets_what_the_source_says_and_nothing_else(name, by_account):
    wanted = expected(read(name))
    ledger = walk(name, by_account).ledger
    if "playbook" not in wanted[0]:
        ledger = ledger.filter(pl.col("playbook").is_in(sorted(read(name).walks)))
    given = compared(ledger, list(wanted[0]))
    missing = _rows(wanted) - _rows(given)
    extra = _rows(given) - _rows(wanted)
    lines = [
        *(f"missing: {r}" for r in missing.elements()),
        *(f"extra: {r}" for r in extra.elements()),
    ]
    assert not lines, "\n".join(sorted(lines, key=lambda line: line.split(": ", 1)[1]))


def _rows(rows: list[dict[str, str]]) -> Counter[str]:
    return Counter(",".join(row.values()) for row in rows)


@pytest.mark.parametrize("playbook", WALKED)
def test_scenarios_walk_every_branch(playbook):
    branches, seen = coverage(playbook, walks_of(playbook))
    assert branches, "no scenario folder walks this playbook"
    assert branches <= seen, "\n".join(map(str, sorted(branches - seen)))


def full(catalogue: Catalogue) -> dict[str, Any]:
    """An account of which everything is known."""
    return {
        name: spec.values[0] if spec.values else VALUES[spec.type]
        for name, spec in catalogue.fields.items()
    }


@pytest.mark.parametrize("playbook", WALKED)
def test_every_message_is_used_and_ready_to_send_whatever_is_missing(playbook):
    used: set[str] = set()
    for walked in walks_of(playbook):
        writer = MessageRenderer(walked.project.workspace, walked.project.playbooks)
        nothing = dict.fromkeys(walked.project.catalogue.fields)
        mine = walked.ledger.filter(playbook=playbook)
        for entry in mine.iter_rows(named=True):
            for account in (full(walked.project.catalogue), nothing):
                for language in ("fr", "en"):
                    letter = writer.write(
                        entry, account | {"account_name": "Delta SAS", "language": language}
                    )
                    if letter is not None:
                        used.add(entry["message"])
                        _ready(letter, language, entry["message"])
    written = {
        m
        for w in walks_of(playbook)
        for p in w.project.playbooks
        if p.id == playbook
        for m in p.messages
    }
    assert used == written


def _ready(letter: RenderedMessage, language: str, message: str) -> None:
    assert letter.problem is None, (message, letter.problem)
    assert letter.language == language, message
    assert letter.subject, message
    assert letter.body.strip(), message
    assert "\n\n\n" not in letter.body, message
    assert "{" not in letter.subject + letter.body, message
