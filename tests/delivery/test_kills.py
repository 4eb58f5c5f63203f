"""`deliver` killed at each boundary: every parcel arrives at least once, and once by its key.

What is taken back after the kill does not arrive any more. Run as a script this file delivers and is killed:
`PYTHONPATH=tests python tests/delivery/test_kills.py FOLDER`.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support.deliveries import (
    DAY,
    Receiver,
    TestClock,
    deliver_day,
    make_workspace,
    receiving,
    run_day,
)
from support.killed_store import forked

ACCOUNTS = 4
CHANNELS = """\
channels:
  desk:
    folder: {{path: outbox}}
  hook:
    webhook: {{url: "http://127.0.0.1:{http}/"}}
    kinds: [task]
  letters:
    email:
      to: customers
      host: 127.0.0.1
      port: {smtp}
      from: team@example.com
      ca_file: ca.pem
      send: true
      unsubscribe: https://example.com/u/{{account_id}}
"""


def prepare(root: Path, http: int, smtp: int) -> str:
    """Lay out the workspace and run the day."""
    make_workspace(root, CHANNELS.format(http=http, smtp=smtp), ("Alice",) * ACCOUNTS)
    shutil.copy(root.parent / "ca.pem", root / "ca.pem")
    run_day(root)
    return "done"


def killed(root: Path, call: int) -> str:
    """Deliver, dying at that call of a failpoint; "done" where there are fewer calls."""
    from tenure.engine.store import failpoints

    calls = 0

    def failpoint(name: str) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)

    failpoints.failpoint = failpoint
    deliver_day(root, TestClock())
    return "done"


def take_back(root: Path, account: str) -> str:
    """Record the task of an account as done, and return its action."""
    import polars as pl
    from tenure.engine.core.schemas import HAND_MOVES, OUTCOMES, empty_table
    from tenure.engine.project.loading import load_project
    from tenure.engine.store import Store

    project = load_project(root)
    with Store.open(project.store, project.root) as store:
        tasks = store.ledger(accounts=[account]).filter(pl.col("kind") == "task")
        action = str(tasks["action_id"][0])
        row = {"action_id": action, "outcome": "done", "on": DAY, "by": "Alice", "recorded_on": DAY}
        store.record(pl.DataFrame([row], schema=OUTCOMES), empty_table(HAND_MOVES))
    return action


def resumed(root: Path) -> Any:
    """Deliver the rest, then once more, and return what the store has."""
    from tenure.engine.project.loading import load_project
    from tenure.engine.store import verify
    from tenure.engine.store.reader import Reader

    deliver_day(root, TestClock())
    deliver_day(root, TestClock())
    project = load_project(root)
    reader = Reader.of(project)
    states = Counter(f"{row.item} {row.state}" for row in reader.deliveries())
    done = reader.outcomes().filter(by="tenure deliver").height
    return {"states": states, "done": done, "wrong": [p.message for p in verify(project.store)]}


def kill_everywhere(folder: Path) -> None:
    """Print what arrived for each call at which `deliver` was killed."""
    import tenure.engine.delivery.delivering
    import tenure.engine.runs.running  # noqa: F401
    from support.mail_server import serving

    with serving(folder / "ca.pem") as mail, receiving(Receiver()) as receiver:
        forked(prepare, folder / "template", receiver.port, mail.port)
        call, found = 0, None
        while found != "done":
            call += 1
            root = folder / "killed"
            shutil.rmtree(root, ignore_errors=True)
            shutil.copytree(folder / "template", root)
            receiver.requests.clear()
            mail.messages.clear()
            found = forked(killed, root, call)
            before = len(receiver.requests)
            action = forked(take_back, root, "a1") if call % 2 else None
            end = forked(resumed, root)
            keys = Counter(receiver.keys())
            letters = Counter(str(message["Message-ID"]) for _, message in mail.messages)
            again = [key for key in receiver.keys()[before:] if action and key.startswith(action)]
            files = sorted(path.name for path in (root / "outbox").rglob("*"))
            seen = [len(keys), sum(keys.values()), len(letters), sum(letters.values())]
            result = {"call": call, "action": action, "seen": seen, "files": files, "again": again}
            print(json.dumps(result | end), flush=True)


@pytest.mark.slow
def test_killed_at_every_boundary_everything_arrives_once_by_its_key(tmp_path: Path) -> None:
    command = [sys.executable, __file__, str(tmp_path)]
    tests = str(Path(__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": tests}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=3000
    )
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    # Planning, the digest, and each account's task and letter, with eight points each.
    assert len(results) > 8 * (1 + 2 * ACCOUNTS)
    twice = 0
    for result in results:
        requests, sent, letters, mailed = result["seen"]
        taken_back = result["action"] is not None
        assert result["again"] == [], result
        assert result["wrong"] == [], result
        assert requests >= ACCOUNTS - taken_back, result
        assert requests <= ACCOUNTS
        assert letters == ACCOUNTS, result
        # One process is killed at one point: at most what was in the air then comes twice.
        assert sent + mailed <= requests + letters + 1, result
        assert result["done"] == ACCOUNTS, result
        assert result["files"] == [".gitignore", DAY.isoformat(), "alice.md"], result
        assert result["states"]["letter sent"] == ACCOUNTS
        assert result["states"]["digest sent"] == 1
        twice += sent + mailed - requests - letters
    # Killed between sending and noting, each of them is sent again under the same key.
    assert twice >= ACCOUNTS


if __name__ == "__main__":
    kill_everywhere(Path(sys.argv[1]))
