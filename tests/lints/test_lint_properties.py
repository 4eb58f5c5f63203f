"""What a lint proves, no run of random accounts refutes."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from support.random_days import RULES, days_of, frame_of, history_of, loaded, merged, series
from support.random_playbooks import playbooks
from tenure.engine.core.problems import Span
from tenure.engine.core.schemas import STATES
from tenure.engine.evaluation.evaluator import evaluate_day
from tenure.engine.evaluation.inputs import Day, Tables
from tenure.engine.evaluation.prepare import prepare
from tenure.engine.fields.catalogue_loader import load_catalogue
from tenure.engine.language.traversal import walk
from tenure.engine.lints.dead_parts import dead_parts
from tenure.engine.lints.linting import lint_playbook
from tenure.engine.playbook.model import Action, Playbook

CATALOGUE = load_catalogue(None)[0].fields


def dead_actions(playbook: Playbook) -> set[tuple[str, str]]:
    """The steps and ids of actions that a lint says no account gets, by all ways that lead to them."""
    spans = {problem.span for problem in dead_parts(playbook, CATALOGUE, (), {}) if problem.span}
    alive: dict[tuple[str, str], bool] = {}
    for action in playbook.machine.actions():
        key = (action.step, action.id)
        alive[key] = alive.get(key, False) or not _is_dead(action, spans)
    return {key for key, lives in alive.items() if not lives}


def _is_dead(action: Action, spans: set[Span]) -> bool:
    if action.span in spans:
        return True
    return action.when is not None and any(node.span in spans for node in walk(action.when))


@pytest.mark.slow
@settings(max_examples=60)
@given(playbooks(), series())
def test_no_account_gets_what_is_never_reached(
    text: str, snapshots: list[list[dict[str, Any]]]
) -> None:
    playbook = loaded(text)
    dead = dead_actions(playbook)
    if not dead:
        return
    states, before, since = pl.DataFrame(schema=STATES), history_of(None), None
    for rows, on in zip(snapshots, days_of([playbook], 60), strict=False):
        tables = Tables(frame_of(rows), states, {playbook.id: before}, {playbook.id: since})
        found = evaluate_day([prepare(playbook)], RULES, Day(on, on, on), tables)
        issued = set(found.entries.select("step", "action").iter_rows())
        assert not issued & dead
        states, before, since = merged(states, found.states), history_of(rows), on


@given(playbooks())
def test_every_playbook_can_be_linted(text: str) -> None:
    playbook = loaded(text)
    first = lint_playbook(playbook, CATALOGUE, None, [])
    assert all(problem.severity == "warning" and problem.span for problem in first)
    assert lint_playbook(playbook, CATALOGUE, None, []) == first
