"""Every command in every format over names that no output may pass on as they are."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import click
import icalendar
import pptx
import pytest
from click.testing import CliRunner, Result
from support.hostile import NAMES, obeyed
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.cli.main import COMMANDS, main
from tenure.engine.documents.registry import DOCUMENTS
from tenure.engine.metrics.groups import DRILLDOWN_FIGURES

ON = dt.date(2026, 3, 2)
SINCE = dt.date(2025, 11, 2)

IDS = [f"{number:03}" for number in range(len(NAMES))] + ["esc\x1bid", "rtl\u202eid"]

PLAYBOOK = """\
playbook: renewal
title: "Renewal \\e[31m \\u202e"
schedule: "0 6 * * *"
for: status == 'active'
priority: renewal
catch_up: {within: 30 days, then: skip}
timeline:
  anchor: renewal_date
  steps:
    - id: notice
      title: "Notice \\a \\u2028 \\u2066"
      at: -30 days
      when: arr > 0
      do:
        - email: {owner: csm, from: csm, message: hello, title: "Mail \\r\\n Bcc: x \\u200b"}
        - task: {owner: [csm, operations], due: 10 days, title: "Do \\e[2J\\ud83d\\ude00"}
    - {id: push, at: -7 days, do: [{call: {owner: csm}}]}
  outcomes:
    lapsed: {at: 30 days}
messages:
  hello:
    en: {subject: "For {{ account_name }}", body: "Dear {{ contact_first_name }} of {{ account_name }}\\e[5m"}
"""

TESTS = """\
playbook: renewal
account: {status: active, arr: 5, renewal_date: +30 days, csm: "Zo\\e[31m\\u202e"}
tests:
  - name: "the notice \\e[31m \\u202e \\a"
    expect: [notice, {step: push, text: "\\e[2J"}]
"""

BROKEN = 'playbook: broken\ntitle: "\\e[31m"\nfor: status = "\u202e"\nnothing\u2066: 1\n'


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose accounts, owners, contacts, titles and own name are hostile; one run is committed."""
    folder = workspace(
        tmp_path_factory.mktemp("shown") / "w",
        {"renewal": PLAYBOOK, "broken": BROKEN},
        SETTINGS.replace("workspace: Test", 'workspace: "Te\\e[31mst\\u202e"')
        + "variables: {product: Acme}\n"
        + "channels: {desk: {folder: {path: outbox, formats: [markdown, html, csv, ical]}}}\n",
    )
    names = [*NAMES, "Plain", "Plain"]
    for on in (SINCE, dt.date(2025, 12, 1), ON):
        rows = [
            {
                "account_id": id,
                "account_name": name,
                "status": "active",
                "segment": "enterprise",
                "language": "en",
                "currency": "EUR",
                "arr": 1000 + at,
                "signup_date": "2025-10-01",
                "renewal_date": ON + dt.timedelta(days=28),
                "health_score": 50,
                "csm": name,
                "contact_first_name": name,
                "contact_name": name,
                "contact_email": f"{name}@example.com",
                "champion": name,
                "customer_sponsor": name,
            }
            for at, (id, name) in enumerate(zip(IDS, names, strict=True))
        ]
        rows.append({**rows[0], "account_id": "bad", "arr": "1\x1b[31m\u202e"})
        snapshot(folder, on, rows)
    (folder / "tests").mkdir()
    (folder / "tests" / "notice.test.yaml").write_text(TESTS, encoding="utf-8")
    assert tenure("run", "--workspace", folder, "--on", ON.isoformat()).exit_code == 1
    return folder


@pytest.fixture
def root(committed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(committed, tmp_path / "w" / "w"))


