"""Loader of playbooks: reads, checks and lowers a playbook's text.

Returns the `Playbook` and all problems. `load_playbook` never returns a playbook with an error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..calendar.schedule import check_schedule, meant_schedule
from ..core.ids import PLAN_PLAYBOOK
from ..core.problems import Problem
from ..language.expressions import BUILTIN_NAMES, Expression
from ..language.lexer import KEYWORDS
from ..language.variables import read_variables
from ..text.plain_texts import check_plain_texts
from ..text.schema.shapes import validate
from ..text.yaml_nodes import Entry, Mapping, Node
from ..text.yaml_reader import read_yaml
from ..workspace.settings import start_or
from .agendas import lower_agendas
from .anniversaries import lower_anniversaries
from .choices import lower_choices, template_names
from .content_hash import content_hash
from .holdouts import lower_holdout
from .leaving import add_exit
from .lowering import (
    TRUE,
    Lowering,
    Symbols,
    flag,
    id_as_title,
    node_entries,
    node_text,
    required_value,
    texts_by_language,
    was_nodes,
    whole_value,
)
from .machine_body import lower_states
from .model import CatchUp, Machine, Message, OpeningCap, Playbook, PlaybookText
from .needed_contacts import check_needs
from .playbook_schema import PLAYBOOK_SHAPE
from .state_migrations import check_first_steps, lower_moved
from .template_names import TemplateNames
from .tiers import lower_tiers
from .timeline import lower_timeline
from .triggers import lower_triggers, trigger_ids

LOWERERS: dict[str, Callable[[Lowering, Mapping, Expression | None], Machine]] = {
    "timeline": lower_timeline,
    "triggers": lower_triggers,
    "tiers": lower_tiers,
    "anniversaries": lower_anniversaries,
    "machine": lower_states,
}


def load_playbook(
    source: str, file: str, symbols: Symbols
) -> tuple[Playbook | None, list[Problem]]:
    """Read, check and lower one playbook.

    Args:
        source: The file's text.
        file: The file's name, for the positions of problems.
        symbols: The workspace's names that the playbook may use.

    Returns:
        The playbook, None where a problem is an error; and all problems.
    """
    draft, problems = draft_playbook(source, file, symbols)
    return (None if any(p.severity == "error" for p in problems) else draft), problems


def draft_playbook(
    source: str, file: str, symbols: Symbols
) -> tuple[Playbook | None, list[Problem]]:
    """Return the playbook despite errors, where its states and edges are all known; and all problems.

    So problems of its machine can be reported together with problems of its conditions. Otherwise like
    `load_playbook`.
    """
    node, problems = read_yaml(source, file)
    if node is None:
        return None, problems
    problems = problems + validate(node, PLAYBOOK_SHAPE)
    if not isinstance(node, Mapping):
        return None, problems
    if problems:
        from .recovery import recover

        recovering, sound = recover(node, problems, symbols)
        _lower(recovering, sound, PlaybookText(source, file))
        return None, problems + recovering.problems
    lowering = Lowering(symbols)
    draft = _lower(lowering, node, PlaybookText(source, file))
    if any(problem.code == "unknown-state" for problem in lowering.problems):
        return None, lowering.problems
    return draft, lowering.problems


def _lower(lowering: Lowering, node: Mapping, document: PlaybookText) -> Playbook | None:
    lowering.triggers = trigger_ids(node.get("triggers"))
    _default_variables(lowering, node)
    _define(lowering, node)
    bodies = [entry for entry in node if entry.key in LOWERERS]
    known = template_names(lowering, bodies[0].key if bodies else "", node.get("choices"))
    choices = lower_choices(lowering, node.get("choices"), known)
    messages = _messages(lowering, node, known)
    lowering.problems.extend(check_plain_texts(node, known.names))
    lowering.messages = messages.keys()
    lowering.agendas = lower_agendas(lowering, node.get("agendas"))
    lowering.priority = _priority(lowering, node)
    lowering.owner = lowering.roles(node.get("owner"))
    schedule = required_value(node, "schedule")
    refused = check_schedule(node_text(schedule))
    if refused:
        meant = meant_schedule(node_text(schedule))
        hint = f'write `"{meant}"`' if meant else 'write `"0 6 * * *"` for every day at six'
        lowering.problems.report("bad-schedule", refused, schedule.span, hint)
    guard = lowering.condition(node, "for", TRUE)
    machines = [
        LOWERERS[e.key](lowering, e.value, guard) for e in bodies if isinstance(e.value, Mapping)
    ]
    if not machines:
        return None
    check_needs(lowering, machines[0])
    keep = lowering.condition(node, "while") if node.get("while") is not None else guard
    follow_ups = tuple(lowering.follow_ups.values())
    machine = add_exit(machines[0]._replace(entry=guard, follow_ups=follow_ups), keep)
    check_first_steps(lowering, machine)
    id_node = required_value(node, "playbook")
    _refuse_plan_name(lowering, id_node)
    return Playbook(
        id=node_text(id_node),
        file=document.file,
        title=texts_by_language(node.get("title"), id_as_title(node_text(id_node))),
        schedule=node_text(schedule),
        priority=lowering.priority,
        catch_up=_catch_up(lowering, required_value(node, "catch_up")),
        machine=machine,
        document=document,
        digest=content_hash(node, lowering.variables),
        span=id_node.span,
        body=bodies[0].key,  # type: ignore[arg-type]
        definitions=lowering.definitions,
        messages=messages,
        choices=choices,
        moved=lower_moved(lowering, node.get("moved"), machine),
        owner=lowering.owner,
        was=tuple(node_text(each) for each in was_nodes(node)),
        first_steps=lowering.first_steps,
        references=tuple(lowering.references),
        actions_read=tuple(lowering.actions_read),
        variables=lowering.variables,
        defaults={
            entry.key: node_text(entry.value) for entry in node_entries(node.get("variables"))
        },
        at_most=_at_most(lowering, node.get("at_most")),
        holdout=lower_holdout(lowering, node.get("holdout"), machine),
        start=start_or(node_text(node.get("start")), lowering.symbols.start),
        enabled=flag(node.get("enabled"), default=True),
    )


def _refuse_plan_name(lowering: Lowering, id_node: Node) -> None:
    if node_text(id_node) == PLAN_PLAYBOOK:
        message = f"`{PLAN_PLAYBOOK}` is the name of the actions of success plans"
        lowering.problems.report("reserved-id", message, id_node.span, "choose another id")


def _default_variables(lowering: Lowering, node: Mapping) -> None:
    """Add the playbook's own variables to those of the workspace, which come first."""
    own = [entry for entry in node_entries(node.get("variables")) if _is_free(lowering, entry)]
    variables = {**read_variables(own), **lowering.symbols.variables}
    lowering.symbols = replace(lowering.symbols, variables=variables)


