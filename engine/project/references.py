"""Check references to other playbooks: that each exists, and that none leads back to itself.

Takes every playbook file of the folder, as far as it could be read, and returns problems. Of a file with errors only
certain facts are used, so no problem depends on a guess about what its author meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..core.dependencies import cycle_through
from ..core.problems import Problem
from ..language.actions_read import ActionReference
from ..language.states_read import Reference
from ..playbook.lowering import node_text, was_nodes
from ..playbook.model import LEFT, Playbook
from ..text.suggest import suggest
from ..workspace.settings import EXEMPT


class KnownPlaybooks(NamedTuple):
    """The playbooks of the folder by id, None where a file's errors hide what is in it.

    With `complete` false there are files of which not even the id could be read.
    """

    playbooks: Mapping[str, Playbook | None]
    complete: bool


def check_references(references: Iterable[Reference], known: KnownPlaybooks) -> list[Problem]:
    """Return a problem for each mention of a playbook or step that is not there."""
    problems = (_missing(reference, known) for reference in references)
    return [problem for problem in problems if problem is not None]


def check_cycle(playbook: Playbook, known: KnownPlaybooks) -> list[Problem]:
    """Return a problem if the playbook reads itself, directly or through others: none could be evaluated first."""
    path = cycle_through(lambda id: _read(known.playbooks.get(id)), playbook.id)
    if not path:
        return []
    place = next(each.span for each in playbook.references if each.playbook == path[1])
    if len(path) == 2:
        why = f"`{playbook.id}` reads the account's state in `{playbook.id}` itself"
        hint = "a playbook's own steps follow each other by their dates, outcomes and transitions"
    else:
        why = f"{' reads '.join(f'`{id}`' for id in path)}: none of them could move first"
        hint = "let one of them go by fields of the account instead"
    return [Problem("playbook-circle", why, place, hint)]


def check_was(playbook: Playbook, known: KnownPlaybooks) -> list[Problem]:
    """Return a problem for each former id of the playbook that a playbook has or that another one had too."""
    problems = []
    for node in was_nodes(playbook.document.node()) if playbook.was else ():
        id = node_text(node)
        heirs = [other for other in _renamed_from(id, known) if other != playbook.id]
        if id in known.playbooks:
            why = f"there is a playbook `{id}`, so `{playbook.id}` cannot go on with what it did"
            hint = f"take `{id}` out of `was`, or take the file of `{id}` away"
        elif heirs:
            why = f"`{heirs[0]}` was `{id}` as well: only one of them can go on with what it did"
            hint = f"take `{id}` out of one of them"
        else:
            continue
        problems.append(Problem("was-taken", why, node.span, hint))
    return problems


def _renamed_from(id: str, known: KnownPlaybooks) -> list[str]:
    """Return the playbooks that had this id."""
    return [each.id for each in known.playbooks.values() if each and id in each.was]


def _read(playbook: Playbook | None) -> set[str]:
    return {each.playbook for each in playbook.references} if playbook else set()


def _missing(reference: Reference, known: KnownPlaybooks) -> Problem | None:
    if reference.playbook not in known.playbooks:
        return no_playbook(reference, known) if known.complete else None
    playbook = known.playbooks[reference.playbook]
    states = [state.id for state in playbook.machine.states] if playbook else []
    if playbook is None or reference.step is None or reference.step in states:
        return None
    steps = [state for state in states if state != LEFT]
    near = playbook.moved.get(reference.step) or suggest(reference.step, steps)
    return Problem(
        "unknown-step",
        f"playbook `{playbook.id}` has no step `{reference.step}`",
        reference.span,
        f"did you mean `{playbook.id}/{near}`?" if near else f"its steps: {', '.join(steps)}",
    )


def no_playbook(reference: Reference | ActionReference, known: KnownPlaybooks) -> Problem:
    """Return the problem of a reference to a playbook that does not exist."""
    if renamed := _renamed_from(reference.playbook, known):
        step = f"/{reference.step}" if reference.step else ""
        if isinstance(reference, ActionReference) and reference.action:
            step += f"/{reference.action}"
        return Problem(
            "unknown-playbook",
            f"the playbook `{reference.playbook}` is now called `{renamed[0]}`",
            reference.span,
            f"write `{renamed[0]}{step}`",
        )
    near = suggest(reference.playbook, known.playbooks)
    others = ", ".join(sorted(known.playbooks))
    # The settings of `tenure init` exempt steps of playbooks that a team may take up later.
    harmless = reference.function == EXEMPT and not near
    return Problem(
        "unknown-playbook",
        f"there is no playbook `{reference.playbook}`",
        reference.span,
        f"did you mean `{near}`?"
        if near
        else f"known: {others}; where its file was removed, take it out of what reads it too",
        severity="warning" if harmless else "error",
    )
