"""A mutation run: how many small changes of meaning do the tests notice?

python tests/mutants                            60 mutants of each package, drawn with seed 1
python tests/mutants --package store --each 0   every mutant of the store
python tests/mutants --at engine/store/files.py:20   those of one line, or of a module
python tests/mutants --reach FILE               with the recording of this file, which is written if there is none

First all tests run once, to record which of them reach which lines. Each mutant is then tried on those that reach it.
Prints the score by package and the survivors, as Markdown.
"""

from __future__ import annotations

import argparse
import json
import queue
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path, PurePath

from mutations import Mutant, mutants
from reach import Reach
from targets import PACKAGES, modules, package
from trial import Copy, Verdict

ROOT = Path(__file__).parents[2]
Case = tuple[PurePath, Mutant]


def main() -> int:
    """Try the mutants that the command line names; 1 if too many survive."""
    options = _options()
    cases = list(_cases(options))
    verdicts = sorted(tried(cases, options), key=_place)
    sys.stdout.write(report(verdicts))
    killed = sum(verdict.noticed != "" for verdict in verdicts)
    return 0 if 100 * killed >= options.at_least * len(verdicts) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/mutants", description="Try mutants of the engine.")
    parser.add_argument("--package", action="append", choices=PACKAGES, help="only this one")
    parser.add_argument("--each", type=int, default=60, help="mutants a package; 0 is all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--at", action="append", metavar="FILE[:LINE]", help="all of a module, or of a line"
    )
    parser.add_argument(
        "--tests", action="append", metavar="FILE", help="try only these, or those of a folder"
    )
    parser.add_argument("--reach", type=Path, metavar="FILE", help="which tests reach which lines")
    parser.add_argument("--at-least", type=float, default=0, help="per cent that must be killed")
    return parser.parse_args()


def _cases(options: argparse.Namespace) -> Iterator[Case]:
    if options.at:
        for place in options.at:
            file, _, line = place.partition(":")
            yield from (case for case in _all(PurePath(file)) if line in ("", str(case[1].line)))
        return
    for name in options.package or PACKAGES:
        found = [case for module in modules(ROOT, [name]) for case in _all(module)]
        number = min(options.each or len(found), len(found))
        yield from random.Random(f"{options.seed} {name}").sample(found, number)


def _all(module: PurePath) -> list[Case]:
    return [(module, mutant) for mutant in mutants((ROOT / module).read_bytes())]


def tried(cases: Sequence[Case], options: argparse.Namespace) -> Iterator[Verdict]:
    """Yield the verdicts, in no order; each worker has a copy of the tree to itself."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.workers) as pool:
        free: queue.Queue[Copy] = queue.Queue()
        for n in range(options.workers):
            free.put(Copy(ROOT, Path(folder).resolve() / f"{n}"))
        reach = _reach(free.queue[0], sorted({package(module) for module, _ in cases}), options)

        def attempt(case: Case) -> Verdict:
            copy = free.get()
            try:
                return copy.attempt(*case, reach)
            finally:
                free.put(copy)

        for done in as_completed(pool.submit(attempt, case) for case in cases):
            verdict = done.result()
            sys.stderr.write(f"{verdict.noticed or 'ALIVE':17} {verdict.seconds:5.0f} s ")
            sys.stderr.write(f"{_line(verdict)}  {verdict.by}\n")
            sys.stderr.flush()
            yield verdict


def _reach(copy: Copy, packages: Sequence[str], options: argparse.Namespace) -> Reach:
    if options.reach and options.reach.exists():
        return Reach(**json.loads(options.reach.read_text()))
    found = copy.record(packages, options.tests, options.workers)
    if options.reach:
        options.reach.write_text(json.dumps(asdict(found)))
    return found


def report(verdicts: Sequence[Verdict]) -> str:
    """Return the score by package and the survivors, as Markdown."""
    lines = [
        "| package | mutants | noticed at once | with all examples | score |",
        "|---|---:|---:|---:|---:|",
    ]
    packages = sorted({package(verdict.module) for verdict in verdicts})
    for name in [*packages, "all"]:
        mine = [v for v in verdicts if name in (package(v.module), "all")]
        counts = Counter(verdict.noticed for verdict in mine)
        at_once, later = counts["at once"], counts["with all examples"]
        score = f"{100 * (at_once + later) / len(mine):.0f} %" if mine else ""
        lines.append(f"| {name} | {len(mine)} | {at_once} | {later} | {score} |")
    alive = [verdict for verdict in verdicts if not verdict.noticed]
    if alive:
        lines += ["", "Survivors:", "", *(f"- {_line(verdict)}" for verdict in alive)]
    return "\n".join(lines) + "\n"


def _line(verdict: Verdict) -> str:
    mutant = verdict.mutant
    before, after = (" ".join(text.split()) or "nothing" for text in (mutant.before, mutant.after))
    return f"`{verdict.module}:{mutant.line}` `{before[:60]}` → `{after[:60]}`"


def _place(verdict: Verdict) -> tuple[str, int, str]:
    return str(verdict.module), verdict.mutant.start, verdict.mutant.after


if __name__ == "__main__":
    sys.exit(main())
