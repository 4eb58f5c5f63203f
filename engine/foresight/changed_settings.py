"""Settings changed for a simulation: a key of a playbook or of `tenure.yaml`, in memory, the files stay as they are.

A change is written `PLAYBOOK.KEY.KEY=VALUE`; the first word is `tenure` for the workspace's settings. An item of a list
goes by its `id`, or by its number from 1.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..core.problems import Problem, Problems
from ..documents.yaml_edit import Splice, apply, text_index
from ..language.expressions import Alias, Compare, Constant, Expression, Field
from ..language.operands import unalias
from ..language.traversal import children
from ..project.loading import Project
from ..text.suggest import suggest
from ..text.yaml_nodes import Mapping, Node, Scalar
from ..text.yaml_nodes import Sequence as ListNode
from ..text.yaml_reader import read_yaml
from ..workspace.settings import SETTINGS
from .other_version import load_texts

WORKSPACE = "tenure"
SET = "--set"


class Place(NamedTuple):
    """A place in a file, whose text is to be replaced."""

    file: str
    start: int
    end: int


def with_settings(project: Project, changes: Iterable[str]) -> Project:
    """Return the project with changed settings.

    Raises:
        Problems: A change is not one, names nothing, or makes a file wrong.
    """
    for change in changes:
        path, sign, value = change.partition("=")
        if not sign or not value.strip():
            why = "a setting and its value are needed"
            raise Problems(
                [_unusable(change, why, "write renewal.define.at_risk=health_score < 75")]
            )
        project = with_value(project, [setting_place(project, path.strip())], value.strip(), change)
    return project


def with_value(project: Project, places: Sequence[Place], value: str, change: str) -> Project:
    """Return the project with a value written at these places.

    Args:
        project: The project.
        places: Places in its texts.
        value: The value, as YAML or as text.
        change: The change as written, for problems.

    Raises:
        Problems: A file is wrong with it.
    """
    texts = dict(project.texts)
    for file in {place.file for place in places}:
        text = texts[file]
        splices = [
            Splice(place.start, place.end, _as_yaml(value, text[place.start : place.end]))
            for place in places
            if place.file == file
        ]
        texts[file] = apply(text, splices)
    return load_texts(project, texts, f"{SET} {change}")


def _as_yaml(value: str, before: str) -> str:
    """Return a value as YAML, in quotes if it would mean something else; with the line's end that it replaces."""
    node, problems = read_yaml(f"value: {value}\n", SET)
    read = node.get("value") if isinstance(node, Mapping) and not problems else None
    means_it = isinstance(read, Mapping | ListNode) or (
        isinstance(read, Scalar) and (read.style != "" or read.text == value)
    )
    return (value if means_it else json.dumps(value)) + ("\n" if before.endswith("\n") else "")


def setting_place(project: Project, path: str) -> Place:
    """Return the place of a setting's value.

    Raises:
        Problems: There is none.
    """
    first, *keys = path.split(".")
    files = {each.id: each.file for each in project.playbooks} | {WORKSPACE: SETTINGS}
    if first not in files:
        raise Problems([_no_such(path, first, files, "playbook")])
    if not keys:
        raise Problems(
            [_unusable(path, "it names no setting of the playbook", f"write {path}.define.NAME")]
        )
    text = project.texts[files[first]]
    node: Node | None = read_yaml(text, files[first])[0]
    for key in keys:
        known = dict(_children(node))
        if key not in known:
            raise Problems([_no_such(path, key, known, "key")])
        node = known[key]
    assert node is not None
    span = node.span
    start = text_index(text, span.line, span.column)
    return Place(files[first], start, text_index(text, span.end_line, span.end_column))


def _children(node: Node | None) -> Iterator[tuple[str, Node]]:
    if isinstance(node, Mapping):
        yield from ((entry.key, entry.value) for entry in node)
    if isinstance(node, ListNode):
        for number, item in enumerate(node.items, 1):
            id = item.get("id") if isinstance(item, Mapping) else None
            yield str(number), item
            if isinstance(id, Scalar):
                yield id.text, item


def comparison_places(project: Project, path: str) -> list[Place]:
    """Return the places of the numbers that a definition compares a field with.

    Args:
        project: The project.
        path: `DEFINITION.FIELD`, in all playbooks that have it, or `PLAYBOOK.DEFINITION.FIELD`.

    Raises:
        Problems: There is none.
    """
    *playbook, name, field = path.split(".") if path.count(".") in (1, 2) else ["", "", ""]
    defining = [
        each
        for each in project.playbooks
        if name in each.definitions and (not playbook or each.id == playbook[0])
    ]
    if not defining:
        known = {name for each in project.playbooks for name in each.definitions}
        raise Problems([_no_such(path, name, known, "definition")])
    places = [
        Place(
            each.file,
            text_index(project.texts[each.file], number.span.line, number.span.column),
            text_index(project.texts[each.file], number.span.end_line, number.span.end_column),
        )
        for each in defining
        for number in _compared(each.definitions[name], field)
    ]
    if not places:
        why = f"`{name}` does not compare `{field}` with a number"
        raise Problems(
            [_unusable(path, why, "name a field that it compares: at_risk.health_score=60..80:5")]
        )
    return places


def defining_playbook(project: Project, path: str) -> str | None:
    """Return the rule of a path of a comparison, such as `renewal.define.at_risk`; None for any other path."""
    *playbook, name, _ = ["", "", *path.split(".")]
    wanted = playbook[-1]
    for each in project.playbooks:
        if name in each.definitions and wanted in ("", each.id):
            return f"{each.id}.define.{name}"
    return None


def _compared(e: Expression, field: str) -> Iterator[Expression]:
    """Yield the numbers, or the variables, that a field is compared with, in the expression's own text."""
    if isinstance(e, Compare):
        for one, other in ((e.left, e.right), (e.right, e.left)):
            value = unalias(other)
            is_number = isinstance(value, Constant) and value.type == "number"
            if isinstance(one, Field) and one.name == field and is_number:
                yield other
    if not isinstance(e, Alias):
        for child in children(e):
            yield from _compared(child, field)


def _no_such(path: str, name: str, known: Iterable[str], noun: str) -> Problem:
    names = sorted(known)
    near = suggest(name, names)
    some = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    hint = f"did you mean `{near}`?" if near else f"there are: {some or 'none'}"
    return _unusable(path, f"there is no {noun} `{name}`", hint)


def _unusable(path: str, why: str, hint: str) -> Problem:
    return Problem("bad-simulation", f"`{path}` cannot be changed: {why}", hint=hint)
