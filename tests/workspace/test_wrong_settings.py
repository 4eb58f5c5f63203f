"""Edits of the settings and of the field catalogue as people make them in a hurry, and their follow-ups."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.workspaces import RENEWAL, SETTINGS, workspace
from tenure.engine.project.loading import read_project


def codes_and_hints(
    root: Path, settings: str = SETTINGS, fields: str = ""
) -> list[tuple[str, str | None]]:
    workspace(root, {"renewal": RENEWAL}, settings)
    if fields:
        (root / "fields.yaml").write_text(fields, encoding="utf-8")
    return [(problem.code, problem.hint) for problem in read_project(root).problems]


@pytest.mark.parametrize(
    ("old", "new", "code", "hint"),
    [
        ("country: FR", "country: Frankreich", "bad-text", "write `FR`"),
        ("country: FR", "country: de", "bad-text", "write `DE`"),
        (
            "priorities: [renewal, other]",
            "priorities: renewal > other",
            "wrong-type",
            "write [renewal, other]",
        ),
        (
            "roles:\n  csm: {field: csm}\n  operations: {name: Ops}",
            "roles: [csm, operations]",
            "wrong-type",
            "write roles by id, such as `csm: {field: csm}`",
        ),
        ("roles:", "role:", "unknown-key", "did you mean `roles`?"),
        ("priorities:", "prioritys:", "unknown-key", "did you mean `priorities`?"),
    ],
)
def test_a_slip_in_the_settings_is_one_problem(
    tmp_path: Path, old: str, new: str, code: str, hint: str
) -> None:
    assert old in SETTINGS
    assert codes_and_hints(tmp_path / "w", SETTINGS.replace(old, new)) == [(code, hint)]


@pytest.mark.parametrize(
    ("variables", "code"),
    [("variable: {line: 70}", "unknown-key"), ("variables: 70", "wrong-type")],
)
def test_names_of_variables_that_cannot_be_read_are_no_problems(
    tmp_path: Path, variables: str, code: str
) -> None:
    settings = SETTINGS.replace("status == 'lapsed'", "health_score < line") + variables
    found = [code for code, _ in codes_and_hints(tmp_path / "w", settings)]
    assert found == [code]


def test_names_that_the_settings_lack_are_still_shown(tmp_path: Path) -> None:
    without = SETTINGS.replace("  operations: {name: Ops}\n", "").replace(
        "country: FR", "country: F"
    )
    found = [code for code, _ in codes_and_hints(tmp_path / "w", without)]
    assert sorted(found) == ["bad-text", "unknown-role"]


@pytest.mark.parametrize(
    ("field", "hint"),
    [("arr: yearly", "write `{from: yearly}`"), ("size: number", "write `{type: number}`")],
)
def test_a_field_that_is_a_text_alone(tmp_path: Path, field: str, hint: str) -> None:
    assert codes_and_hints(tmp_path / "w", fields=f"fields: {{{field}}}\n") == [
        ("wrong-type", hint)
    ]