def tenure(*args: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def formats_of(name: str) -> tuple[str, ...]:
    """The formats that a command's own `--format` offers; `""` where it has none."""
    command = main.get_command(click.Context(main), name)
    assert command is not None
    kinds = [each.type for each in command.params if each.name == "form"]
    return tuple(kinds[0].choices) if kinds and isinstance(kinds[0], click.Choice) else ("",)


ARGUMENTS: dict[str, list[tuple[str, ...]]] = {
    "init": [("{tmp}/new\x1b[31m",)],
    "import": [("{tmp}/in/export\x1b[31m.csv", "--into", "{tmp}/import\x1b[31m", "--yes", "--date", "2026-03-02")],
    "validate": [()],
    "fmt": [("--check",), ("--diff",)],
    "preview": [("--on", "2026-03-02", "--messages")],
    "diff": [("--from", "{tmp}/other\x1b[31m",), ("--from", "no\x1bpe")],
    "simulate": [
        ("--on", "2026-03-02", "--until", "+2d"),
        ("--on", "2026-03-02", "--until", "+1d", "--set", "renewal.schedule=0 6 * * *"),
        ("--on", "2026-03-02", "--back", "3d", "--rule", "arr\x1b[31m < 5"),
        ("--on", "2026-03-02", "--until", "+1d", "--sweep", "re\x1b[31m.x.y=1..2"),
        ("--assume", "renewal=\x1b[31m"),
    ],
    "test": [("--coverage",)],
    "run": [("--on", "2026-03-02")],
    "deliver": [("--on", "2026-03-02", "--dry-run"), ("--on", "2026-03-02")],
    "actions": [
        ("--from", "2026-01-01", "--messages"),
        ("--from", "2026-01-01", "--columns", "account_name,owner,title"),
        ("--columns", "nothing\x1b[31m"),
        ("--open",),
        ("--from", "2026-01-01", "--language", "fr"),
    ],
    "done": [
        ("nothing\x1b[31m",),
        ("--account", "esc\x1bid", "--by", "Z\x1b[31m", "--note", "\u202e", "--dry-run"),
        ("--step", "notice", "--by", "Z\x1b[31m", "--result", "\u202e"),
    ],
    "dismiss": [("--step", "push", "--because", "\x1b[31m"), ("no\x1bpe",)],
    "snooze": [("--step", "notice", "--until", "2029-12-31"), ("no\x1bpe", "--until", "2029-12-31")],
    "assign": [("--step", "notice", "--to", "B\x1b[31m"), ("--owner", "Z\x1b[31m", "--to", "\u202e")],
    "reopen": [("--step", "notice"), ("no\x1bpe",)],
    "hold": [
        ("esc\x1bid", "--until", "2029-12-31", "--because", "\x1b[31m"),
        ("esc\x1bib", "--until", "2029-12-31", "--because", "\x1b[31m"),
    ],
    "release": [("esc\x1bid",), ("rtl\u202eid",)],
    "enrol": [("esc\x1bid", "renewal", "--because", "\x1b[31m"), ("000", "re\x1b", "--because", "x")],
    "close": [("esc\x1bid", "renewal", "--because", "\x1b[31m")],
    "skip": [
        ("esc\x1bid", "renewal/notice", "--because", "\x1b[31m"),
        ("esc\x1bid", "renewal/no\x1b", "--because", "x"),
    ],
    "unskip": [("esc\x1bid", "renewal/notice"), ("000", "no\x1b")],
    "describe": [("renewal",), ("no\x1bpe",)],
    "explain": [
        *((id, "--on", "2026-03-02") for id in ("000", "009", "014", "esc\x1bid", "rtl\u202eid", "bad")),
        ("esc\x1bib",),
    ],
    "metrics": [
        ("--on", "2026-03-02", "--from", "2025-11-02", "--by", "owner"),
        ("--on", "2026-03-02", "--from", "2025-11-02", "--accounts", DRILLDOWN_FIGURES[0]),
        ("cohorts", "--on", "2026-03-02", "--from", "2025-11-02", "--plot", "{tmp}/plot.svg"),
    ],
    "report": [
        (name, *((subject,) if kind.subject == "ACCOUNT" else ()), "--format", form,
         "--on", "2026-03-02", "--output", f"{{tmp}}/{name}.{form}")
        for name, kind in DOCUMENTS.items()
        for form in kind.formats
        for subject in ("000", "029", "esc\x1bid")
    ],
    "graph": [("renewal",), ("renewal\x1bx",)],
    "store": [
        ("verify",),
        ("backup", "{tmp}/\u202ebackup\x1b[31m"),
        ("restore", "{tmp}/nothing\x1b[31m", "--yes"),
        ("export", "{tmp}/\u202eexport\x1b[31m"),
        ("import", "{tmp}/nothing\x1b[31m"),
        ("erase", "nobody\x1b[31m", "--yes"),
        ("erase", "esc\x1bid", "--yes"),
    ],
    "fields": [(), ("--profile", "--on", "2026-03-02")],
}  # fmt: skip
"""What each command is tried with; a new command without a row fails the walk."""


def cases() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for name in COMMANDS:
        for form in formats_of(name):
            for args in ARGUMENTS[name]:
                yield name, form, args


@pytest.mark.parametrize("name", COMMANDS)
def test_no_output_passes_on_what_a_terminal_obeys(name: str, root: Path, tmp_path: Path) -> None:
    for case, form, given in cases():
        if case != name:
            continue
        args = [arg.replace("{tmp}", str(tmp_path)) for arg in given]
        if name == "import":
            write_export(Path(args[0]))
        if name == "diff":
            shutil.copytree(root, tmp_path / "other\x1b[31m", dirs_exist_ok=True)
        if name in ("preview", "run"):
            shutil.rmtree(root / "store", ignore_errors=True)
            shutil.rmtree(root / ".tenure", ignore_errors=True)
        if name not in ("init", "import"):
            args += ["--workspace", str(root)]
        if form:
            args += ["--format", form]
        result = tenure(name, *args)
        where = (name, form, args)
        assert obeyed(result.stdout) == [], where
        assert obeyed(result.stderr) == [], where
        assert "an error of Tenure's own" not in result.stderr, (where, result.stderr)
        check_form(form, result.stdout)
        for file in sorted(path for path in tmp_path.iterdir() if path.is_file()):
            check_file(file)
            file.unlink()


def write_export(file: Path) -> None:
    """An export whose header and cells have what a terminal obeys."""
    columns = "Customer ID,Customer Name\x1b[31m,Status,Renewal Date,Notes\u202e"
    file.parent.mkdir()
    file.write_text(f"{columns}\nesc\x1bid,A\x1b]0;x\x07,Acti\x1bve,2026-05-01,\x1b[2J\n", "utf-8")


def check_form(form: str, text: str) -> None:
    """A machine format reads as what it is."""
    if not text:
        return
    if form in ("json", "sarif"):
        json.loads(text)
    elif form == "jsonl":
        assert all(json.loads(line) for line in text.splitlines())
    elif form == "csv":
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert len({len(row) for row in rows}) == 1
    elif form == "ical":
        assert icalendar.Calendar.from_ical(text.replace("\n", "\r\n")).walk("VEVENT")


class Pages(HTMLParser):
    """Collects the tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)


def check_file(file: Path) -> None:
    """A file that was written reads as what it is, and shows nothing that hides or reorders text."""
    if file.suffix == ".pptx":
        deck = pptx.Presentation(str(file))
        assert 2 <= len(deck.slides) <= 12
        with zipfile.ZipFile(file) as parts:
            for part in parts.namelist():
                if part.endswith((".xml", ".rels")):
                    ElementTree.fromstring(parts.read(part))
                    assert obeyed(parts.read(part).decode("utf-8").replace("\r\n", "\n")) == []
        return
    text = file.read_bytes().decode("utf-8")
    assert obeyed(text) == [], file.name
    if file.suffix == ".svg":
        ElementTree.fromstring(text)
    if file.suffix == ".html":
        pages = Pages()
        pages.feed(text)
        assert "img" not in pages.tags
        assert "script" not in pages.tags


def test_json_has_the_names_exactly(root: Path) -> None:
    args = ("actions", "--workspace", root, "--from", "2026-01-01", "--format")
    rows = json.loads(tenure(*args, "json").stdout)
    names = {row["account_id"]: row["account_name"] for row in rows}
    for id, name in zip(IDS, NAMES, strict=False):
        # A CSV cell's outer blanks are not data, and the export's own line ends are.
        assert names[id] == name


def test_no_address_smuggles_in_a_header(root: Path) -> None:
    args = (
        "actions",
        "--workspace",
        root,
        "--from",
        "2026-01-01",
        "--messages",
        "--format",
        "json",
    )
    rows = json.loads(tenure(*args).stdout)
    mails = [row for row in rows if row["kind"] == "email" and row["status"] == "issued"]
    assert mails
    for mail in mails:
        assert not obeyed(mail["recipient"] or "")
        assert not set(mail["recipient"] or "") & set("\r\n\t;,<> ")
        assert mail["recipient"] or mail["message_problem"]
        assert "\n" not in (mail["subject"] or "")


def test_the_feed_of_a_test_workspace_has_identities_of_its_own(root: Path) -> None:
    args = ("actions", "--workspace", root, "--from", "2026-01-01", "--format", "ical")
    calendar = icalendar.Calendar.from_ical(tenure(*args).stdout.replace("\n", "\r\n"))
    uids = [str(event["uid"]) for event in calendar.walk("VEVENT")]
    assert len(set(uids)) == len(uids)
    assert all(uid.endswith("@Te%1B%5B31mst%E2%80%AE") for uid in uids)
