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
    "store": ["store/test_small_promises.py", "store/test_store.py", "store/test_indexes.py"],
}
"""By package: the tests' files, the most telling ones. A trial begins with the fastest.

Those of `store` take less than a minute of processor, with the ones of the module. `store/test_crash.py` kills
processes at every step and takes longer: `make faults` is about those.
"""

ALSO = {
    "absent_tasks": ["evaluation/test_absent_accounts.py"],
    "backup": ["store/test_backup.py"],
    "checksums": ["store/test_chain.py", "store/test_rot.py"],
    "commit": ["store/test_recordings.py", "store/test_chain.py"],
    "committed": ["store/test_recordings.py", "store/test_chain.py"],
    "connection": ["store/test_ownership.py", "store/test_crash.py"],
    "contact_holds": ["evaluation/test_must_reach.py"],
    "contact_plan": ["runs/test_people.py"],
    "cross_references": ["evaluation/test_standings.py"],
    "deliveries": ["delivery/test_taken_back.py", "store/test_recordings.py"],
    "file_names": ["store/test_ownership.py"],
    "filters": ["store/test_action_standing.py"],
    "former_ids": ["store/test_erase.py"],
    "index_checks": ["store/test_rot.py"],
    "interned_texts": ["store/test_chain.py", "store/test_erase.py"],
    "ledger": ["store/test_recordings.py", "store/test_chain.py"],
    "ledger_rows": ["store/test_chain.py", "store/test_erase.py"],
    "lock": ["store/test_ownership.py"],
    "manifest": ["store/test_chain.py", "store/test_rot.py"],
    "merged_history": ["evaluation/test_merged_accounts.py"],
    "newest_run": ["store/test_backup.py"],
    "overlay": ["store/test_recordings.py", "runs/test_edits_and_redos.py"],
    "owners": ["evaluation/test_owners_today.py"],
    "parquet_files": ["store/test_rot.py"],
    "permissions": ["store/test_ownership.py"],
    "plan_entries": ["evaluation/test_contact_plan.py", "evaluation/test_owners_today.py"],
    "recordings": ["store/test_action_standing.py"],
    "recurrence": ["evaluation/test_cadences.py"],
    "redaction": ["store/test_erase.py"],
    "rescheduling": ["runs/test_catching_up.py"],
    "restore": ["store/test_backup.py"],
    "retention": ["store/test_erase.py"],
    "retrigger": ["evaluation/test_second_triggers.py"],
    "returning": ["evaluation/test_leaving.py"],
    "run_record": ["store/test_chain.py"],
    "seals": ["store/test_chain.py"],
    "segments": ["store/test_chain.py", "store/test_rot.py"],
    "shared_addresses": ["runs/test_people.py"],
    "snapshot_history": ["store/test_rot.py"],
    "sqlite_rows": ["store/test_recordings.py", "store/test_chain.py"],
    "sqlite_schema": ["store/test_ownership.py", "store/test_chain.py"],
    "state_files": ["store/test_rot.py"],
    "unmet_needs": ["evaluation/test_needs.py"],
    "verify": ["store/test_rot.py", "store/test_chain.py"],
    "writer": ["store/test_ownership.py", "store/test_rot.py"],
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
    """Return the tests to run for a module."""
    found = [
        path.relative_to(root).as_posix()
        for pattern in [
            f"*/test_{module.stem}.py",
            *ALSO.get(module.stem, []),
            *NEAR[package(module)],
        ]
        for path in sorted((root / "tests").glob(pattern))
    ]
    return list(dict.fromkeys(found))
