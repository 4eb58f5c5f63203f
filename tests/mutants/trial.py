"""Tries mutants: each is written into a copy of the tree, never in place, and the tests that reach it are run there."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path, PurePath
from typing import Literal

import reach
from mutations import Mutant

PARTS = ("cli", "docs", "engine", "playbooks", "schemas", "tests", "CHANGELOG.md", "README.md")
INSTALLED = ("cli", "engine", "playbooks", "schemas")
"""Folders that are packages of `tenure`."""
PYTEST = ("-m", "pytest", "-q", "-m", "not slow", "-p", "no:randomly", "-p", "no:cacheprovider")
LEFT_OUT = ("bench", "docs", "faults", "lints", "mutants", "programme", "repository")
"""Folders of tests that are not recorded: about other things than the engine's code, or in processes of their own."""
AT_ONCE = 8
"""Seconds of processor for the tests that are tried first: most mutants are noticed by then."""
AT_MOST = 90
"""Seconds of processor for all tests that are tried with the examples of a quick run."""
MORE = 4
"""How many times as long a property test takes with all its examples."""
AT_LAST = 300
"""Seconds of processor for the property tests that are tried with all their examples."""
ALL_EXAMPLES = ("--hypothesis-seed", "0")
"""The examples that `make test-properties` tries, and so CI."""
MERCY = 30
"""Seconds of processor that a trial may take beyond four times its tests' own: a mutant may loop for ever."""
PATIENCE = 20
"""How many times as long a trial may take on a busy machine, or one that waits for ever."""
Noticed = Literal["at once", "with all examples", ""]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: noticed by a failing test or by the clock, or not at all."""

    module: PurePath
    mutant: Mutant
    noticed: Noticed
    seconds: float
    by: str
    """The test that failed, `timeout`, or how many tests reach the mutant and passed."""


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

    def record(
        self, packages: Sequence[str], tests: Sequence[str] | None, processes: int
    ) -> reach.Reach:
        """Run tests on the unchanged copy, by default all, and return which of them reach which lines.

        A test that fails is left out. RuntimeError if none passes, or if they import another tree.
        """
        place = self._python("-c", "import tenure.engine; print(tenure.engine.__path__[0])")
        if not place.stdout.startswith(str(self.root)):
            raise RuntimeError(f"the copy's tests would import {place.stdout.strip()}")
        chosen = tests or [
            f"tests/{folder.name}"
            for folder in sorted((self.root / "tests").iterdir())
            if folder.is_dir() and folder.name not in LEFT_OUT
        ]
        several = ("-n", f"{processes}", "--dist", "loadfile") if processes > 1 else ()
        with tempfile.TemporaryDirectory() as folder:
            sources = os.pathsep.join(f"{self.root / 'engine' / name}" for name in packages)
            passed = self._python(
                *PYTEST,
                *("-p", "recorder", *several, *chosen),
                extra={"TENURE_REACH": folder, "TENURE_REACH_SOURCES": sources},
            )
            found = reach.read(Path(folder), self.root)
        if not found.took:
            raise RuntimeError(f"no test passes without any mutant:\n{passed.stdout[-3000:]}")
        return found

    def attempt(self, module: PurePath, mutant: Mutant, known: reach.Reach) -> Verdict:
        """Try one mutant on the tests that reach it."""
        path = self.root / module
        source = path.read_bytes()
        tests = known.tests(module, mutant, source)
        properties = [test for test in tests if test in set(known.properties)]
        began = time.monotonic()
        noticed: Noticed = ""
        by = ""
        try:
            self._write(path, mutant.apply(source))
            if by := self._killer_at_once(tests, known.took):
                noticed = "at once"
            elif by := self._killer_with_all_examples(properties, known.took):
                noticed = "with all examples"
        finally:
            self._write(path, source)
        seconds = time.monotonic() - began
        return Verdict(module, mutant, noticed, seconds, by or f"{len(tests)} tests reach it")

    def _killer_at_once(self, tests: Sequence[str], took: dict[str, float]) -> str:
        for some in _stages(tests, took):
            if by := self._killer(some, _limit_of(some, took)):
                return by
        return ""

    def _killer_with_all_examples(self, tests: Sequence[str], took: dict[str, float]) -> str:
        longer = {test: MORE * took[test] for test in tests}
        some = _within(AT_LAST, tests, longer)
        extra = {"HYPOTHESIS_PROFILE": "mutants_long"}
        return (
            self._killer(some, _limit_of(some, longer), *ALL_EXAMPLES, extra=extra) if some else ""
        )

    def _killer(
        self, tests: Sequence[str], limit: int, *options: str, extra: dict[str, str] | None = None
    ) -> str:
        try:
            done = self._python(*PYTEST, "-x", *options, *tests, limit=limit, extra=extra)
        except subprocess.TimeoutExpired:
            return "timeout"
        if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
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
        self, *arguments: str, limit: int | None = None, extra: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        paths = [self.root / "src", self.root / "tests" / "mutants"]
        fresh = {
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "HYPOTHESIS_PROFILE": "mutants",
        }
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env=os.environ | fresh | (extra or {}),
            capture_output=True,
            text=True,
            timeout=limit and PATIENCE * limit,
            preexec_fn=partial(_limit, limit),
            check=False,
        )


def _limit(seconds: int | None) -> None:
    if seconds is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def _stages(tests: Sequence[str], took: dict[str, float]) -> list[Sequence[str]]:
    """Split tests into those tried at once and those tried after them, within the time for all."""
    first = len(_within(AT_ONCE, tests, took))
    last = len(_within(AT_MOST, tests, took))
    return [some for some in (tests[:first], tests[first:last]) if some]


def _within(seconds: int, tests: Sequence[str], took: dict[str, float]) -> Sequence[str]:
    """Return the first tests, which take no longer together; at least one, if there is any."""
    so_far = accumulate(took[test] for test in tests)
    return tests[: max(1, sum(each <= seconds for each in so_far))]


def _limit_of(tests: Sequence[str], took: dict[str, float]) -> int:
    return MERCY + int(4 * sum(map(took.__getitem__, tests)))
