"""Every command on 500 accounts: medians by clock and processor, and the processor's ratios to two yardsticks.

The yardsticks are `python -c "import polars"` and a bare click program. The workspace is the example with the shipped
playbooks, half a year of weekly snapshots and one run. Each command is a whole process from start to exit, in a
workspace that is restored before it. All of them take turns, so that other work slows all.

    python tests/bench/commands.py [COMMAND ...] [--runs N] [--accounts N]
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import io
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from startup import BARE
from tenure.cli.init import EXAMPLE_DAYS, SEED, NewWorkspace, create_demo
from tenure.cli.main import COMMANDS
from tenure.engine.example import write_example

FIRST = dt.date(2026, 4, 1)
"""The day of the run; the first of a quarter, when every playbook is due."""
NEXT = FIRST + dt.timedelta(days=1)
POLARS, CLICK = "import polars", "bare click program"

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "init": ("{tmp}/new",),
    "import": ("{export}", "--into", "{tmp}/new", "--yes", "--date", f"{FIRST}"),
    "validate": (),
    "fmt": ("--check",),
    "preview": ("--on", f"{NEXT}"),
    "diff": ("--from", "{other}", "--on", f"{NEXT}", "--until", "+1d"),
    "simulate": ("--on", f"{NEXT}", "--until", "+7d"),
    "test": ("tests/renewal.test.yaml",),
    "run": ("--on", f"{NEXT}"),
    "deliver": ("--on", f"{FIRST}", "--dry-run"),
    "actions": ("--on", f"{FIRST}"),
    "done": ("{action}",),
    "dismiss": ("{action}", "--because", "bench"),
    "snooze": ("{action}", "--until", "2026-04-20"),
    "assign": ("{action}", "--to", "Somebody"),
    "reopen": ("{done}",),
    "hold": ("{account}", "--until", "2026-04-20", "--because", "bench"),
    "release": ("{held}",),
    "enrol": ("{account}", "win_back", "--because", "bench"),
    "close": ("{account}", "{playbook}", "--because", "bench"),
    "skip": ("{account}", "{playbook}/{step}", "--because", "bench"),
    "unskip": ("{held}", "{playbook}/{step}"),
    "explain": ("{account}", "--on", f"{FIRST}"),
    "metrics": ("--on", f"{FIRST}"),
    "report": ("success_plan", "{account}", "--on", f"{FIRST}"),
    "describe": ("renewal",),
    "graph": ("renewal",),
    "fields": (),
    "store": ("verify",),
}
"""How each command is called; the words in braces are of the workspace."""
BY_CLOCK = frozenset({"done", "dismiss", "snooze", "assign", "reopen", "hold", "release", "unskip"})
"""Commands that are told the day by `--today`."""
MEANT = {0, 1, 4}
"""Exit codes of commands that did their work; the example has bad rows."""


class Bench:
    """A workspace, and a spare copy from which it is restored."""

    def __init__(self, folder: Path, accounts: int) -> None:
        self.root, self.spare, self.new = folder / "w", folder / "spare", folder / "new"
        self.bare = folder / "bare.py"
        self.bare.write_text(BARE, encoding="utf-8")
        first = FIRST - dt.timedelta(days=EXAMPLE_DAYS)
        create_demo(self.root, NewWorkspace(), first, FIRST)
        shutil.rmtree(self.root / "data")
        files = write_example(
            self.root / "data", seed=SEED, first=first, last=FIRST, accounts=accounts
        )
        other = shutil.copytree(self.root, folder / "other")
        renewal = other / "playbooks" / "renewal.yaml"
        renewal.write_text(renewal.read_text("utf-8").replace("at: -30 days", "at: -45 days"))
        self._tenure("run", "--on", f"{FIRST}")
        listed = self._tenure(
            "actions", "--on", f"{FIRST}", "--status", "issued", "--format", "csv"
        )
        open_, done = list(csv.DictReader(io.StringIO(listed)))[:2]
        self.words = {
            **{name: open_[name] for name in ("playbook", "step")},
            "action": open_["action_id"],
            "account": open_["account_id"],
            "done": done["action_id"],
            "held": done["account_id"],
            "tmp": str(folder),
            "other": str(other),
            "export": str(files[-1]),
        }
        today = ("--today", f"{FIRST}")
        because = ("--because", "bench")
        self._tenure("done", done["action_id"], *today)
        self._tenure("hold", done["account_id"], "--until", "2026-04-20", *because, *today)
        self._tenure("skip", done["account_id"], f"{open_['playbook']}/{open_['step']}", *because)
        self._tenure("validate")
        shutil.copytree(self.root, self.spare)

    def command(self, name: str) -> list[str]:
        """Return a command, or a yardstick, as it is started."""
        if name == POLARS:
            return [sys.executable, "-c", POLARS]
        if name == CLICK:
            return [sys.executable, str(self.bare), "--help"]
        today = ("--today", f"{FIRST}") if name in BY_CLOCK else ()
        given = [each.format_map(self.words) for each in ARGUMENTS[name]]
        return [str(Path(sys.executable).parent / "tenure"), name, *given, *today]

    def restore(self) -> None:
        """Bring back the workspace as it was before any command."""
        shutil.rmtree(self.root)
        shutil.rmtree(self.new, ignore_errors=True)
        shutil.copytree(self.spare, self.root)

    def timed(self, name: str) -> tuple[float, float]:
        """Return the milliseconds of a command by the clock and on the processor, from start to exit."""
        start = time.perf_counter()
        with subprocess.Popen(
            self.command(name),
            cwd=self.root,
            env=_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        if process.returncode not in MEANT:
            raise SystemExit(f"failed: {' '.join(self.command(name))}")
        return 1000 * wall, 1000 * (usage.ru_utime + usage.ru_stime)

    def _tenure(self, *given: str) -> str:
        command = [str(Path(sys.executable).parent / "tenure"), *given]
        done = subprocess.run(
            command, cwd=self.root, env=_environment(), capture_output=True, text=True, check=False
        )
        if done.returncode not in MEANT:
            raise SystemExit(f"failed: {' '.join(command)}\n{done.stderr}")
        return done.stdout


def _environment() -> dict[str, str]:
    """Return the environment of the processes: they may keep bytecode, and Polars chooses its allocator."""
    dropped = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "_RJEM_MALLOC_CONF")
    return {name: value for name, value in os.environ.items() if name not in dropped}


def main() -> None:
    """Print a row for each command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commands", nargs="*", metavar="COMMAND")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--accounts", type=int, default=500)
    given = parser.parse_args()
    names = [POLARS, CLICK, *(given.commands or COMMANDS)]
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        bench = Bench(Path(folder), given.accounts)
        for turn in range(given.runs + 1):
            for name in names:
                bench.restore()
                cost = bench.timed(name)
                if turn:  # the first one compiles and fills the system's caches
                    samples[name].append(cost)
    wall, processor = (
        {name: statistics.median(cost[side] for cost in costs) for name, costs in samples.items()}
        for side in (0, 1)
    )
    print(f"{'command':20} {'clock ms':>9} {'proc. ms':>9} {'/ polars':>9} {'/ click':>9}")
    for name in names:
        ratios = (processor[name] / processor[yardstick] for yardstick in (POLARS, CLICK))
        print(
            f"{name:20} {wall[name]:9.0f} {processor[name]:9.0f}",
            *(f"{ratio:9.1f}" for ratio in ratios),
        )


if __name__ == "__main__":
    main()
