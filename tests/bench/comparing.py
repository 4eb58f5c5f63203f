"""`tenure diff` over days to come, against one preview of the same days: seconds on the processor, and their ratio.

The workspace has all shipped playbooks, one run, and an edit of one step. Each command is a whole process, in turn.

    python tests/bench/comparing.py [ACCOUNTS] [--days N] [--runs N]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from one_day import ENGINE, FIRST, NEXT, Cost, engine, median, timed, workspace

EDIT = ("at: -30 days", "at: -45 days")


def command(root: Path, *args: str) -> Cost:
    """One command in the workspace, as of the day after its run."""
    given = ("--workspace", str(root), "--on", NEXT.isoformat())
    return timed(sys.executable, "-c", ENGINE, *args, *given)


def main() -> None:
    """Print each run, then the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("accounts", nargs="?", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    until = ("--until", f"+{given.days}d")
    ours: list[Cost] = []
    theirs: list[Cost] = []
    with workspace(given.accounts) as root:
        engine(root, FIRST)
        playbook = root / "playbooks" / "renewal.yaml"
        playbook.write_text(playbook.read_text("utf-8").replace(*EDIT), "utf-8")
        for _ in range(given.runs):
            theirs.append(command(root, "preview", *until, "--format", "brief"))
            ours.append(command(root, "diff", *until, "--format", "markdown"))
            print(
                *(f"{each.processor:.1f} s, {each.mib:.0f} MiB" for each in (theirs[-1], ours[-1])),
                sep="; ",
            )
    preview, diff = (median(costs, lambda cost: cost.processor) for costs in (theirs, ours))
    size = f"{given.accounts:,} accounts, {given.days} days"
    print(f"{size}: preview {preview:.1f} s, diff {diff:.1f} s, {diff / preview:.2f}")


if __name__ == "__main__":
    main()
