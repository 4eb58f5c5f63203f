"""Rules whose quality is measured: definitions of playbooks, or conditions on the fields of an account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from ..core.problems import Problem, Problems, Span
from ..language.condition import load_condition
from ..language.expressions import Expression
from ..language.scope import Scope
from ..language.traversal import fields_read, names_read
from ..project.loading import Project
from ..project.project_reading import symbols_of
from ..runs.entry_checks import reads_more
from ..text.suggest import suggest
from ..text.yaml_nodes import Scalar

RULE = "--rule"
DEFINE = ".define."
_DATES = {"today", "snapshot_date"}


class Rule(NamedTuple):
    """A condition that flags accounts, by the name or the text that it was given."""

    name: str
    condition: Expression


def read_rule(project: Project, text: str) -> Rule:
    """Return the rule of a text such as `renewal.define.at_risk` or `health_score < 70`.

    Raises:
        Problems: There is no such definition, the condition is wrong, or reads more than the values of a snapshot.
    """
    playbook, sign, name = text.partition(DEFINE)
    defined = sign and " " not in text
    condition = _definition(project, playbook, name, text) if defined else _written(project, text)
    if condition.type != "boolean":
        raise Problems([_unusable(text, "it is not true or false")])
    if why := _reads_too_much(condition):
        raise Problems([_unusable(text, why)])
    return Rule(text, condition)


def usable_rules(project: Project) -> Iterator[Rule]:
    """Yield the definitions of the enabled playbooks that read fields of the account, and nothing but a snapshot."""
    for playbook in project.enabled:
        for name, condition in sorted(playbook.definitions.items()):
            usable = condition.type == "boolean" and not _reads_too_much(condition)
            if usable and fields_read(condition):
                yield Rule(f"{playbook.id}{DEFINE}{name}", condition)


def _definition(project: Project, playbook: str, name: str, text: str) -> Expression:
    by_id = {each.id: each for each in project.playbooks}
    if playbook not in by_id:
        raise Problems([_unusable(text, f"there is no playbook `{playbook}`", playbook, by_id)])
    definitions = by_id[playbook].definitions
    if name not in definitions:
        why = f"`{playbook}` defines no `{name}`"
        raise Problems([_unusable(text, why, name, definitions)])
    return definitions[name]


def _written(project: Project, text: str) -> Expression:
    symbols = symbols_of(project.workspace, project.catalogue)
    scope = Scope(symbols.fields, calendar=symbols.calendar, variables=symbols.variables)
    node = Scalar(text, text, Span(RULE, 1, 1, 1, len(text) + 1))
    condition, problems = load_condition(node, scope)
    if condition is None:
        raise Problems([replace(each, message=f"in `{RULE}`: {each.message}") for each in problems])
    return condition


def _reads_too_much(condition: Expression) -> str:
    """Return why a snapshot alone does not decide the condition; empty if it does."""
    if reads_more(condition):
        return (
            "it reads earlier values, states, actions or events, which one snapshot does not have"
        )
    if names := sorted(names_read(condition) - _DATES):
        return f"it reads `{names[0]}`, which only an enrolment has"
    return ""


def _unusable(text: str, why: str, name: str = "", known: Iterable[str] = ()) -> Problem:
    near = suggest(name, list(known)) if name else None
    hint = "name a definition, as in `renewal.define.at_risk`, or write a condition: `health_score < 70`"
    if near:
        hint = f"did you mean `{near}`?"
    return Problem("bad-simulation", f"`{text}` cannot be measured: {why}", hint=hint)
