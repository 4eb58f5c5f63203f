"""Which packages are mutated, and which tests are near each: the first that fail end a mutant's trial."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePath

PACKAGES = ("calendar", "evaluation", "language", "store")

NEAR = {
    "calendar": ["test_calendar_*.py", "test_workspace_load.py"],
    "evaluation": [
        "test_contact_policy.py",
        "test_candidates.py",
        "test_evaluation.py",
        "test_suppressions.py",
        "test_moved_anchors.py",
        "test_playbook_lives.py",
    ],
    "language": [
        "test_language_*.py",
        "test_columns.py",
        "test_explain_columns.py",
        "test_problems.py",
        "test_playbook_load.py",
    ],
    "store": ["test_store*.py", "test_edits_and_redos.py"],
}
"""By package: the tests' files, the most telling first."""

ALSO = {"cross_references": ["test_standings.py"], "rescheduling": ["test_catching_up.py"]}
"""By module: more of them."""


def modules(root: Path, packages: Iterable[str]) -> list[PurePath]:
    """Return the modules of these packages, relative to the root, in order."""
    found = [path for name in packages for path in sorted((root / "engine" / name).glob("*.py"))]
    return [path.relative_to(root) for path in found if path.stat().st_size]


def package(module: PurePath) -> str:
    """Return the package of a module."""
    return module.parts[1]


def near(root: Path, module: PurePath) -> list[str]:
    """Return the tests to run for a module: those named after it first."""
    found = [
        path.name
        for pattern in [*ALSO.get(module.stem, []), *NEAR[package(module)]]
        for path in sorted((root / "tests").glob(pattern))
    ]
    found.sort(key=lambda name: module.stem not in name)
    return [f"tests/{name}" for name in dict.fromkeys(found)]
