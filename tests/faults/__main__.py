"""`python -m faults`: run the trials and print what came of them."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from . import preload

GROUPS = (("broken_calls",), ("power_cuts", "elsewhere"), ("replay", "proofs", "kills", "flips"))
"""The kinds of trials, by processes that take about as long."""


def main() -> int:
    """Run what is asked for; exit with 1 where something is wrong, with 77 where nothing can be tried."""
    asked = _arguments()
    if why := preload.missing():
        print(f"skipped: {why}", file=sys.stderr)
        return 77
    if asked.part is None:
        return _run_parts(asked)
    return _run_part(asked)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="faults", description="Trials of the store.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=150)
    parser.add_argument("--broken-calls", type=int, default=700)
    parser.add_argument("--elsewhere", type=int, default=60, help="calls outside the store")
    parser.add_argument("--power-cuts", type=int, default=600)
    parser.add_argument("--flips", type=int, default=250)
    parser.add_argument("--proofs", type=int, default=60, help="power cuts tried in each proof")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path, help="a file for what came of them")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    return parser.parse_args()


def _run_parts(asked: argparse.Namespace) -> int:
    """Run the trials in processes under the shim: in one, or some at once."""
    began = time.monotonic()
    groups = GROUPS if asked.jobs > 1 else (sum(GROUPS, ()),)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shim = preload.compile_shim(folder)

        def run(number: int) -> list[dict[str, Any]]:
            out = folder / f"{number}.json"
            arguments = [*sys.argv[1:], "--part", ",".join(groups[number]), "--json", str(out)]
            code = preload.start_under_shim(shim, arguments)
            if code:
                raise SystemExit(f"the trials {', '.join(groups[number])} ended with {code}")
            return json.loads(out.read_text())

        with ThreadPoolExecutor(asked.jobs) as pool:
            results = [trial for part in pool.map(run, range(len(groups))) for trial in part]
    print(f"{time.monotonic() - began:.0f} seconds")
    if asked.json:
        asked.json.write_text(json.dumps(results))
    return int(any(trial["failed"] for trial in results))


def _run_part(asked: argparse.Namespace) -> int:
    from . import workload
    from .trials import SYNCS, Trials

    results = []
    with tempfile.TemporaryDirectory() as name:
        workload.prepare(Path(name, "prepared").resolve())
        trials = Trials(Path(name).resolve(), asked.seed)
        for kind in asked.part.split(","):
            if kind == "proofs":
                # A proof has failed where nothing went wrong.
                for unsynced in SYNCS:
                    trial = trials.proof(unsynced, asked.proofs)
                    results.append({**vars(trial), "failed": not trial.wrong})
                    _print(results[-1])
            else:
                given = () if kind == "replay" else (getattr(asked, kind),)
                trial = getattr(trials, kind)(*given)
                results.append({**vars(trial), "failed": bool(trial.wrong)})
                _print(results[-1])
    asked.json.write_text(json.dumps(results))
    return 0


def _print(trial: dict[str, Any]) -> None:
    verdict = "FAILED" if trial["failed"] else "ok"
    counts = f"{trial['tried']:>6} tried {len(trial['wrong']):>5} wrong"
    lines = [f"{trial['name']:<45}{counts}  {verdict}"]
    lines += [f"    {count:>6}  {name}" for name, count in sorted(trial["counts"].items())]
    lines += [f"    wrong: {wrong[-600:]}" for wrong in trial["wrong"][:20]]
    # At once, so that what is done is not lost where a run is stopped; other processes print too.
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    sys.exit(main())
