"""Templates of documents: finding, checking and rendering.

Takes a template's name, a language and values by name, and returns Markdown. A workspace's `documents/NAME.LANG.md`
replaces the shipped template. Every value is shown literally.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from jinja2 import Template, TemplateSyntaxError, meta, nodes, pass_context
from jinja2.runtime import Context

from ..core.problems import Problem, Problems, Span
from ..playbook.template_checker import plain_template_error, single_brace
from ..playbook.template_names import FILTERS
from ..playbook.template_types import TemplateType, braces, type_faults
from ..reports.bounded import UNREADABLE, budget_of
from ..reports.sandbox import (
    LANGUAGE_KEY,
    MessageError,
    MissingValue,
    Sandbox,
    TemplateValues,
    build_sandbox,
    render_template,
    value_as_text,
)
from ..text.input_files import list_folder, read_text
from ..text.positions import split_lines
from ..text.suggest import suggest
from .markdown import Marked, escape
from .registry import TEMPLATES_FOLDER

MAX_TEMPLATE_BYTES = 200_000
"""Maximum size of a template; reading a larger one takes over a second."""

_NAME = re.compile(
    r"(?P<name>[a-z][a-z0-9_]*)\.(?P<language>[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?)\.md"
)

_IN_CELL = re.compile(r"(?<=\| )\\([-+>#])")
"""Escaped characters that begin a list, a quote or a heading on a line, but nothing in a table."""

_OTHER_TEMPLATES = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)

Parts = Mapping[str, Collection[str]]
"""Lists that templates may loop over, each with the parts of its items; empty where items are texts."""


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """A template's text; `file` is its path in the workspace, or the name of a shipped one."""

    file: str
    text: str


def languages(root: Path, name: str) -> list[str]:
    """Return the languages that have a template of that name."""
    return sorted(
        {*_languages(_shipped(), name), *_languages(_names(root / TEMPLATES_FOLDER), name)}
    )


def find_template(root: Path, name: str, language: str) -> TemplateSource:
    """Return the workspace's template, or else the shipped one. Raise `Problems` where it is not text."""
    file = f"{name}.{language}.md"
    path = root / TEMPLATES_FOLDER / file
    if os.path.lexists(path):
        text, problems = read_text(path, f"{TEMPLATES_FOLDER}/{file}", MAX_TEMPLATE_BYTES)
        if text is None:
            raise Problems(problems)
        return TemplateSource(f"{TEMPLATES_FOLDER}/{file}", text)
    return TemplateSource(file, _folder().joinpath(file).read_text("utf-8"))


def render_document(
    source: TemplateSource, values: TemplateValues, lists: Parts, language: str
) -> str:
    """Return the rendered template.

    Args:
        source: The template.
        values: Values by name; the template may use no other names.
        lists: The lists that it may loop over.
        language: The language of numbers and dates.

    Raises:
        Problems: The template is invalid, or fails with these values.
    """
    sandbox = _sandbox()
    code = _compiled(sandbox, source)
    if problems := list(_check(sandbox.parse(source.text), source, values.keys(), lists)):
        raise Problems(problems)
    template = Template.from_code(sandbox, code, {}, None)
    try:
        return _IN_CELL.sub(r"\1", render_template(template, values, language))
    except MessageError as error:
        _raise_problem(source, error)


def check_template_source(
    source: TemplateSource,
    names: Collection[str] | None,
    lists: Parts,
    types: Mapping[str, TemplateType] | None = None,
) -> list[Problem]:
    """Return the problems that a template has with any values.

    Args:
        source: The template.
        names: The names that it may use; None allows any.
        lists: The lists that it may loop over.
        types: The types of names; a name without one may be anything.
    """
    sandbox = _sandbox()
    try:
        _compiled(sandbox, source)
    except Problems as error:
        return list(error.problems)
    tree = sandbox.parse(source.text)
    # Types first: the search for names computes the constants of its tree.
    of_types = list(_check_types(tree, source, types or {}))
    return list(_check(tree, source, names, lists)) or [
        *of_types,
        *_check_braces(source, names or ()),
    ]


def _check_types(
    tree: nodes.Template, source: TemplateSource, types: Mapping[str, TemplateType]
) -> Iterable[Problem]:
    for fault in type_faults(tree, types):
        line = fault.line
        span = _word(source, line, fault.word) if fault.word else _line(source, line)
        yield Problem("template-type", fault.message, span, fault.hint)


def _check_braces(source: TemplateSource, names: Collection[str]) -> Iterable[Problem]:
    """Yield a warning for each name of the document in single braces; other braces are text."""
    for brace in braces(source.text):
        if brace.name in names:
            before = source.text[: brace.start]
            line, column = before.count("\n") + 1, brace.start - (before.rfind("\n") + 1) + 1
            length = brace.end - brace.start
            span = Span(source.file, line, column, line, column + length)
            yield single_brace(brace.name, brace.name, span)


def own_templates(root: Path) -> list[tuple[str, str]]:
    """Return the name and language of each template in the workspace; other file names are ignored."""
    matches = (_NAME.fullmatch(file) for file in sorted(_names(root / TEMPLATES_FOLDER)))
    return [(match["name"], match["language"]) for match in matches if match]


def shipped_templates() -> dict[str, str]:
    """Return the texts of all shipped templates by file name."""
    return {name: _folder().joinpath(name).read_text("utf-8") for name in _shipped()}


def _folder() -> Any:
    return resources.files(__package__).joinpath("templates")


@cache
def _shipped() -> tuple[str, ...]:
    return tuple(sorted(entry.name for entry in _folder().iterdir() if _NAME.fullmatch(entry.name)))


