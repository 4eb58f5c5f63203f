"""A few trials of faults on clusters and servers; `make faults` executes 200."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.postgres_server import can_serve

from .plans import plan

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_serve(), reason="PostgreSQL is not installed here"),
]

FIRST, TRIALS = 7, 6
"""Of these, one is on Dask; together they have most kinds of faults that need no second cluster."""


def test_faults_lose_nothing_and_double_nothing() -> None:
    pytest.importorskip("distributed")
    paths = os.pathsep.join(filter(None, [str(Path(__file__).parents[1]), os.getenv("PYTHONPATH")]))
    command = [sys.executable, "-m", "cluster_faults", "--first", str(FIRST)]
    done = subprocess.run(
        [*command, "--trials", str(TRIALS), "--executors", "dask,local,local"],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{TRIALS} tried, 0 wrong" in done.stdout
    came = re.findall(r"(?m)^ +\d+ ok .*", done.stdout)
    assert len([line for line in came if "did not come" not in line]) >= TRIALS / 2


def test_a_trial_is_the_same_each_time() -> None:
    executors = ("dask", "local", "spark")
    drawn = [plan(number, executors) for number in range(1, 101)]
    assert drawn == [plan(number, executors) for number in range(1, 101)]
    kinds = {fault.kind for each in drawn for fault in each.faults}
    assert len(kinds) == 8
    assert {each.executor for each in drawn} == {*executors}
    assert {each.place for each in drawn} == {"sqlite", "folder", "bucket"}
