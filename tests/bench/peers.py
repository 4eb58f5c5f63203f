"""Compare the decisions of eight rules, by Tenure and by general rules engines: processor time an account.

All count the accounts of each rule, and the bench stops where two counts differ. Tenure is measured twice: the
conditions alone, over the columns of a frame, and a whole evaluation, which also enrols the accounts and dates and
explains an action for each. An engine that is not installed is named, and left out.

    python -m venv peers && peers/bin/pip install . -r tests/bench/other_engines/requirements.txt
    peers/bin/python tests/bench/peers.py [ENGINE ...] [--accounts N] [--runs N]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl
import tenure
from other_engines.engines import ENGINES
from other_engines.rules import OF_DATES, ON, RULES, flat_rows, snapshot, written
from tenure.engine.columns.compiler import compile_expression
from tenure.engine.core.in_memory import collect_in_memory

PLAYBOOK = """\
playbook: {id}
title: {id}
schedule: "0 6 * * *"
catch_up: {{within: 7 days, then: issue}}
for: status is not missing
triggers:
  open:
    - {{id: now, when: "{when}"}}
  apart: 1 year
  steps:
    - id: decided
      at: 0 days
      do:
        - task: {{title: "{id}", owner: owner}}
  outcomes:
    over: {{title: Over, at: 0 days}}
"""
SETTINGS = """\
workspace: Bench
time_zone: Europe/Paris
snapshots: {files: "data/accounts-{date}.parquet"}
roles:
  owner: {name: Somebody}
contact_policy:
  priorities: [other]
"""


def texts() -> dict[str, str]:
    """The rules in Tenure's language."""
    found = {}
    for id, rule in RULES.items():
        dated = tuple(test._replace(field=OF_DATES.get(test.field, test.field)) for test in rule)
        found[id] = written(dated).replace("[", "(").replace("]", ")")
    return found


def conditions(accounts: pl.DataFrame) -> Counter[str]:
    """Tenure's conditions, parsed, compiled and evaluated over the frame."""
    compiled = {
        id: compile_expression(tenure.parse_condition(text)._expression)
        for id, text in texts().items()
    }
    dated = accounts.lazy().with_columns(
        pl.lit(ON).alias("@today"), pl.lit(ON).alias("@snapshot_date")
    )
    counts = collect_in_memory(dated.select(**compiled)).sum()
    return Counter(counts.to_dicts()[0])


def whole(root: Path, accounts: pl.DataFrame) -> Callable[[], Counter[str]]:
    """Tenure's evaluation of eight playbooks, each with one of the rules, for the accounts."""
    (root / "playbooks").mkdir()
    (root / "tenure.yaml").write_text(SETTINGS, encoding="utf-8")
    for id, text in texts().items():
        playbook = PLAYBOOK.format(id=id, when=text)
        (root / "playbooks" / f"{id}.yaml").write_text(playbook, encoding="utf-8")
    playbooks = tenure.open(root).playbooks
    lacking = {name: kind for name, kind in playbooks.columns.items() if name not in accounts}
    accounts = accounts.with_columns(
        pl.lit(None, kind).alias(name) for name, kind in lacking.items()
    )

    def decide() -> Counter[str]:
        entries = tenure.evaluate(playbooks, accounts, None, ON).actions
        return Counter(dict(entries["playbook"].value_counts().iter_rows()))

    return decide


def seconds(work: Callable[[], Counter[str]], runs: int) -> tuple[float, Counter[str]]:
    """The median of processor seconds, and what was counted."""
    taken, found = [], Counter[str]()
    for _ in range(runs):
        start = time.process_time()
        found = Counter(work())
        taken.append(time.process_time() - start)
    return statistics.median(taken), found


def refuse_difference(name: str, found: Counter[str], right: Counter[str]) -> None:
    """Stop where an engine counts something else."""
    if +found != +right:
        raise SystemExit(f"{name} counts {dict(found)}, and the conditions {dict(right)}")


def main() -> None:
    """Print a line for each engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engines", nargs="*", metavar="ENGINE", help=", ".join(ENGINES))
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    accounts = snapshot(given.accounts)
    taken, right = seconds(lambda: conditions(accounts), given.runs)
    ours = taken / accounts.height
    print(f"{accounts.height:,} accounts, eight rules; true for", dict(right))
    print(f"{'Tenure, the conditions':24} {ours * 1e6:9.3f} µs an account")
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as root:
        taken, found = seconds(whole(Path(root), accounts), given.runs)
    refuse_difference("the evaluation", found, right)
    all_of_it = taken / accounts.height
    print(f"{'Tenure, with actions':24} {all_of_it * 1e6:9.3f} µs an account")
    for name in given.engines or ENGINES:
        prepare, most = ENGINES[name]
        some = accounts.head(most)
        try:
            engine = prepare()
        except ImportError as missing:
            print(f"{name:24} not installed: {missing}")
            continue
        rows = flat_rows(some)
        taken, found = seconds(lambda engine=engine, rows=rows: engine(rows), given.runs)
        refuse_difference(name, found, conditions(some))
        theirs = taken / some.height
        print(
            f"{name:24} {theirs * 1e6:9.3f} µs an account,"
            f" {theirs / ours:8,.0f} times the conditions, {theirs / all_of_it:6.1f} times with actions"
        )


if __name__ == "__main__":
    main()
