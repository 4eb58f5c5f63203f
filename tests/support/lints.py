"""Lints of playbooks given as texts, in a workspace laid out for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from tenure.engine.core.problems import Problem, Span
from tenure.engine.fields.catalogue_loader import load_catalogue
from tenure.engine.language.condition import Scope, load_condition
from tenure.engine.language.interpreter import evaluate_expression
from tenure.engine.lints.linting import lint_playbook, lint_project
from tenure.engine.playbook.lowering import Symbols
from tenure.engine.project.loading import read_project
from tenure.engine.project.project_reading import checked_playbook
from tenure.engine.text.yaml_nodes import Scalar

SETTINGS = """\
workspace: Test
time_zone: Europe/Paris
country: FR
snapshots: {files: "data/accounts-{date}.csv"}
roles:
  csm: {field: csm}
"""


def lint_texts(root: Path, texts: Mapping[str, str]) -> tuple[list[Problem], dict[str, str]]:
    """All problems of the playbooks, with the texts by the names that the problems have.

    A `tenure.yaml` among the texts takes the place of `SETTINGS`.
    """
    (root / "playbooks").mkdir(parents=True)
    (root / "tenure.yaml").write_text(SETTINGS, "utf-8")
    for name, text in texts.items():
        folder = root if name == "tenure.yaml" else root / "playbooks"
        (folder / name).write_text(text, "utf-8")
    read = read_project(root)
    return [*read.problems, *lint_project(read)], read.texts


@cache
def _symbols() -> Symbols:
    catalogue, _ = load_catalogue(None)
    fields = {name: (spec.type, spec.values) for name, spec in catalogue.fields.items()}
    return Symbols(fields, ("csm",), (), ("other",))


def lint_playbook_text(text: str) -> list[Problem]:
    """The lints of a playbook that has no other problem."""
    playbook, problems = checked_playbook(text, "playbook.yaml", _symbols())
    assert playbook is not None
    assert problems == []
    catalogue, _ = load_catalogue(None)
    return lint_playbook(playbook, catalogue.fields, None, problems)


def condition_pair(*texts: str) -> list[Callable[[float], bool]]:
    """Conditions on `arr` as functions of its value."""
    span = Span("", 1, 1, 1, 1)
    read = []
    for text in texts:
        node = Scalar(text, text, span)
        expression, problems = load_condition(
            node, Scope(_symbols().fields, frozenset(), {}, set())
        )
        assert expression is not None, problems
        read.append(lambda arr, e=expression: evaluate_expression(e, {"arr": arr}) is True)
    return read
