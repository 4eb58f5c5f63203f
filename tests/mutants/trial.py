"""Tries mutants: each is written into a copy of the tree, never in place, and the tests near it are run there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from mutations import Mutant
from targets import near

PARTS = ("cli", "docs", "engine", "playbooks", "schemas", "tests", "CHANGELOG.md", "README.md")
INSTALLED = ("cli", "engine", "playbooks", "schemas")
"""Folders that are packages of `tenure`."""
PYTEST = (
    "-m",
    "pytest",
    "-q",
    "-x",
    "-m",
    "not slow",
    "-p",
    "no:randomly",
    "-p",
    "no:cacheprovider",
)
PASSED = (0, 5)
"""Exit codes of pytest: all tests have passed, or all of the file are slow and none was run."""
MERCY = 60
"""Seconds that a trial may take beyond four times its tests' own time: a mutant may loop for ever."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: killed by a failing test, by the clock, or alive."""

    module: PurePath
    mutant: Mutant
    killed: bool
    seconds: float
    by: str
    """The test that failed, `timeout`, or empty."""


class Copy:
    """A copy of the tree in which one mutant after the other is tried."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = folder
        for part in (*PARTS, "pyproject.toml"):
            if (root / part).is_dir():
                ignored = shutil.ignore_patterns("__pycache__", ".*")
                shutil.copytree(root / part, folder / part, ignore=ignored)
            elif (root / part).exists():
                shutil.copy(root / part, folder / part)
        (folder / "src" / "tenure").mkdir(parents=True)
        for part in INSTALLED:
            (folder / "src" / "tenure" / part).symlink_to(folder / part)
        self._took: dict[str, float] = {}
        """Seconds by file of tests, each run once without a mutant: many are near several modules."""

    def check(self, test: str) -> None:
        """Run a file of tests on the unchanged copy; RuntimeError if it fails, or imports something else."""
        place = self._python("-c", "import tenure.engine; print(tenure.engine.__path__[0])")
        if not place.stdout.startswith(str(self.root)):
            raise RuntimeError(f"the copy's tests would import {place.stdout.strip()}")
        began = time.monotonic()
        passed = self._python(*PYTEST, test)
        if passed.returncode not in PASSED:
            raise RuntimeError(f"the tests fail without any mutant:\n{passed.stdout[-3000:]}")
        self._took[test] = time.monotonic() - began

    def attempt(
        self, module: PurePath, mutant: Mutant, tests: Sequence[str] | None = None
    ) -> Verdict:
        """Try one mutant on these tests, or on those near its module."""
        tests = tests or near(self.root, module)
        for test in tests:
            if test not in self._took:
                self.check(test)
        stem = module.stem
        tests = sorted(tests, key=lambda name: (stem not in PurePath(name).stem, self._took[name]))
        path = self.root / module
        source = path.read_bytes()
        began = time.monotonic()
        try:
            self._write(path, mutant.apply(source))
            by = self._killer(tests)
        finally:
            self._write(path, source)
        return Verdict(module, mutant, by != "", time.monotonic() - began, by)

    def _killer(self, tests: Sequence[str]) -> str:
        limit = MERCY + 4 * sum(self._took[test] for test in tests)
        try:
            done = self._python(*PYTEST, *tests, timeout=limit)
        except subprocess.TimeoutExpired:
            return "timeout"
        if not done.returncode:
            return ""
        failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
        return failed[0].split(" - ")[0].partition(" ")[2] if failed else "tests not collected"

    def _write(self, path: Path, source: bytes) -> None:
        """Compiled code goes too: Python takes it for fresh where size and second are the same."""
        for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
            compiled.unlink()
        path.write_bytes(source)

    def _python(
        self, *arguments: str, timeout: float | None = None
    ) -> subprocess.CompletedProcess[str]:
        fresh = {"PYTHONPATH": str(self.root / "src"), "HYPOTHESIS_PROFILE": "mutants"}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env=os.environ | fresh,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
