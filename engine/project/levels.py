"""Levels of `tiers` that other playbooks read: an account that was notified, or is below its criteria, is in its level.

Lowering adds such states to a level (`State.level`). Here each `stands_in('loyalty/gold')` becomes a name for the same
test of the level and its states, so that evaluation, proofs and explanations need to know nothing of levels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ..language.expressions import Alias, Call, Constant, Expression
from ..language.formatter import format_expression
from ..language.functions import FUNCTIONS
from ..language.states_read import references_of
from ..language.substitute import rewrite
from ..playbook.model import Playbook
from ..workspace.settings import WorkspaceSettings

Levels = Mapping[tuple[str, str], tuple[str, ...]]
"""By playbook and level: the ids of the level's other states."""


def states_of_levels(playbooks: Mapping[str, Playbook | None]) -> Levels:
    """Return the states that count as a level, of all playbooks."""
    levels: dict[tuple[str, str], tuple[str, ...]] = {}
    for playbook in playbooks.values():
        for state in playbook.machine.states if playbook else ():
            if playbook and state.level is not None:
                key = (playbook.id, state.level)
                levels[key] = (*levels.get(key, ()), state.id)
    return levels


def with_levels(playbook: Playbook, levels: Levels) -> Playbook:
    """Return the playbook with its references to levels complete."""
    if not any((each.playbook, each.step) in levels for each in playbook.references):
        return playbook
    complete = _in_all_conditions(partial(_complete, levels=levels))
    return playbook._replace(
        machine=complete(playbook.machine),
        definitions=complete(playbook.definitions),
        choices=complete(playbook.choices),
    )


def policy_with_levels(workspace: WorkspaceSettings, levels: Levels) -> WorkspaceSettings:
    """Return the workspace with the references of its contact policy complete."""
    complete = _in_all_conditions(partial(_complete, levels=levels))
    suppress = complete(workspace.policy.suppress)
    return workspace._replace(policy=workspace.policy._replace(suppress=suppress))


def _in_all_conditions(change: Callable[[Expression], Expression | None]) -> Callable[[Any], Any]:
    """Return a function that rewrites the conditions in a record, at any depth."""

    def apply(value: Any) -> Any:
        if isinstance(value, Expression):
            return rewrite(value, change)
        if isinstance(value, dict):
            return {key: apply(item) for key, item in value.items()}
        if isinstance(value, tuple):
            items = [apply(item) for item in value]
            return type(value)._make(items) if hasattr(value, "_make") else tuple(items)
        return value

    return apply


def _complete(node: Expression, levels: Levels) -> Expression | None:
    """Return a call that reads levels as a name for the same call with all of their states; None for other nodes."""
    if not isinstance(node, Call) or not FUNCTIONS[node.function].reads_states:
        return None
    arguments: dict[str, Constant] = {}
    for written, reference in zip(node.arguments, references_of(node), strict=True):
        states = levels.get((reference.playbook, reference.step or ""), ())
        names = [f"{reference.playbook}/{state}" for state in states]
        for each in (written, *(Constant(name, "text", written.span) for name in names)):
            if isinstance(each, Constant):
                arguments.setdefault(str(each.value), each)
    if len(arguments) == len(node.arguments):
        return None
    whole = replace(node, arguments=tuple(arguments.values()))
    return Alias(format_expression(node), whole, node.span)