def _is_free(lowering: Lowering, entry: Entry) -> bool:
    """Return whether a name has no meaning yet; report a problem where it has one."""
    symbols = lowering.symbols
    taken = (symbols.fields, symbols.events, BUILTIN_NAMES, KEYWORDS)
    if not any(entry.key in names for names in taken):
        return True
    lowering.problems.report(
        "hidden-name",
        f"`{entry.key}` is already a field or a word of the language",
        entry.key_span,
        "choose another name",
    )
    return False


def _define(lowering: Lowering, node: Mapping) -> None:
    """Lower the definitions: each may use earlier ones, and none may hide a field."""
    for entry in node_entries(node.get("define")):
        if not _is_free(lowering, entry):
            continue
        expression = lowering.expression(entry.value, frozenset(BUILTIN_NAMES), None)
        if expression is None:
            lowering.lost.add(entry.key)
        else:
            lowering.definitions[entry.key] = expression


def _messages(
    lowering: Lowering, node: Mapping, known: TemplateNames
) -> dict[str, dict[str, Message]]:
    messages: dict[str, dict[str, Message]] = {}
    for entry in node_entries(node.get("messages")):
        messages[entry.key] = {}
        for language in node_entries(entry.value):
            messages[entry.key][language.key] = _message(lowering, language.value, known)
    return messages


def _message(lowering: Lowering, node: Node, known: TemplateNames) -> Message:
    if not isinstance(node, Mapping):
        return Message("", "", node.span)
    body = required_value(node, "body")
    from .template_checker import check_message, names_used  # Jinja2 is slow to import

    lowering.problems.extend(check_message(node, known))
    templates = node_text(node.get("subject")), node_text(body)
    return Message(*templates, body.span, frozenset().union(*map(names_used, templates)))


def _priority(lowering: Lowering, node: Mapping) -> str:
    value = node.get("priority")
    return (
        lowering.known(value, lowering.symbols.priorities, "priority")
        if value
        else lowering.symbols.priorities[-1]
    )


def _at_most(lowering: Lowering, node: Node | None) -> OpeningCap | None:
    if not isinstance(node, Mapping):
        return None
    each = required_value(node, "each")
    by_owner = node_text(each) == "owner"
    if by_owner and not lowering.owner:
        message = "`each: owner` counts by the `owner` of the playbook, which is missing"
        hint = "add a line such as `owner: csm` to the playbook, or write `each: playbook`"
        lowering.problems.report("missing-key", message, each.span, hint)
    within = required_value(node, "within")
    days = lowering.whole_days(within, "within", least=1)
    openings = whole_value(required_value(node, "openings"))
    return OpeningCap(openings, "owner" if by_owner else "playbook", days)


def _catch_up(lowering: Lowering, node: Node) -> CatchUp:
    if not isinstance(node, Mapping):
        return CatchUp(0, "skip")
    within = lowering.whole_days(required_value(node, "within"), "within")
    then = node_text(node.get("then"), "skip")
    return CatchUp(within, "issue" if then == "issue" else "skip")
