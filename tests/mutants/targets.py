"""Which packages are mutated, and which tests are near each: the first that fail end a mutant's trial."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePath

PACKAGES = ("calendar", "evaluation", "language", "store")

NEAR = {
    "calendar": ["calendar/*.py", "workspace/test_load.py"],
    "evaluation": [
        "evaluation/test_contact_policy.py",
        "evaluation/test_candidates.py",
        "evaluation/test_evaluation.py",
        "evaluation/test_suppressions.py",
        "evaluation/test_moved_anchors.py",
        "evaluation/test_playbook_lives.py",
    ],
    "language": [
        "language/*.py",
        "workspace/test_language_settings.py",
        "columns/test_columns.py",
        "evaluation/test_explain_columns.py",
        "text/test_problems.py",
        "playbook/test_load.py",
    ],
    "store": ["store/*.py", "cli/test_store_command.py", "runs/test_edits_and_redos.py"],
}
"""By package: the tests' files, the most telling first."""

ALSO = {
    "absent_tasks": ["evaluation/test_absent_accounts.py"],
    "contact_holds": ["evaluation/test_must_reach.py"],
    "contact_plan": ["runs/test_people.py"],
    "cross_references": ["evaluation/test_standings.py"],
    "merged_history": ["evaluation/test_merged_accounts.py"],
    "owners": ["evaluation/test_owners_today.py"],
    "plan_entries": ["evaluation/test_contact_plan.py", "evaluation/test_owners_today.py"],
    "recurrence": ["evaluation/test_cadences.py"],
    "rescheduling": ["runs/test_catching_up.py"],
    "retrigger": ["evaluation/test_second_triggers.py"],
    "returning": ["evaluation/test_leaving.py"],
    "shared_addresses": ["runs/test_people.py"],
    "unmet_needs": ["evaluation/test_needs.py"],
}
"""By module: more of them. Tests that are named after a module are near it anyway."""


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
        path.relative_to(root).as_posix()
        for pattern in [
            f"*/test_{module.stem}.py",
            *ALSO.get(module.stem, []),
            *NEAR[package(module)],
        ]
        for path in sorted((root / "tests").glob(pattern))
    ]
    found.sort(key=lambda name: module.stem not in PurePath(name).stem)
    return list(dict.fromkeys(found))
