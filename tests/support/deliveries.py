"""A workspace with people and actions to deliver, a clock that does not wait, and servers on the loopback address."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.workspaces import snapshot, workspace

DAY = dt.date(2026, 3, 2)

SETTINGS = """\
workspace: Test
time_zone: Europe/Paris
language: en
country: FR
snapshots:
  files: data/accounts-{date}.csv
roles:
  csm: {field: csm}
people:
  file: people.csv
"""
PLAYBOOK = """\
playbook: renewal
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 3 days, then: skip}
messages:
  notice:
    en:
      subject: "Renewal of {{ account_name }}"
      body: "Dear {{ account_name }}, your term ends on {{ renewal_date | date }}."
timeline:
  anchor: renewal_date
  steps:
    - id: notice
      at: -30 days
      do:
        - email: {owner: csm, message: notice}
        - task: {owner: csm, due: 0 days}
"""
PEOPLE = (
    "name,email,deputy,absent_from,absent_to\n"
    "Alice,alice@example.com,,,\n"
    "Bob,bob@example.com,Alice,2026-03-02,2026-03-02\n"
)


class TestClock:
    """A clock that stands at one instant until something sleeps; it remembers how long."""

    __test__ = False

    def __init__(self, at: dt.datetime | None = None) -> None:
        self.at = at or dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
        self.slept: list[float] = []

    def now(self) -> dt.datetime:
        return self.at + dt.timedelta(seconds=sum(self.slept))

    def seconds(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def make_workspace(root: Path, channels: str, owners: tuple[str, ...] = ("Alice",)) -> Path:
    """Lay out a workspace; on `DAY` each owner's account, `a1` and so on, has a letter and a task."""
    folder = workspace(root, {"renewal": PLAYBOOK}, SETTINGS + channels)
    (folder / "people.csv").write_text(PEOPLE, "utf-8")
    rows = [
        {
            "account_id": f"a{number}",
            "account_name": f"Firm {number}",
            "status": "active",
            "renewal_date": "2026-04-01",
            "csm": owner,
            "contact_email": f"c{number}@customer.example",
        }
        for number, owner in enumerate(owners, start=1)
    ]
    snapshot(folder, DAY, rows)
    return folder


def run_day(root: Path, on: dt.date = DAY) -> Any:
    """Run the date, and return the project."""
    from tenure.engine.project.loading import load_project
    from tenure.engine.runs.running import run

    project = load_project(root)
    assert [(p.code, p.message, p.hint) for p in project.problems] == []
    run(project, on, today=on)
    return project


def deliver_day(root: Path, clock: Any = None, on: dt.date = DAY, retry: bool = False) -> Any:
    """Deliver the date, and return the report."""
    from tenure.engine.delivery.delivering import deliver
    from tenure.engine.project.loading import load_project
    from tenure.engine.store import Store

    project = load_project(root)
    with Store.open(project.store, project.root, former=project.former_ids) as store:
        return deliver(project, store, on, clock or TestClock(), retry=retry)


def rows_of(report: Any) -> list[dict[str, Any]]:
    return list(report.listing.records())


Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


def plain(status: int, headers: dict[str, str] | None = None, body: bytes = b"ok") -> Answer:
    """An answer with a status."""

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


class Receiver:
    """An HTTP receiver: its requests, and what it answers to each, the last answer for all that follow."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers) or [plain(200)]
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.port = 0

    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, body in self.requests]

    def keys(self) -> list[str]:
        return [headers["Idempotency-Key"] for headers, _ in self.requests]


@contextmanager
def receiving(receiver: Receiver, context: Any = None) -> Iterator[Receiver]:
    """Serve on a free port of the loopback address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.requests.append((dict(self.headers), body))
            number = min(len(receiver.requests), len(receiver.answers)) - 1
            receiver.answers[number](self)

        do_PUT = do_DELETE = do_POST

        def log_message(self, *_: Any) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
