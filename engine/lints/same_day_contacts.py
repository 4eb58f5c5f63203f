"""Two playbooks that contact the same accounts on the same day as a rule: both count from the same date."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from ..core.problems import Problem, Span
from ..language.expressions import Expression
from ..language.formatter import format_expression
from ..language.implication import never_both
from ..playbook.lowering import conjunction
from ..playbook.model import Action, Edge, Playbook, moment_text


class _Contact(NamedTuple):
    """A contact with its date: the steps of all playbooks with the same date are due on the same day."""

    playbook: Playbook
    edge: Edge
    action: Action
    date: tuple[str, str]

    def condition(self) -> Expression | None:
        """Return all that must be true of an account that gets it."""
        parts = (self.playbook.machine.entry, self.edge.guard, self.action.when)
        return conjunction([each for each in parts if each is not None])


def same_day_contacts(playbooks: Collection[Playbook]) -> dict[frozenset[str], Problem]:
    """Return a warning for each two steps of two playbooks that contact the same accounts on the same day.

    Their keys are the two steps, as `playbook/step`.
    """
    by_date: dict[tuple[str, str], list[_Contact]] = {}
    for playbook in playbooks:
        if playbook.enabled:
            for contact in _contacts(playbook):
                by_date.setdefault(contact.date, []).append(contact)
    found: dict[frozenset[str], Problem] = {}
    for contacts in by_date.values():
        for index, later in enumerate(contacts):
            for first in contacts[:index]:
                names = (_name(first), _name(later))
                if frozenset(names) not in found and _meet(first, later):
                    when = _when(later)
                    spans = (first.edge.span, later.edge.span)
                    found[frozenset(names)] = same_day_problem(names, spans, when)
    return found


def same_day_problem(names: tuple[str, str], places: tuple[Span, Span], when: str) -> Problem:
    """Return the warning about two steps, named as `playbook/step`; `when` says which days they share."""
    return Problem(
        "same-day-contacts",
        f"`{names[1]}` contacts accounts on the same day as `{names[0]}`: {when}",
        places[1],
        "move one of them by some days, or let its condition leave out the accounts that get the other",
        ((places[0], "the other contact"),),
        severity="warning",
    )


def _when(contact: _Contact) -> str:
    moment = moment_text(contact.edge.moment) if contact.edge.moment else ""
    return f"both {moment}, `{contact.date[0]}`"


def _contacts(playbook: Playbook) -> Iterator[_Contact]:
    for edge in playbook.machine.edges:
        if edge.dated and edge.moment is not None and edge.moment.base == "anchor":
            for anchor in _anchors(playbook):
                date = (anchor, str(edge.moment.offset))
                for action in edge.actions:
                    if action.customer and action.due is None:
                        yield _Contact(playbook, edge, action, date)


def _anchors(playbook: Playbook) -> Iterator[str]:
    """Yield the dates that a playbook counts from, as text: the anchor, else the condition that opens it."""
    for rule in playbook.machine.enrolment_rules:
        if rule.anchor is not None:
            yield format_expression(rule.anchor)
        elif rule.guard is not None:
            yield f"the day of `{format_expression(rule.guard)}`"


def _meet(one: _Contact, other: _Contact) -> bool:
    """Return whether two contacts of different playbooks can reach one account."""
    if one.playbook is other.playbook:
        return False
    first, second = one.condition(), other.condition()
    return first is None or second is None or not never_both(first, second)


def _name(contact: _Contact) -> str:
    return f"{contact.playbook.id}/{contact.action.step}"
