"""Which packages are mutated."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePath

PACKAGES = ("calendar", "evaluation", "language", "store")


def modules(root: Path, packages: Iterable[str]) -> list[PurePath]:
    """Return the modules of these packages, relative to the root, in order."""
    found = [path for name in packages for path in sorted((root / "engine" / name).glob("*.py"))]
    return [path.relative_to(root) for path in found if path.stat().st_size]


def package(module: PurePath) -> str:
    """Return the package of a module."""
    return module.parts[1]
