"""The benches know every command."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from tenure.cli.main import COMMANDS

BENCH = Path(__file__).parents[1] / "bench" / "commands.py"


def test_the_bench_of_commands_measures_every_command() -> None:
    assigned = {
        node.target.id: node.value
        for node in ast.parse(BENCH.read_text("utf-8")).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    arguments = assigned["ARGUMENTS"]
    assert isinstance(arguments, ast.Dict)
    assert {ast.literal_eval(key) for key in arguments.keys if key} == set(COMMANDS)


def test_conditions_and_evaluation_count_the_same_for_the_rules_of_the_peers() -> None:
    """The bench stops where they do not; engines that are not installed are named."""
    peers = str(BENCH.parent / "peers.py")
    command = [sys.executable, peers, "rule-engine", "--accounts", "2000", "--runs", "1"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    first, *others = ran.stdout.splitlines()
    assert first.startswith("2,000 accounts, eight rules; true for {'anniversary': ")
    assert [line.split("  ")[0] for line in others] == [
        "Tenure, the conditions",
        "Tenure, with actions",
        "rule-engine",
    ]
