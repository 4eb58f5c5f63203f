"""The trials of the store in a short form; `make faults` runs all of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from . import preload

SHORT = {"jobs": 1, "kills": 5, "broken-calls": 11, "power-cuts": 16, "flips": 6, "elsewhere": 8}

# Starting and forking some dozen processes takes longer than ten seconds.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(preload.missing() is not None, reason=str(preload.missing())),
]


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run the trials once; what came of them, by name."""
    out = tmp_path_factory.mktemp("faults") / "trials.json"
    paths = os.pathsep.join(filter(None, [str(Path(__file__).parents[1]), os.getenv("PYTHONPATH")]))
    numbers = [text for name, number in SHORT.items() for text in (f"--{name}", str(number))]
    subprocess.run(
        [sys.executable, "-m", "faults", *numbers, "--json", str(out)],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.DEVNULL,
        check=False,
    )
    return {trial["name"]: trial for trial in json.loads(out.read_text())}


def wrong(trial: dict[str, Any]) -> list[str]:
    assert trial["tried"] > 0
    return trial["wrong"]


def test_the_replayed_journal_is_the_folder_byte_for_byte(trials: dict[str, Any]) -> None:
    trial = trials["replay of the journal"]
    assert wrong(trial) == []
    # Writes, syncs, sizes, removals and three days acknowledged: the shim sees all kinds of calls.
    assert trial["counts"]["a"] == 3
    assert {"o", "w", "s", "t", "u", "m"} <= set(trial["counts"])


@pytest.mark.parametrize("unsynced", ["files", "folders", "database", "journal"])
def test_a_store_that_does_not_sync_everything_fails_the_power_cuts(
    trials: dict[str, Any], unsynced: str
) -> None:
    assert wrong(trials[f"power cuts, with {unsynced} not synced"])


def test_a_killed_run_ends_as_one_that_was_not(trials: dict[str, Any]) -> None:
    assert wrong(trials["kills"]) == []


def test_a_failing_call_is_a_problem_and_harms_nothing(trials: dict[str, Any]) -> None:
    assert wrong(trials["broken calls"]) == []


def test_a_power_cut_leaves_whole_days(trials: dict[str, Any]) -> None:
    assert wrong(trials["power cuts"]) == []


def test_a_failing_close_or_read_is_a_problem(trials: dict[str, Any]) -> None:
    assert wrong(trials["closing and reading"]) == []


def test_a_flipped_bit_is_never_read_as_truth(trials: dict[str, Any]) -> None:
    assert wrong(trials["flipped bits"]) == []
