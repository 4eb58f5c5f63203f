"""Entries in a real CalDAV server: written once, replaced by later revisions, removed when they are not open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from icalendar import Calendar
from support.calendar_server import PASSWORD, PATH, CalendarServer, serving_calendar
from support.deliveries import (
    DAY,
    Receiver,
    TestClock,
    deliver_day,
    make_workspace,
    plain,
    receiving,
    rows_of,
    run_day,
)
from tenure.engine.core.schemas import HAND_MOVES, OUTCOMES, empty_table
from tenure.engine.delivery.calendar_sender import entry_name
from tenure.engine.delivery.delivering import preview_delivery
from tenure.engine.reports.summary import report_actions
from tenure.engine.sources.people_table import PeopleTable
from tenure.engine.store import Store
from tenure.engine.store.reader import Reader
from tenure.engine.workspace.channel_settings import wrong_url

CHANNEL = """\
channels:
  calendar:
    calendar: {{url: "{url}", user: tenure, password: "${{CALENDAR_PASSWORD}}"{more}}}
    kinds: [task]
    attempts: 2
    timeout: 5
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    with serving_calendar(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture
def calendar(running: CalendarServer, monkeypatch: pytest.MonkeyPatch) -> CalendarServer:
    monkeypatch.setenv("CALENDAR_PASSWORD", PASSWORD)
    running.make_collection()
    return running


def channel(url: str, more: str = "") -> str:
    return CHANNEL.format(url=url, more=more)


def record(project: Any, account: str, outcome: str, **more: Any) -> None:
    """Record an outcome of an account's task."""
    with Store.open(project.store, project.root) as store:
        action = store.ledger(accounts=[account]).filter(kind="task")["action_id"][0]
        row = {"action_id": action, "outcome": outcome, "on": DAY, "recorded_on": DAY, **more}
        store.record(pl.DataFrame([row], schema=OUTCOMES), empty_table(HAND_MOVES))


def tasks(project: Any) -> list[dict[str, Any]]:
    return Reader(project.store).ledger().filter(kind="task", status="issued").to_dicts()


def states(report: Any) -> list[str]:
    return [row["state"] for row in rows_of(report)]


def test_each_action_has_one_entry_with_the_uid_of_the_ical_output(
    tmp_path: Path, calendar: CalendarServer
) -> None:
    root = make_workspace(tmp_path / "w", channel(calendar.url), ("Alice", "Bob"))
    project = run_day(root)
    report = deliver_day(root)
    assert [(row["state"], row["note"]) for row in rows_of(report)] == [("sent", "201 Created")] * 2
    assert rows_of(deliver_day(root)) == []
    entries = Reader(project.store).ledger().filter(kind="task")
    text = "".join(report_actions(entries, "ical", workspace="Test"))
    expected = sorted(str(event["uid"]) for event in Calendar.from_ical(text).walk("VEVENT"))
    found = calendar.entries()
    assert [(kind, uid) for kind, uid, _ in found] == [("VEVENT", uid) for uid in expected]
    for _, _, event in found:
        assert "DTSTART;VALUE=DATE:20260302" in event
        assert "SUMMARY:" in event
    # Bob is absent, and Alice is his deputy.
    assert all("owner: Alice" in event for _, _, event in found)


def test_entries_can_be_tasks(tmp_path: Path, calendar: CalendarServer) -> None:
    root = make_workspace(tmp_path / "w", channel(calendar.url, ", entries: tasks"))
    run_day(root)
    deliver_day(root)
    ((kind, _, text),) = calendar.entries()
    assert kind == "VTODO"
    assert "DUE;VALUE=DATE:20260302" in text
    assert "STATUS:NEEDS-ACTION" in text


def test_a_repeat_after_a_crash_adds_nothing_and_leaves_what_people_changed(
    tmp_path: Path, calendar: CalendarServer
) -> None:
    root = make_workspace(tmp_path / "w", channel(calendar.url))
    project = run_day(root)
    deliver_day(root)
    (task,) = tasks(project)
    path = PATH + entry_name(task["action_id"], "Test")
    text = calendar.request("GET", path)[1].decode()
    mine = text.replace("20260302\r\nDTEND", "20260305\r\nDTEND").replace(
        "DTEND;VALUE=DATE:20260303", "DTEND;VALUE=DATE:20260306"
    )
    assert mine != text
    assert calendar.request("PUT", path, mine, {"If-Match": "*"})[0] in (201, 204)
    with Store.open(project.store, project.root) as store:
        (row,) = store.deliveries()
        store.note_delivery(row._replace(state="sending"))
    report = deliver_day(root)
    assert [row["note"] for row in rows_of(report)] == ["there already"]
    ((_, _, event),) = calendar.entries()
    assert "DTSTART;VALUE=DATE:20260305" in event


def test_a_later_revision_replaces_the_entry(tmp_path: Path, calendar: CalendarServer) -> None:
    root = make_workspace(tmp_path / "w", channel(calendar.url))
    project = run_day(root)
    deliver_day(root)
    (task,) = tasks(project)
    with Store.open(project.store, project.root) as store:
        (row,) = store.deliveries()
    from tenure.engine.delivery.delivering import connect
    from tenure.engine.delivery.parcels import Parcel

    sender = connect(project, project.workspace.channels["calendar"], TestClock(), PeopleTable())
    later = {**task, "revision": 2, "due_on": DAY + dt.timedelta(days=7)}
    parcel = Parcel(row, project.workspace.channels["calendar"], "", "", lambda: later)
    assert sender.send(parcel, later).startswith("2")
    assert sender.send(parcel, later) == "there already"
    assert sender.send(parcel, task) == "there already"
    ((_, _, event),) = calendar.entries()
    assert "DTSTART;VALUE=DATE:20260309" in event
    assert "SEQUENCE:1" in event


@pytest.mark.parametrize("outcome", ["done", "dismissed", "snoozed"])
def test_what_is_not_open_any_more_is_removed_and_comes_back_if_reopened(
    tmp_path: Path, calendar: CalendarServer, outcome: str
) -> None:
    root = make_workspace(tmp_path / "w", channel(calendar.url), ("Alice", "Alice"))
    project = run_day(root)
    deliver_day(root)
    more = {"until": DAY + dt.timedelta(days=9)} if outcome == "snoozed" else {}
    record(project, "a1", outcome, **more)
    shown = preview_delivery(project, Reader(project.store), DAY)
    assert [row["note"] for row in rows_of(shown)] == ["to be taken back"]
    assert len(calendar.entries()) == 2
    report = deliver_day(root)
    assert [(row["state"], row["note"]) for row in rows_of(report)] == [
        ("dropped", "taken back: 200 OK")
    ]
    assert len(calendar.entries()) == 1
    assert rows_of(deliver_day(root)) == []
    record(project, "a1", "reopened")
    assert states(deliver_day(root)) == ["sent"]
    assert len(calendar.entries()) == 2


def due_later(root: Path) -> None:
    """Make the task due 70 days after the letter, so that it can be withdrawn for as long."""
    file = root / "playbooks" / "renewal.yaml"
    file.write_text(file.read_text("utf-8").replace("due: 0 days", "due: 70 days"), "utf-8")


def absent_for(root: Path, first: int, last: int, accounts: str) -> dt.date:
    """Run these days with the accounts' rows of the first day, and return the last day."""
    lines = (root / "data" / f"accounts-{DAY}.csv").read_text("utf-8").splitlines()
    rows = [lines[0], *(line for line in lines[1:] if line.split(",")[0] in accounts.split())]
    for number in range(first, last + 1):
        day = DAY + dt.timedelta(days=number)
        (root / "data" / f"accounts-{day}.csv").write_text("\n".join(rows) + "\n", "utf-8")
        run_day(root, day)
    return DAY + dt.timedelta(days=last)


def test_what_is_withdrawn_is_removed_and_what_is_issued_again_returns(
    tmp_path: Path, calendar: CalendarServer
) -> None:
    root = make_workspace(tmp_path / "w", channel(calendar.url), ("Alice", "Alice"))
    due_later(root)
    project = run_day(root)
    deliver_day(root)
    # A task of an account that the snapshots lack for days is withdrawn.
    last = absent_for(root, 1, 4, "a2")
    assert [task["account_id"] for task in tasks(project)] == ["a2"]
    assert states(deliver_day(root, on=last)) == ["dropped"]
    assert len(calendar.entries()) == 1
    last = absent_for(root, 5, 5, "a1 a2")
    assert {(task["account_id"], task["revision"]) for task in tasks(project)} == {
        ("a1", 3),
        ("a2", 1),
    }
    assert states(deliver_day(root, on=last)) == ["sent"]
    assert len(calendar.entries()) == 2
    assert rows_of(deliver_day(root, on=last)) == []


def test_a_revision_between_two_deliveries_replaces_the_entry(
    tmp_path: Path, calendar: CalendarServer
) -> None:
    root = make_workspace(tmp_path / "w", channel(calendar.url), ("Alice", "Alice"))
    due_later(root)
    run_day(root)
    deliver_day(root)
    absent_for(root, 1, 4, "a2")
    last = absent_for(root, 5, 5, "a1 a2")
    assert states(deliver_day(root, on=last)) == ["sent"]
    texts = [text for _, _, text in calendar.entries()]
    assert sorted("X-TENURE-REVISION:3" in text for text in texts) == [False, True]
    assert rows_of(deliver_day(root, on=last)) == []


def test_an_entry_is_removed_long_after_it_was_sent(
    tmp_path: Path, calendar: CalendarServer
) -> None:
    root = make_workspace(tmp_path / "w", channel(calendar.url))
    project = run_day(root)
    deliver_day(root)
    later = DAY + dt.timedelta(days=60)
    assert rows_of(deliver_day(root, on=later)) == []
    assert len(calendar.entries()) == 1
    record(project, "a1", "done", on=later)
    assert states(deliver_day(root, on=later)) == ["dropped"]
    assert calendar.entries() == []


def test_an_earlier_date_removes_nothing(tmp_path: Path, calendar: CalendarServer) -> None:
    root = make_workspace(tmp_path / "w", channel(calendar.url))
    run_day(root)
    deliver_day(root)
    assert rows_of(deliver_day(root, on=DAY - dt.timedelta(days=1))) == []
    assert len(calendar.entries()) == 1


def test_something_else_at_the_address_is_left_alone(
    tmp_path: Path, calendar: CalendarServer
) -> None:
    root = make_workspace(tmp_path / "w", channel(calendar.url))
    project = run_day(root)
    (task,) = tasks(project)
    text = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:mine\r\n"
        "DTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20260101\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    assert calendar.request("PUT", PATH + entry_name(task["action_id"], "Test"), text)[0] == 201
    report = deliver_day(root)
    assert states(report) == ["failed"]
    assert "is at its address" in rows_of(report)[0]["note"]
    assert [uid for _, uid, _ in calendar.entries()] == ["mine"]


def test_an_imported_feed_is_named(tmp_path: Path, calendar: CalendarServer) -> None:
    root = make_workspace(tmp_path / "w", channel(calendar.url))
    project = run_day(root)
    entries = Reader(project.store).ledger().filter(kind="task")
    text = "".join(report_actions(entries, "ical", workspace="Test"))
    assert calendar.request("PUT", PATH + "feed.ics", text.replace("METHOD:PUBLISH\r\n", ""))[
        0
    ] == (201)
    report = deliver_day(root)
    assert states(report) == ["failed"]
    assert "from a file or feed that was imported" in rows_of(report)[0]["note"]
    assert len(calendar.entries()) == 1


def test_a_collection_that_is_not_there_or_a_wrong_password_gives_the_channel_up(
    tmp_path: Path, calendar: CalendarServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = calendar.url.replace("renewals", "elsewhere")
    root = make_workspace(tmp_path / "w", channel(url))
    run_day(root)
    report = deliver_day(root)
    assert [problem.code for problem in report.problems] == ["channel-down"]
    assert "does not exist" in report.problems[0].message
    root = make_workspace(tmp_path / "v", channel(calendar.url))
    run_day(root)
    monkeypatch.setenv("CALENDAR_PASSWORD", "a wrong password")
    report = deliver_day(root)
    assert "401" in report.problems[0].message
    assert "a wrong password" not in f"{rows_of(report)} {report.problems}"
    assert calendar.entries() == []


def test_what_cannot_be_removed_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_PASSWORD", PASSWORD)

    with receiving(Receiver(plain(201), plain(503), plain(204))) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/c/"
        root = make_workspace(tmp_path / "w", channel(url))
        project = run_day(root)
        assert states(deliver_day(root)) == ["sent"]
        record(project, "a1", "done")
        report = deliver_day(root)
        assert [(row["state"], row["note"]) for row in rows_of(report)] == [
            ("sent", "not taken back: the receiver answers 503 Service Unavailable")
        ]
        assert report.waiting == 1
        assert states(deliver_day(root)) == ["dropped"]
        assert rows_of(deliver_day(root)) == []


def test_what_waits_for_a_calendar_that_is_not_configured_any_more_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALENDAR_PASSWORD", PASSWORD)
    with receiving(Receiver(plain(503))) as receiver:
        root = make_workspace(tmp_path / "w", channel(f"http://127.0.0.1:{receiver.port}/c/"))
        run_day(root)
        assert states(deliver_day(root)) == ["planned"]
    text = (root / "tenure.yaml").read_text("utf-8")
    settings = text.partition("channels:")[0] + "channels: {desk: {folder: {path: outbox}}}\n"
    (root / "tenure.yaml").write_text(settings, "utf-8")
    assert sorted(states(deliver_day(root))) == ["dropped", "sent"]
    assert rows_of(deliver_day(root)) == []


PEOPLE = "name,email,calendar,deputy,absent_from,absent_to\n{rows}"
EACH = "/tenure/{calendar}/"


def each_person(folder: Path, calendar: CalendarServer, *rows: str) -> Path:
    """A workspace whose people have calendars, and those calendars, empty."""
    url = calendar.url.replace(PATH, EACH)
    root = make_workspace(folder / "w", channel(url), ("Alice", "Bob"))
    (root / "people.csv").write_text(PEOPLE.format(rows="\n".join(rows)))
    for name in ("alice", "bob", "alice-2"):
        calendar.request("DELETE", f"/tenure/{name}/")
        calendar.request("MKCALENDAR", f"/tenure/{name}/")
    return root


def owners(calendar: CalendarServer, name: str) -> list[str]:
    """The owners of the entries of a person's calendar."""
    status, text = calendar.request("GET", f"/tenure/{name}/")
    assert status == 200, text
    events = Calendar.from_ical(text).walk("VEVENT")
    return sorted(
        str(each["description"]).partition("owner: ")[2].partition("\n")[0] for each in events
    )


ALICE, BOB = "Alice,,alice,,,", "Bob,,bob,,,"


def test_each_person_has_a_calendar(tmp_path: Path, calendar: CalendarServer) -> None:
    root = each_person(tmp_path, calendar, ALICE, BOB)
    run_day(root)
    assert states(deliver_day(root)) == ["sent", "sent"]
    assert (owners(calendar, "alice"), owners(calendar, "bob")) == (["Alice"], ["Bob"])
    assert rows_of(deliver_day(root)) == []


def test_an_action_moves_to_the_calendar_of_the_person_it_is_assigned_to(
    tmp_path: Path, calendar: CalendarServer
) -> None:
    root = each_person(tmp_path, calendar, ALICE, BOB)
    project = run_day(root)
    deliver_day(root)
    record(project, "a2", "assigned", to="Alice")
    for _ in range(2):
        deliver_day(root)
        assert (owners(calendar, "alice"), owners(calendar, "bob")) == (["Alice", "Alice"], [])
    record(project, "a2", "assigned", to="Bob")
    deliver_day(root)
    assert (owners(calendar, "alice"), owners(calendar, "bob")) == (["Alice"], ["Bob"])


def test_an_action_moves_to_the_new_calendar_of_its_person_and_the_old_entry_is_named_once(
    tmp_path: Path, calendar: CalendarServer
) -> None:
    root = each_person(tmp_path, calendar, ALICE, BOB)
    run_day(root)
    deliver_day(root)
    (root / "people.csv").write_text(PEOPLE.format(rows=f"Alice,,alice-2,,,\n{BOB}"))
    report = deliver_day(root)
    stays = "not taken back: it is in a calendar that is not in the table of people any more"
    assert [(row["state"], row["note"]) for row in rows_of(report)] == [
        ("sent", "201 Created"),
        ("dropped", f"{stays}; remove it there by hand"),
    ]
    assert (report.failed, report.waiting) == (1, 0)
    assert owners(calendar, "alice") == owners(calendar, "alice-2") == ["Alice"]
    again = deliver_day(root)
    assert (rows_of(again), again.failed, again.waiting) == ([], 0, 0)
    # If the address comes back, the entry is there already, and that in the other calendar stays by the same rule.
    (root / "people.csv").write_text(PEOPLE.format(rows=f"{ALICE}\n{BOB}"))
    assert rows_of(deliver_day(root))[0]["note"] == "there already"
    assert rows_of(deliver_day(root)) == []


def test_what_the_server_refuses_to_remove_is_named_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALENDAR_PASSWORD", PASSWORD)
    with receiving(Receiver(plain(201), plain(405))) as receiver:
        root = make_workspace(tmp_path / "w", channel(f"http://127.0.0.1:{receiver.port}/c/"))
        project = run_day(root)
        deliver_day(root)
        record(project, "a1", "done")
        report = deliver_day(root)
        assert [(row["state"], row["note"]) for row in rows_of(report)] == [
            ("dropped", "not taken back: the receiver answers 405 Method Not Allowed")
        ]
        assert (report.failed, report.waiting) == (1, 0)
        assert rows_of(deliver_day(root)) == []


def test_the_work_of_an_absent_person_is_in_the_calendar_of_the_deputy(
    tmp_path: Path, calendar: CalendarServer
) -> None:
    root = each_person(tmp_path, calendar, ALICE, f"Bob,,bob,Alice,{DAY},{DAY}")
    run_day(root)
    deliver_day(root)
    assert (owners(calendar, "alice"), owners(calendar, "bob")) == (["Alice", "Alice"], [])
    deliver_day(root, on=DAY + dt.timedelta(days=1))
    assert (owners(calendar, "alice"), owners(calendar, "bob")) == (["Alice"], ["Bob"])


@pytest.mark.parametrize(
    ("row", "note"),
    [
        ("Bob,,,,,", "the table of people has no calendar of Bob"),
        ("Bob,,not there,,,", "the table of people has no calendar of Bob"),
        ("Bob,,../alice,,,", "the table of people has no calendar of Bob"),
        (
            "Bob,,nowhere,,,",
            "the server answers 409 Conflict: look for the calendar of this person",
        ),
    ],
)
def test_without_a_calendar_of_one_person_the_others_get_theirs(
    tmp_path: Path, calendar: CalendarServer, row: str, note: str
) -> None:
    root = each_person(tmp_path, calendar, ALICE, row)
    run_day(root)
    report = deliver_day(root)
    assert [(each["to"], each["state"]) for each in rows_of(report)] == [
        ("Alice", "sent"),
        ("Bob", "failed"),
    ]
    assert rows_of(report)[1]["note"] == note
    (root / "people.csv").write_text(PEOPLE.format(rows=f"{ALICE}\n{BOB}"))
    deliver_day(root, retry=True)
    assert (owners(calendar, "alice"), owners(calendar, "bob")) == (["Alice"], ["Bob"])


def test_a_calendar_may_be_in_a_folder(tmp_path: Path, calendar: CalendarServer) -> None:
    root = each_person(tmp_path, calendar, "Alice,,alice,,,", "Bob,,bob,,,")
    url = calendar.url.replace(PATH, "/{calendar}/")
    text = (root / "tenure.yaml").read_text().replace(calendar.url.replace(PATH, EACH), url)
    (root / "tenure.yaml").write_text(text)
    (root / "people.csv").write_text(
        PEOPLE.format(rows="Alice,,tenure/alice,,,\nBob,,tenure/bob,,,")
    )
    run_day(root)
    deliver_day(root)
    assert (owners(calendar, "alice"), owners(calendar, "bob")) == (["Alice"], ["Bob"])


@pytest.mark.parametrize(
    "url",
    [
        "https://{calendar}.example.com/dav/",
        "https://example.com/{calendar}/{calendar}/",
        "https://example.com/{owner}/",
        "https://example.com/{}/",
        "https://example.com/dav/?who={calendar}",
    ],
)
def test_a_place_that_no_calendar_can_fill_is_refused(url: str) -> None:
    assert wrong_url(url, "calendar") is not None
