"""Checks a message's templates while its playbook loads.

In: the `subject` and `body` as written, and the names that a message may use; out: problems with
their places. Plain templates are checked without Jinja2; all others are parsed by it and held
against a list of what is allowed.
"""

from __future__ import annotations

from ..core.problems import Problem, Span
from ..text.suggest import suggest
from ..text.yaml_nodes import Mapping, Scalar
from .simple_templates import read_simple_names
from .template_names import TemplateNames


def check_message(message: Mapping, known: TemplateNames) -> list[Problem]:
    """Every problem in the templates of one language's message, `{subject: .., body: ..}`.

    Keys other than `subject` and `body`, and values that are no text, are the shape's to refuse.
    """
    parts = (message.get("subject"), message.get("body"))
    return [
        problem
        for part in parts
        if isinstance(part, Scalar) and isinstance(part.value, str)
        for problem in check_template(part, known)
    ]


def check_template(text: Scalar, known: TemplateNames) -> list[Problem]:
    """Every problem in one template: names, filters, syntax, and what messages may not do."""
    names = read_simple_names(str(text.value), known.choices)
    if names is not None:
        return [
            unknown_template_name(name, template_position(text, at, at + len(name)), known)
            for at, name in names
            if name not in known.names
        ]
    from .template_checker import check_tree

    return check_tree(text, known)


def unknown_template_name(name: str, span: Span, known: TemplateNames) -> Problem:
    """The problem of a name that means nothing in a message."""
    if refusal := known.refused.get(name):
        return Problem(refusal.code, refusal.message, span, refusal.hint)
    near = suggest(name, known.names)
    return Problem(
        "unknown-message-name",
        f"`{name}` is no field, no variable of the workspace, no name of the playbook, and no word that messages know",
        span,
        f"did you mean `{near}`?" if near else "`tenure fields` lists the fields",
    )


def template_position(text: Scalar, start: int, end: int) -> Span:
    """Where characters `start` to `end` of a template stand; in a block of text, their line."""
    if text.style != "|":
        return text.part(start, end) if text.text == text.value else text.span
    line = text.span.line + 1 + str(text.value).count("\n", 0, start)
    return Span(text.span.file, line, 1, line + 1, 1)
