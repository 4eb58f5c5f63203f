"""One trial: a date is run with its faults, then again and the next one without, and the store is that of no faults."""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from faults import workload
from support.clusters import clusters_on_demand, same_stores
from support.gate import Gate, gate_to
from support.object_storage import object_storage
from support.postgres_server import postgres_server
from support.random_books import ACCOUNTS, DAYS, FORCED, Book, books
from support.storage_gate import StorageGate, storage_gate
from support.store_servers import StoreServers, on_servers
from support.workspaces import RENEWAL
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Locked, Reader, Store, connection
from tenure.engine.store.store_files import files_of
from tenure.engine.store.transfer import import_store
from tenure.engine.workspace.store_address import StoreRoot

from .driver import in_parts, run_faulty, start
from .moments import LATE, acting, impatient
from .plans import DRIVER_KILLED, Fault, Plan, drawn

LONGEST = 900
"""Seconds after which a run is given up."""


@dataclass
class Outcome:
    """What came of a trial."""

    plan: Plan
    wrong: str = ""
    came: list[str] = field(default_factory=list)
    ended: str = ""
    """The codes of the disturbed run, "committed" or "killed", with the state of its date."""
    left: int = 0
    """Files that the disturbed run left and nothing names."""


@dataclass
class Trials:
    """Trials on servers of this machine, below a folder."""

    folder: Path
    servers: StoreServers
    database: Gate
    storage: StorageGate
    cluster: Callable[[str], str]
    _references: dict[str, Path] = field(default_factory=dict)

    def execute(self, plan: Plan) -> Outcome:
        """Execute a trial; what it finds wrong is in its outcome."""
        outcome = Outcome(plan)
        folder = self.folder / str(plan.number)
        folder.mkdir()
        try:
            self._execute(plan, folder, outcome)
        except Exception:
            outcome.wrong = traceback.format_exc()
        finally:
            self.database.settle()
            self.storage.open()
            shutil.rmtree(folder, ignore_errors=True)
        return outcome

    def _execute(self, plan: Plan, folder: Path, outcome: Outcome) -> None:
        reference = self._reference(plan)
        first, faulty, last = DAYS
        root = shutil.copytree(reference / "first", folder / "w")
        store: StoreRoot = root / "store"
        if plan.place != "sqlite":
            store = self.servers.address(plan.place, folder)
            on_servers(root, store)
            import_store(root / "store", store, None)
            shutil.rmtree(root / "store")
        with (root / "tenure.yaml").open("a", encoding="utf-8") as settings:
            settings.write("\n" + self.cluster(plan.executor))
        marks = folder / "marks"
        marks.mkdir()
        size = -(-ACCOUNTS // plan.parts)
        outcome.ended = self._disturbed(plan, root, faulty, size, marks)
        # The faults are over; what follows must find everything in order.
        self.database.settle()
        self.storage.open()
        outcome.came = _came(plan, marks)
        _wait_for_late(marks)
        committed = Reader(store).last_committed()
        assert committed in (first, faulty), f"{committed} is committed"
        outcome.ended += ", date committed" if committed == faulty else ", date not committed"
        dead = _unnamed(store)
        outcome.left = len(dead)
        with in_parts(size):
            for on in (faulty, last):
                _run(root, on)
        assert not dead & files_of(store).names(), "files of dead attempts are left"
        with Store.open(store, root):
            pass
        assert _unnamed(store) == set(), "files are left that nothing names"
        same_stores(store, reference / "last" / "store")
        entries = Reader(store).ledger(history=True).select("action_id", "revision")
        assert not entries.is_duplicated().any(), "an entry is doubled"

    def _disturbed(self, plan: Plan, root: Path, on: dt.date, size: int, marks: Path) -> str:
        """Run the date with its faults, and return how it ended."""
        child = None
        given = (root, on, plan, size, marks)

        def act(number: int, process: int) -> None:
            self._act(plan.faults[number], process, child.pid if child else os.getpid())

        if all(fault.kind != DRIVER_KILLED for fault in plan.faults):
            with acting(marks, act):
                return run_faulty(*given) or "committed"
        child = start(*given)
        with acting(marks, act):
            said, errors = child.communicate(timeout=LONGEST)
        if child.returncode == -signal.SIGKILL:
            return "killed"
        assert child.returncode == 0, errors
        return said.strip().splitlines()[-1] if said.strip() else "committed"

    def _act(self, fault: Fault, process: int, driver: int) -> None:
        """Let a fault come that is not of the work itself."""
        match fault.kind:
            case "executor killed":
                os.kill(process, signal.SIGKILL)
            case "driver killed":
                os.kill(driver, signal.SIGKILL)
            case "database gone":
                self.database.refuse(fault.strength)
            case "database stalls":
                self.database.stall(fault.strength)
            case "storage fails":
                chance, end = random.Random(fault.nth), time.monotonic() + fault.strength
                share = {0.3: 0.3, 1.0: 0.7, 2.5: 1.0}[fault.strength]
                self.storage.fails = lambda *_: time.monotonic() < end and chance.random() < share
            case "storage slow":
                self.storage.delay = fault.strength / 5

    def _reference(self, plan: Plan) -> Path:
        """Return a folder with the workspace after the first day, and after the last, of undisturbed runs."""
        name = plan.book if plan.book == "small" else f"random-{plan.number}"
        if name not in self._references:
            home = self.folder / name
            book = _small() if plan.book == "small" else drawn(books(), plan.number)
            root = book.lay_out(home / "first")
            _run(root, DAYS[0])
            shutil.copytree(root, home / "last")
            for on in DAYS[1:]:
                _run(home / "last", on)
            self._references[name] = home
        return self._references[name]


def _small() -> Book:
    """Two playbooks, and accounts whose dates move and scores fall each day."""
    texts = {"renewal": RENEWAL, "scores": workload.SCORES}
    days = {on: [_account(number, on) for number in range(ACCOUNTS)] for on in DAYS}
    return Book(texts, days)


def _account(number: int, on: dt.date) -> dict[str, Any]:
    turn = number + DAYS.index(on)
    return {
        "account_id": f"a{number}",
        "account_name": f"Account {number}",
        "status": "active",
        "renewal_date": DAYS[0] + dt.timedelta(days=number + 20 * (turn % 5 == 0)),
        "csm": "Zoé",
        "health_score": 60 if turn % 3 == 0 else 80,
        "contact_email": f"{number // 2 if number < 6 else number}@example.com",
    }


def _run(root: Path, on: dt.date) -> None:
    """Run a date; a server may need a moment until it has ended a dead run's transaction."""
    end = time.monotonic() + LONGEST
    while True:
        try:
            run(load_project(root), on, force=FORCED)
        except Locked:
            assert time.monotonic() < end, "the lock of a dead run is held"
            time.sleep(0.1)
        else:
            return


def _came(plan: Plan, marks: Path) -> list[str]:
    return [
        fault.kind if (marks / f"{place}.acted").exists() else f"{fault.kind}: did not come"
        for place, fault in enumerate(plan.faults)
    ]


def _wait_for_late(marks: Path) -> None:
    """Wait for attempts that end after the run, unless their process has ended with the run."""
    end = time.monotonic() + 2 * LATE
    for told in marks.glob("*.begun"):
        while not told.with_suffix(".late").exists() and time.monotonic() < end:
            time.sleep(0.05)


def _unnamed(store: StoreRoot) -> set[str]:
    """The files of the store that its manifest does not name."""
    with connection.connect_reader(store) as database:
        named = {name for (name,) in database.execute("SELECT name FROM files")}
    return files_of(store).names() - named


@contextmanager
def trials(folder: Path) -> Iterator[Trials]:
    """Start servers with gates before them, and have clusters started when they are needed."""
    impatient()
    with ExitStack() as opened:
        storage = opened.enter_context(object_storage())
        server = opened.enter_context(postgres_server())
        gate = opened.enter_context(gate_to(server))
        requests = opened.enter_context(storage_gate(storage.environment["AWS_ENDPOINT_URL"]))
        environment = storage.environment | {"AWS_ENDPOINT_URL": requests.address}
        opened.enter_context(mock.patch.dict("os.environ", environment))
        cluster = opened.enter_context(clusters_on_demand())
        servers = StoreServers(f"127.0.0.1:{gate.port}", storage)
        yield Trials(folder, servers, gate, requests, cluster)