def _names(folder: Path) -> list[str]:
    return list_folder(folder, TEMPLATES_FOLDER)


def _languages(files: Iterable[str], name: str) -> list[str]:
    matches = (_NAME.fullmatch(file) for file in files)
    return [match["language"] for match in matches if match and match["name"] == name]


def _sandbox() -> Sandbox:
    """Return the sandbox of messages with Markdown's needs: values escaped, tags that leave no empty lines."""
    sandbox = build_sandbox()
    sandbox.finalize = _finalize
    sandbox.trim_blocks = sandbox.lstrip_blocks = sandbox.keep_trailing_newline = True
    return sandbox


def _compiled(sandbox: Sandbox, source: TemplateSource) -> Any:
    try:
        return sandbox.compile(source.text, source.file, source.file)
    except TemplateSyntaxError as error:
        raise Problems([_syntax(source, error)]) from error
    except UNREADABLE as error:
        message = "this template is nested too deeply, or has too long a number, to be read"
        problem = Problem("document-syntax", message, _line(source, 1), _SYNTAX)
        raise Problems([problem]) from error


@pass_context
def _finalize(context: Context, value: Any) -> str:
    text = value_as_text(value, context[LANGUAGE_KEY])
    budget_of(context).make(len(text))
    return text if isinstance(value, Marked | MissingValue) else escape(text)


def _syntax(source: TemplateSource, error: TemplateSyntaxError) -> Problem:
    """Return the problem of a template that Jinja2 cannot read, with a suggestion for an unknown filter."""
    message, span = (
        f"this template cannot be read: {plain_template_error(error)}",
        _line(source, error.lineno),
    )
    filter_name = re.fullmatch(r"No filter named '(\w+)'\.?", error.message or "")
    if filter_name is None:
        return Problem("document-syntax", message, span, _SYNTAX)
    word = filter_name[1]
    near = suggest(word, FILTERS)
    hint = f"did you mean `{near}`?" if near else f"there are: {', '.join(FILTERS)}"
    message = f"documents have no filter `{word}`"
    return Problem("document-syntax", message, _word(source, error.lineno, word), hint)


def _check(
    tree: nodes.Template, source: TemplateSource, names: Collection[str] | None, lists: Parts
) -> Iterable[Problem]:
    """Yield the problems of a template: use of other templates, unknown names and unknown parts of lists."""
    for tag in tree.find_all(_OTHER_TEMPLATES):
        message = "a template may not take anything from other templates"
        yield Problem("document-syntax", message, _line(source, tag.lineno), _SYNTAX)
    if names is not None:
        yield from _check_names(tree, source, names)
    for loop in tree.find_all(nodes.For):
        yield from _check_parts(source, loop, lists)


def _check_names(
    tree: nodes.Template, source: TemplateSource, names: Collection[str]
) -> Iterable[Problem]:
    """Yield the problems of names that the document does not have."""
    unknown = meta.find_undeclared_variables(tree) - {*names}
    for node in tree.find_all(nodes.Name) if unknown else ():
        if node.name in unknown:
            near = suggest(node.name, names)
            hint = f"did you mean `{near}`?" if near else "`tenure fields` lists the fields"
            message = f"`{node.name}` is not a name of this document"
            yield Problem(
                "unknown-document-name", message, _word(source, node.lineno, node.name), hint
            )


def _check_parts(source: TemplateSource, loop: nodes.For, lists: Parts) -> Iterable[Problem]:
    """Yield the problems of unknown parts that a loop reads of its items."""
    listed = (
        loop.iter.attr if isinstance(loop.iter, nodes.Getattr) else getattr(loop.iter, "name", "")
    )
    parts = lists.get(listed)
    if parts is None or not isinstance(loop.target, nodes.Name):
        return
    for node in loop.find_all(nodes.Getattr):
        item = node.node
        if (
            isinstance(item, nodes.Name)
            and item.name == loop.target.name
            and node.attr not in parts
        ):
            near = suggest(node.attr, parts)
            hint = f"did you mean `{near}`?" if near else f"there are: {', '.join(parts) or 'none'}"
            message = f"`{node.attr}` is not a part of `{listed}`"
            yield Problem(
                "unknown-document-name", message, _word(source, node.lineno, node.attr), hint
            )


_SYNTAX = (
    "a template may use names, `{% if %}`, `{% for objective in objectives %}`, and the filters "
    + ", ".join(FILTERS)
)


def _raise_problem(source: TemplateSource, error: MessageError) -> NoReturn:
    """Raise the problem that a template has with these values, at the line where it occurred."""
    at = _raised_at(error.__traceback__, source.file)
    if at is None and error.__cause__ is not None:
        at = _raised_at(error.__cause__.__traceback__, source.file)
    hint = "test a value first with `{% if not x is missing %}`; values can be shown, compared and filtered"
    span = _line(source, at or 1)
    raise Problems([Problem("document-failed", str(error), span, hint)]) from error


def _raised_at(traceback: TracebackType | None, file: str) -> int | None:
    """Return the template's line in a traceback; Jinja2 maps its generated code to the template's lines."""
    line = None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == file:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def _line(source: TemplateSource, line: int) -> Span:
    return Span(source.file, line, 1, line + 1, 1)


def _word(source: TemplateSource, line: int, word: str) -> Span:
    """Return the span of the word's first occurrence on that line or later; Jinja2 gives only the line of the tag."""
    for at, text in enumerate(split_lines(source.text)[line - 1 :], line):
        if match := re.search(rf"\b{re.escape(word)}\b", text):
            return Span(source.file, at, match.start() + 1, at, match.end() + 1)
    return _line(source, line)
