"""A workspace with a channel of every kind, servers for them on the loopback address, and what has arrived on each."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from support.calendar_server import PASSWORD, CalendarServer, serving_calendar
from support.deliveries import DAY, Receiver, make_workspace, receiving
from support.mail_server import MailServer, serving

CHANNELS = """\
channels:
  desk:
    folder: {{path: outbox, formats: [csv]}}{hours}
  crm:
    folder: {{path: crm, tasks: hubspot}}
    kinds: [task]{hours}
  hook:
    webhook: {{url: "http://127.0.0.1:{hook}/"}}
    kinds: [task]{hours}
  phone:
    apprise: {{url: "${{PHONE_URL}}"}}
    kinds: [task]{hours}
  calendar:
    calendar: {{url: "{calendar}", user: tenure, password: "${{CALENDAR_PASSWORD}}"}}
    kinds: [task]{hours}
  morning:
    email: {{to: owners, host: 127.0.0.1, port: {mail}, from: team@example.com, ca_file: ca.pem}}{hours}
  letters:
    email:
      to: customers
      host: 127.0.0.1
      port: {mail}
      from: team@example.com
      ca_file: ca.pem
      send: true
      unsubscribe: https://example.com/u/{{account_id}}{hours}
"""

PER_ACTION = ("crm", "hook", "phone", "calendar", "letters")
"""The channels that have an item for each action."""


class Servers:
    """The servers, and what they were sent. The folders are those of one workspace at a time."""

    def __init__(
        self, mail: MailServer, hook: Receiver, phone: Receiver, calendar: CalendarServer
    ) -> None:
        self.mail, self.hook, self.phone, self.calendar = mail, hook, phone, calendar
        self.ca_file = Path()

    def environment(self) -> dict[str, str]:
        """Return the variables that the channels name."""
        url = f"json://127.0.0.1:{self.phone.port}/secret-path"
        return {"PHONE_URL": url, "CALENDAR_PASSWORD": PASSWORD}

    def lay_out(self, root: Path, accounts: int, hours: str = "") -> Path:
        """Lay out the workspace, with a letter and a task for each account."""
        ports = {"hook": self.hook.port, "mail": self.mail.port, "calendar": self.calendar.url}
        line = f"\n    hours: {hours}" if hours else ""
        make_workspace(root, CHANNELS.format(hours=line, **ports), ("Alice",) * accounts)
        shutil.copy(self.ca_file, root / "ca.pem")
        return root

    def forget(self) -> None:
        """Forget all that has arrived."""
        self.mail.messages.clear()
        self.hook.requests.clear()
        self.phone.requests.clear()
        self.calendar.make_collection()

    def arrived(self, root: Path) -> dict[str, Counter[str]]:
        """Return how often something about each account has arrived, by channel."""
        firms = Counter(body["title"].rpartition(" ")[2] for body in self.phone.bodies())
        letters: Counter[str] = Counter()
        morning: Counter[str] = Counter()
        for to, message in self.mail.messages:
            if to.startswith("c"):
                letters["a" + to.partition("@")[0][1:]] += 1
            else:
                text = message.get_body(("plain",))
                assert text is not None
                morning.update(_firms(text.get_content()))
        return {
            "desk": Counter(set(_column(root / "outbox", "alice.csv", "account_id"))),
            "crm": Counter(_column(root / "crm", "tasks-crm.csv", "Company Record ID")),
            "hook": Counter(body["account_id"] for body in self.hook.bodies()),
            "phone": Counter({f"a{firm}": count for firm, count in firms.items()}),
            "calendar": Counter(
                text.split("account ")[1].split("\\n")[0].strip()
                for _, _, text in self.calendar.entries()
            ),
            "morning": morning,
            "letters": letters,
        }


def _column(folder: Path, name: str, column: str) -> list[str]:
    path = folder / DAY.isoformat() / name
    if not path.exists():
        return []
    return [row[column] for row in csv.DictReader(path.read_text("utf-8").splitlines())]


def _firms(text: str) -> set[str]:
    words = text.replace(",", " ").replace(".", " ").split()
    return {f"a{word}" for before, word in pairwise(words) if before == "Firm"}


@contextmanager
def serving_every_channel(folder: Path) -> Iterator[Servers]:
    """Serve all of them."""
    with (
        serving(folder / "ca.pem") as mail,
        receiving(Receiver()) as hook,
        receiving(Receiver()) as phone,
        serving_calendar(folder / "radicale") as calendar,
    ):
        servers = Servers(mail, hook, phone, calendar)
        servers.ca_file = folder / "ca.pem"
        yield servers


def record_outcomes(project: Any, outcomes: Mapping[str, str], **more: Any) -> None:
    """Record an outcome of every action of each account."""
    import polars as pl
    from tenure.engine.core.schemas import HAND_MOVES, OUTCOMES, empty_table
    from tenure.engine.store import Store

    with Store.open(project.store, project.root) as store:
        rows = [
            {"action_id": action, "outcome": outcome, "on": DAY, "recorded_on": DAY, **more}
            for account, outcome in outcomes.items()
            for action in store.ledger(accounts=[account])["action_id"].unique()
        ]
        store.record(pl.DataFrame(rows, schema=OUTCOMES), empty_table(HAND_MOVES))


def revise(project: Any, statuses: Mapping[str, str]) -> None:
    """Give every action of each account a next revision with a status, as a run that is done again does."""
    from dataclasses import replace

    import polars as pl
    from tenure.engine.core.schemas import ENDED, LEDGER, QUARANTINE, STATES, empty_table
    from tenure.engine.store import Store

    from support.store_rows import commit_tables

    with Store.open(project.store, project.root) as store:
        last = store.runs(DAY)[-1]
        rows = [
            {**row, "revision": row["revision"] + 1, "status": statuses[row["account_id"]]}
            for row in store.ledger(accounts=sorted(statuses)).to_dicts()
        ]
        entries = pl.DataFrame(rows, schema_overrides=LEDGER).select(
            pl.col(name).cast(kind) for name, kind in LEDGER.items()
        )
        empty = [empty_table(schema) for schema in (STATES, ENDED, QUARANTINE)]
        record = replace(last, attempt=last.attempt + 1)
        commit_tables(store, record, empty[0], entries, empty[1], empty[2])
