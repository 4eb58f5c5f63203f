"""Lowers `choices`: texts that messages pick by rule; and says what the playbook's templates may name.

What a choice or a message asks must be told again when the message is written, days after the evaluation: so they
know the account's fields, their history, `today` and `anchor`, and nothing else of an enrolment.
"""

from __future__ import annotations

from ..language.expressions import BUILTIN_NAMES, Expression
from ..language.lexer import KEYWORDS
from ..language.traversal import names_read, references
from ..text.yaml_nodes import Entry, Mapping, Node, Scalar
from .lowering import Lowering, node_entries, node_items, required_value, texts_by_language
from .model import Choice, Choices
from .template_names import (
    LIST_NAMES,
    MESSAGE_NAMES,
    RESERVED,
    TIER_NAMES,
    NameRefusal,
    TemplateNames,
)

_KNOWN = "known to a message: fields, their history, `today` and `anchor`"
MESSAGE_TESTS = frozenset({"today", "anchor"})
"""What a condition in a message may name besides fields: the date evaluated, and the entry's anchor."""


def template_names(at: Lowering, body: str, choices: Node | None) -> TemplateNames:
    """What the messages of a playbook with that body may name."""
    words = {*MESSAGE_NAMES, *(TIER_NAMES if body == "tiers" else ())}
    others = {*at.around.fields, *at.around.variables, *words}
    refused = {name: _of_tiers(name) for name in TIER_NAMES if name not in others}
    for name, expression in at.definitions.items():
        if refusal := _refusal(name, expression, others):
            refused[name] = refusal
    lists = tuple(entry.key for entry in node_entries(choices))
    names = {*others, *at.definitions, *at.lost, *lists}
    return TemplateNames(names - refused.keys(), lists, refused)


def _of_tiers(name: str) -> NameRefusal:
    message = f"`{name}` is about levels, and means something in the messages of `tiers` alone"
    return NameRefusal("name-not-here", message, "take it out")


def _refusal(name: str, expression: Expression, others: set[str]) -> NameRefusal | None:
    """Why a message may not use a definition."""
    if name in others:
        message = f"`{name}` is a name under `define`, and a word of messages or a variable too"
        return NameRefusal("hidden-name", message, "give the one under `define` another name")
    if about := _untold(expression):
        return NameRefusal(
            "name-not-here", f"`{name}` is about {about}, which a message cannot tell", _KNOWN
        )
    return None


def _untold(expression: Expression) -> str:
    """What an expression asks that a message cannot tell, in words; nothing for most."""
    if references(expression):
        return "where the account stands in playbooks"
    return " and ".join(f"`{each}`" for each in sorted(names_read(expression) - MESSAGE_TESTS))


def lower_choices(at: Lowering, node: Node | None, known: TemplateNames) -> dict[str, Choices]:
    """The choices by name; `known` is what the playbook's messages may name."""
    words = TemplateNames(
        {*known.names} - {*LIST_NAMES, *known.choices},
        refused={
            **known.refused,
            **{name: _no_list(name) for name in (*LIST_NAMES, *known.choices)},
        },
    )
    return {entry.key: _choices(at, entry, words) for entry in node_entries(node)}


def _no_list(name: str) -> NameRefusal:
    """A text that is chosen chooses no other: that could go round in a circle."""
    message = f"`{name}` is a list, and a text under `choices` knows no lists"
    return NameRefusal("name-not-here", message, "loop over it in the message")


def _choices(at: Lowering, entry: Entry, words: TemplateNames) -> Choices:
    _own_name(at, entry)
    body = entry.value if isinstance(entry.value, Mapping) else Mapping((), entry.key_span)
    take = required_value(body, "take")
    count = take.value if isinstance(take, Scalar) and isinstance(take.value, int) else 1
    listed = [item for item in node_items(body.get("from")) if isinstance(item, Mapping)]
    return Choices(count, tuple(_choice(at, item, words) for item in listed))


def _choice(at: Lowering, item: Mapping, words: TemplateNames) -> Choice:
    say = required_value(item, "say")
    templates = [e.value for e in node_entries(say)] if isinstance(say, Mapping) else [say]
    for template in templates:
        if isinstance(template, Scalar) and isinstance(template.value, str):
            from .template_checker import check_template  # Jinja2 is slow to import

            at.problems.extend(check_template(template, words))
    when = at.condition(item, "when", MESSAGE_TESTS)
    for reference in references(when) if when is not None else ():
        what = f"`{reference.function}` means nothing in a message"
        at.problem("name-not-here", what, reference.span, _KNOWN)
    return Choice(when, texts_by_language(say, ""))


def _own_name(at: Lowering, entry: Entry) -> None:
    """A choice hides nothing that a message may name."""
    kinds = (
        (at.around.fields, "a field"),
        (at.around.variables, "a variable of the workspace"),
        ({*at.definitions, *at.lost}, "a name under `define`"),
        (
            {*BUILTIN_NAMES, *KEYWORDS, *MESSAGE_NAMES, *TIER_NAMES, *RESERVED},
            "a word of messages or conditions",
        ),
    )
    for names, what in kinds:
        if entry.key in names:
            message = f"`{entry.key}` is {what} already"
            at.problem("hidden-name", message, entry.key_span, "choose another name")
            return
