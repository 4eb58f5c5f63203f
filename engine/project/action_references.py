"""Check references of conditions to actions: that the playbook, the step and the action exist."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.problems import Problem
from ..language.actions_read import ActionReference
from ..playbook.asked_actions import actions_of_step, is_own, resolve_action
from ..playbook.model import LEFT, Playbook
from ..text.suggest import suggest
from .references import KnownPlaybooks, no_playbook


def check_actions(playbook: Playbook, known: KnownPlaybooks) -> list[Problem]:
    """Return a problem for each action that a condition of the playbook asks about and that does not exist."""
    problems: list[Problem] = []
    for reference in playbook.actions_read:
        if resolve_action(reference, playbook, known.playbooks) is None:
            problems += _missing(reference, playbook, known)
    return problems


def _missing(reference: ActionReference, own: Playbook, known: KnownPlaybooks) -> Iterator[Problem]:
    if not is_own(reference, own) and reference.playbook not in known.playbooks:
        if known.complete:
            yield no_playbook(reference, known)
        return
    asked = own if is_own(reference, own) else known.playbooks[reference.playbook]
    if asked is None:
        return  # Its file has errors: its steps are not known.
    before = f"{reference.playbook}/" if reference.playbook else ""
    steps = {action.step: None for action in asked.machine.actions()}
    if reference.step in [state.id for state in asked.machine.states] or reference.step in steps:
        yield _no_action(reference, asked, before)
    else:
        yield _no_step(reference, asked, before, [*steps], known)


def _no_step(
    reference: ActionReference,
    asked: Playbook,
    before: str,
    steps: list[str],
    known: KnownPlaybooks,
) -> Problem:
    near = asked.moved.get(reference.step) or suggest(reference.step, steps)
    message = f"playbook `{asked.id}` has no step `{reference.step}`"
    if not before and reference.step in known.playbooks:
        other = known.playbooks[reference.step]
        message += ": of another playbook, a condition names the step and the action"
        return Problem("unknown-step", message, reference.span, _whole(reference, other))
    issuing = [step for step in steps if step != LEFT]
    hint = f"its steps with actions: {', '.join(issuing) or 'none'}"
    ids = actions_of_step(asked, near) if near else []
    if ids:
        hint = _meant(reference.action, ids, f"{before}{near}")
    return Problem("unknown-step", message, reference.span, hint)


def _meant(action: str | None, ids: list[str], step: str) -> str:
    """Return the hint that names a step, with an action that it has."""
    if action is None and len(ids) == 1:
        return f"did you mean `{step}`?"
    meant = action if action in ids else suggest(action or "", ids)
    if meant:
        return f"did you mean `{step}/{meant}`?"
    return f"did you mean {' or '.join(f'`{step}/{id}`' for id in ids)}?"


def _whole(reference: ActionReference, other: Playbook | None) -> str:
    """Return the hint for a reference that names another playbook without its step, or without the action."""
    step = reference.action
    ids = actions_of_step(other, step) if other and step else []
    if ids and step:
        return f"write `{reference.step}/{step}/{ids[0]}`"
    return f"write `{reference.step}/step/action`, with the ids of its step and its action"


def _no_action(reference: ActionReference, asked: Playbook, before: str) -> Problem:
    ids = actions_of_step(asked, reference.step)
    whole = [f"`{before}{reference.step}/{id}`" for id in ids]
    step = f"step `{reference.step}` of playbook `{asked.id}`"
    if not ids:
        issuing = dict.fromkeys(action.step for action in asked.machine.actions())
        hint = f"its steps with actions: {', '.join(issuing) or 'none'}"
        return Problem("unknown-action", f"{step} issues no action", reference.span, hint)
    if reference.action is None:
        message = f"{step} has {len(ids)} actions, and a condition asks about one of them"
        hint = f"write {' or '.join(whole)}"
        return Problem("unknown-action", message, reference.span, hint)
    near = suggest(reference.action, ids)
    hint = f"did you mean `{before}{reference.step}/{near}`?" if near else ""
    message = f"{step} has no action `{reference.action}`"
    return Problem(
        "unknown-action", message, reference.span, hint or f"its actions: {', '.join(whole)}"
    )
