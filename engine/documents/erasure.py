"""Erasing an account's or a person's names wherever Tenure wrote them: the store, and success plans.

Plans are written first: if the process is killed then, the same command finds the names in the store again.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..core.problems import Problem, Problems
from ..fields.standard_fields import CUSTOMER_NAMES, FREE_TEXTS, OUR_PEOPLE, STANDARD
from ..language.expressions import Constant
from ..language.traversal import distinct_nodes
from ..runs.required_fields import expressions
from ..store import Store
from ..store import erase as stored
from ..store.places import is_store
from ..store.redaction import NameMatcher, Redaction
from ..store.restore import moved_aside
from .account_facts import read_account_facts
from .plan_erasure import PlanRedaction, redact_plans, write_plans

if TYPE_CHECKING:
    from ..project.loading import Project

SubjectKind = Literal["account", "person"]


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """The names to erase, and the places that hold them."""

    who: str
    kind: SubjectKind
    redaction: Redaction
    stored: stored.Places
    plans: list[PlanRedaction]
    older: list[Path]
    """Stores that a restore has moved aside."""

    @property
    def places(self) -> int:
        """In how many places names will be replaced."""
        return self.stored.total + sum(plan.places for plan in self.plans)


def plan_erasure(project: Project, who: str, kind: str | None, on: dt.date) -> ErasureRequest:
    """Find what is to be erased; change nothing.

    Args:
        project: The workspace.
        who: An account's id, or a person's name or address.
        kind: "account" or "person"; None for an account if the store knows one of this id, else a person.
        on: The date whose newest snapshot also has an account's names.

    Raises:
        Problems: There is nothing to erase, or the store or a plan cannot be read.
    """
    there = is_store(project.store)
    known = there and stored.has_account(project.store, who)
    is_account = known if kind is None else kind == "account"
    redaction = _account(project, who, on) if is_account else _person(project, who)
    request = ErasureRequest(
        who,
        "account" if is_account else "person",
        redaction,
        stored.count_places(project.store, redaction) if there else stored.Places(),
        redact_plans(project.root, redaction),
        moved_aside(project.store),
    )
    if not request.places:
        raise Problems([_nowhere(who, request.kind)])
    return request


def erase(project: Project, request: ErasureRequest, on: dt.date) -> bool:
    """Erase it, and return whether the database still has to be rewritten, for lack of space.

    Raises:
        Locked: A run is under way.
        Problems: The store is damaged, or could not be written; then it is as it was.
    """
    if not is_store(project.store):
        write_plans(request.plans)
        return False
    with Store.open(project.store, project.root) as store:
        write_plans(request.plans)
        if request.stored.total:
            store.erase(request.redaction, request.kind, on)
        return store.is_unfinished


def _person(project: Project, who: str) -> Redaction:
    return Redaction(NameMatcher([who]), None, _fixed(project))


def _account(project: Project, account: str, on: dt.date) -> Redaction:
    fixed = _fixed(project)
    owners = OUR_PEOPLE | {role.field for role in project.workspace.roles.values() if role.field}
    empty = Redaction(NameMatcher(()), account, fixed, owners)
    found: dict[str, set[str]] = {}
    if is_store(project.store):
        found = stored.names_of_account(project.store, empty)
    # A snapshot that cannot be read must not prevent the erasure of what is stored.
    with suppress(Problems):
        facts = read_account_facts(project, account, on)
        for field, value in facts.values.items() if facts is not None else ():
            if isinstance(value, str) and field not in fixed | owners:
                found.setdefault(field, set()).add(value)
    names = {value for field, values in found.items() for value in values if _is_name(field, value)}
    return Redaction(NameMatcher(names - {account}), account, fixed, owners, _compared(project))


def _is_name(field: str, value: str) -> bool:
    """Return whether other texts are searched for the account's value; a workspace's own field may hold any word."""
    return field in CUSTOMER_NAMES or (
        field not in FREE_TEXTS and (" " in value.strip() or "@" in value)
    )


def _fixed(project: Project) -> frozenset[str]:
    """Return the fields whose values are not names: choices, and standard fields such as the country."""
    standard = {field.name for field in STANDARD} - OUR_PEOPLE - CUSTOMER_NAMES - FREE_TEXTS
    return frozenset(
        name for name, field in project.catalogue.fields.items() if field.values or name in standard
    )


def _compared(project: Project) -> frozenset[str]:
    """Return the texts that conditions of the playbooks name, such as results that they compare with."""
    every = (each for playbook in project.playbooks for each in expressions(playbook))
    constants = (node.value for node in distinct_nodes(every) if isinstance(node, Constant))
    return frozenset(value for value in constants if isinstance(value, str))


def _nowhere(who: str, kind: SubjectKind) -> Problem:
    what = f"the account {who}" if kind == "account" else f"\u201c{who}\u201d"
    return Problem(
        "erase-nothing",
        f"names of {what} are neither in the store nor in a success plan",
        hint="write the account's id, or the name as the snapshot has it",
    )
