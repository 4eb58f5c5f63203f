"""Lowering of `choices` (texts that messages pick by rule), and the names that a playbook's templates may use.

A message may be written days after the evaluation, and its conditions are evaluated then. So choices and messages can
read the account's fields, their history, `today` and `anchor`, and no other name of an enrolment.
"""

from __future__ import annotations

from ..language.actions_read import ActionReference
from ..language.expressions import BUILTIN_NAMES, Duration, Expression
from ..language.lexer import KEYWORDS
from ..language.operands import unalias
from ..language.states_read import Reference
from ..language.traversal import actions_read, names_read, references
from ..text.yaml_nodes import Entry, Mapping, Node, Scalar
from .lowering import Lowering, node_entries, node_items, required_value, texts_by_language
from .model import Choice, Choices
from .template_names import (
    LIST_NAMES,
    MESSAGE_NAMES,
    MESSAGE_TYPES,
    RESERVED,
    TIER_NAMES,
    NameRefusal,
    TemplateNames,
)

_KNOWN = "known to a message: fields, their history, `today` and `anchor`"
MESSAGE_TESTS = frozenset({"today", "anchor"})
"""Names other than fields that a condition in a message may use: the date evaluated, and the entry's anchor."""


def template_names(lowering: Lowering, body: str, choices: Node | None) -> TemplateNames:
    """Return the names that the messages of a playbook may use.

    Args:
        lowering: The file's lowering, with its definitions.
        body: The key of the playbook's body.
        choices: The map under `choices`.
    """
    words = {*MESSAGE_NAMES, *(TIER_NAMES if body == "tiers" else ())}
    others = {*lowering.symbols.fields, *lowering.symbols.variables, *words}
    refused = {name: _of_tiers(name) for name in TIER_NAMES if name not in others}
    for name, expression in lowering.definitions.items():
        if refusal := _refusal(name, expression, others):
            refused[name] = refusal
    lists = tuple(entry.key for entry in node_entries(choices))
    names = {*others, *lowering.definitions, *lowering.lost, *lists}
    types = {
        **lowering.symbols.fields,
        **{name: (e.type, ()) for name, e in lowering.definitions.items()},
        **dict.fromkeys(lowering.symbols.variables, None),
        **{name: (type, ()) for name, type in MESSAGE_TYPES.items() if name in words},
    }
    known = {name: type for name, type in types.items() if type is not None}
    return TemplateNames(names - refused.keys(), lists, refused, known)


def _of_tiers(name: str) -> NameRefusal:
    message = f"`{name}` is about levels, and means something in the messages of `tiers` alone"
    return NameRefusal("name-not-here", message, "take it out")


def _refusal(name: str, expression: Expression, others: set[str]) -> NameRefusal | None:
    """Return why a message may not use a definition; None where it may."""
    if name in others:
        message = f"`{name}` is a name under `define`, and a word of messages or a variable too"
        return NameRefusal("hidden-name", message, "give the one under `define` another name")
    if isinstance(unalias(expression), Duration):
        message = f"`{name}` is a length of time, which messages do not show"
        return NameRefusal("name-not-here", message, "write the length of time out in the text")
    if about := _unknown_in_messages(expression):
        return NameRefusal(
            "name-not-here", f"`{name}` is about {about}, which is unknown in a message", _KNOWN
        )
    return None


def _unknown_in_messages(expression: Expression) -> str:
    """Return in words what an expression reads that is unknown in a message; empty where all is known."""
    if references(expression):
        return "the account's state in playbooks"
    if actions_read(expression):
        return "what became of an action"
    return " and ".join(f"`{each}`" for each in sorted(names_read(expression) - MESSAGE_TESTS))


def lower_choices(
    lowering: Lowering, node: Node | None, known: TemplateNames
) -> dict[str, Choices]:
    """Return the choices by name.

    Args:
        lowering: The file's lowering.
        node: The map under `choices`.
        known: The names that the playbook's messages may use.
    """
    words = TemplateNames(
        {*known.names} - {*LIST_NAMES, *known.choices},
        refused={
            **known.refused,
            **{name: _no_list(name) for name in (*LIST_NAMES, *known.choices)},
        },
        types=known.types,
    )
    return {entry.key: _choices(lowering, entry, words) for entry in node_entries(node)}


def _no_list(name: str) -> NameRefusal:
    """Return the refusal of a list in a text under `choices`: choices that use choices could form a circle."""
    message = f"`{name}` is a list, and a text under `choices` knows no lists"
    return NameRefusal("name-not-here", message, "loop over it in the message")


def _choices(lowering: Lowering, entry: Entry, words: TemplateNames) -> Choices:
    _check_name(lowering, entry)
    body = entry.value if isinstance(entry.value, Mapping) else Mapping((), entry.key_span)
    take = required_value(body, "take")
    count = take.value if isinstance(take, Scalar) and isinstance(take.value, int) else 1
    items = [item for item in node_items(body.get("from")) if isinstance(item, Mapping)]
    return Choices(count, tuple(_choice(lowering, item, words) for item in items))


def _choice(lowering: Lowering, item: Mapping, words: TemplateNames) -> Choice:
    say = required_value(item, "say")
    templates = [e.value for e in node_entries(say)] if isinstance(say, Mapping) else [say]
    names: frozenset[str] = frozenset()
    for template in templates:
        if isinstance(template, Scalar) and isinstance(template.value, str):
            from .template_checker import check_template, names_used  # Jinja2 is slow to import

            lowering.problems.extend(check_template(template, words))
            names |= names_used(template.value)
    when = lowering.condition(item, "when", MESSAGE_TESTS)
    asked: list[Reference | ActionReference] = []
    if when is not None:
        asked = [*references(when), *actions_read(when)]
    for reference in asked:
        what = f"`{reference.function}` means nothing in a message"
        lowering.problems.report("name-not-here", what, reference.span, _KNOWN)
    return Choice(when, texts_by_language(say, ""), names)


def _check_name(lowering: Lowering, entry: Entry) -> None:
    """Check that a choice's name does not hide another name of messages."""
    kinds = (
        (lowering.symbols.fields, "a field"),
        (lowering.symbols.variables, "a variable"),
        ({*lowering.definitions, *lowering.lost}, "a name under `define`"),
        (
            {*BUILTIN_NAMES, *KEYWORDS, *MESSAGE_NAMES, *TIER_NAMES, *RESERVED},
            "a word of messages or conditions",
        ),
    )
    for names, what in kinds:
        if entry.key in names:
            message = f"`{entry.key}` is {what} already"
            lowering.problems.report("hidden-name", message, entry.key_span, "choose another name")
            return
