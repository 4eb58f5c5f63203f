"""The benches know every command."""

from __future__ import annotations

import ast
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
