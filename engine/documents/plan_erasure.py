"""Replacing names in success plans, values and comments; every other character stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..core.atomic_files import write_whole
from ..fields.yaml_values import child, text_of
from ..store.redaction import ERASED, Redaction
from ..text.input_files import read_bounded
from ..text.yaml_nodes import Mapping, Node, Scalar
from ..text.yaml_reader import read_yaml
from ..workspace.plan_paths import PLANS_FOLDER, plan_file
from .labels import responsibilities
from .yaml_edit import Splice, apply, replace_scalar

_FIXED = frozenset(("account", "field", "status", "impact", "on", "due", "next_review"))
"""Keys whose values are ids, choices or dates."""

_PEOPLE = frozenset(("name", "by"))
"""Keys whose values are people."""

_OURS = "csm"
"""The role of a success plan that a person of the workspace has."""


@dataclass(frozen=True, slots=True)
class PlanRedaction:
    """The new text of a success plan, and in how many places it differs."""

    path: Path
    text: str
    places: int


def redact_plans(root: Path, redaction: Redaction) -> list[PlanRedaction]:
    """Return the plans in the workspace that hold a name, without it; write nothing.

    A file that is not readable YAML is treated as one text. Raises `Problems` for a file that cannot be read.
    """
    folder = root / PLANS_FOLDER
    if redaction.account is not None:
        paths = [root / plan_file(redaction.account)]
    else:
        paths = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    found = []
    for path in paths:
        if not path.is_file():
            continue
        file = path.relative_to(root).as_posix()
        text = read_bounded(path, file).decode("utf-8", "surrogateescape")
        mark, body = text[: text.startswith("\ufeff")], text.removeprefix("\ufeff")
        splices = list(_splices(body, file, redaction))
        if splices:
            found.append(PlanRedaction(path, mark + apply(body, splices), len(splices)))
    return found


def write_plans(plans: list[PlanRedaction]) -> None:
    """Write each plan whole."""
    for plan in plans:
        write_whole(plan.path, plan.text.encode("utf-8", "surrogateescape"))


def _splices(text: str, file: str, redaction: Redaction) -> Iterator[Splice]:
    node, _ = read_yaml(text, file)
    taken: list[tuple[int, int]] = []
    for key, scalar, ours in _scalars(node, "", False) if node is not None else ():
        splice = replace_scalar(text, scalar, _redacted(key, scalar, ours, redaction))
        taken.append((splice.start, splice.end))
        if key not in _FIXED and scalar.value != _redacted(key, scalar, ours, redaction):
            yield splice
    for start, end in redaction.names.spans(text):
        if all(end <= first or start >= last for first, last in taken):
            yield Splice(start, end, ERASED)


def _redacted(key: str, scalar: Scalar, ours: bool, redaction: Redaction) -> str:
    value = scalar.value if isinstance(scalar.value, str) else scalar.text
    if redaction.account is not None and key in _PEOPLE and not ours:
        return ERASED
    if key == "role" and value in responsibilities():
        return value
    return redaction.names.replace_within(value)


def _scalars(node: Node, key: str, ours: bool) -> Iterator[tuple[str, Scalar, bool]]:
    """Yield each value with its key, and whether it is about a person of the workspace."""
    if isinstance(node, Scalar):
        yield key, node, ours
    elif isinstance(node, Mapping):
        own = text_of(child(node, "role")) == _OURS
        for entry in node:
            yield from _scalars(entry.value, entry.key, own)
    else:
        for item in node.items:
            yield from _scalars(item, key, ours)
