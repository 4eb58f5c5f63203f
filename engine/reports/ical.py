"""Actions as an iCalendar feed (RFC 5545) for Outlook, Google Calendar and Apple Calendar.

Takes ledger entries, and returns iCalendar text with one all-day event per action. The UID is the action's id and the
workspace's name and never changes. So a calendar that reads the feed again shows no action twice, and the feed of a
test workspace does not replace events of the live one. `calendar_entry` writes one action for a CalDAV server, with the
same UID.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..core.ids import ACCOUNT_ID
from ..core.languages import ENGLISH
from ..text.printable import fit_lines, fit_words
from ..text.translations import shipped, translate
from .action_detail import detail_lines, longest
from .locale_format import count_text, date_text

if TYPE_CHECKING:
    from icalendar import Calendar, Component, Event, Todo

REVISION_PROPERTY = "X-TENURE-REVISION"
"""The property of a CalDAV entry with the action's revision: programs that change an entry count up its SEQUENCE."""


def to_ical(
    entries: Iterable[Mapping[str, Any]], name: str, workspace: str = "", language: str = ENGLISH
) -> str:
    """Return the calendar of the entries' actions, each in its last revision, in their order.

    An event is on its action's due date, or on the issue date if that is later. Actions that are issued
    no longer are cancelled events, so that calendars remove them.

    Args:
        entries: Ledger entries.
        name: The calendar's name.
        workspace: The workspace's name, which makes its UIDs distinct from those of other workspaces.
        language: The reader's language.
    """
    calendar = _empty_calendar()
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", fit_words(name))
    for entry in latest_revisions(entries):
        if entry["status"] == "issued" or entry["revision"] > 1:
            calendar.add_component(_event(entry, workspace, language))
    text: str = calendar.to_ical().decode("utf-8")
    return text


def calendar_entry(
    entry: Mapping[str, Any], workspace: str, language: str, *, as_task: bool, sequence: int
) -> bytes:
    """Return the calendar object of an action for a CalDAV server: an event, or a task with a due date.

    Args:
        entry: The ledger entry.
        workspace: The workspace's name.
        language: The reader's language.
        as_task: True for a task, false for an event.
        sequence: Its SEQUENCE, which is higher than that of the entry that it replaces.
    """
    # RFC 4791 allows no METHOD in an object of a collection.
    calendar = _empty_calendar()
    write = _task if as_task else _event
    component = write(entry, workspace, language)
    del component["sequence"]
    component.add("sequence", sequence)
    component.add(REVISION_PROPERTY, str(entry["revision"]))
    calendar.add_component(component)
    text: bytes = calendar.to_ical()
    return text


def entry_uid(action_id: str, workspace: str) -> str:
    """Return the UID of an action: its id and the workspace's name."""
    from urllib.parse import quote

    domain = f"@{quote(workspace, safe='', errors='replace')}" if workspace else ""
    return action_id + domain


def latest_revisions(entries: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the last revision of each action, in order of the actions' first entries."""
    by_action: dict[str, Mapping[str, Any]] = {}
    for entry in entries:
        previous = by_action.get(entry["action_id"])
        if previous is None or previous["revision"] < entry["revision"]:
            by_action[entry["action_id"]] = entry
    return list(by_action.values())


def _empty_calendar() -> Calendar:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Tenure//Tenure//EN")
    calendar.add("version", "2.0")
    return calendar


def _event(entry: Mapping[str, Any], workspace: str, language: str) -> Event:
    from icalendar import Event

    date = max(entry["due_on"], entry["issued_on"])
    event = Event()
    _identify(event, entry, workspace)
    event.add("dtstart", date)
    event.add("dtend", date + dt.timedelta(days=1))
    event.add("sequence", entry["revision"] - 1)
    event.add("status", "CONFIRMED" if entry["status"] == "issued" else "CANCELLED")
    _describe(event, entry, language)
    event.add("transp", "TRANSPARENT")
    return event


def _task(entry: Mapping[str, Any], workspace: str, language: str) -> Todo:
    from icalendar import Todo

    task = Todo()
    _identify(task, entry, workspace)
    task.add("due", max(entry["due_on"], entry["issued_on"]))
    task.add("sequence", entry["revision"] - 1)
    task.add("status", "NEEDS-ACTION")
    _describe(task, entry, language)
    return task


def _identify(component: Component, entry: Mapping[str, Any], workspace: str) -> None:
    component.add("uid", entry_uid(entry["action_id"], workspace))
    component.add("dtstamp", dt.datetime.combine(entry["issued_on"], dt.time(), dt.UTC))


def _describe(component: Component, entry: Mapping[str, Any], language: str) -> None:
    component.add("summary", fit_lines(_summary(entry)))
    component.add("description", fit_lines(_description(entry, language)))
    component.add("categories", [entry["playbook"], entry["kind"]])


def _summary(entry: Mapping[str, Any]) -> str:
    """Return title, duration and account; the duration is there because an all-day event has none."""
    minutes = longest(entry["detail"])
    length = f" ({minutes} min)" if minutes else ""
    return f"{entry['title']}{length} – {entry['account_name'] or entry[ACCOUNT_ID]}"


def _description(entry: Mapping[str, Any], language: str) -> str:
    def say(key: str, **values: object) -> str:
        return fit_words(translate("calendar_entries", key, language, **values))

    kind = shipped().section("kinds", language).get(entry["kind"], entry["kind"])
    places = {"playbook": entry["playbook"], "step": entry["step"], "account": entry[ACCOUNT_ID]}
    owner = entry["owner"] or entry["owner_role"] or say("no_owner")
    lines = [say("about", kind=kind, **places), say("owner", owner=owner)]
    if entry["due_on"] != max(entry["due_on"], entry["issued_on"]):
        days = count_text("days_overdue", entry["late_days"], language)
        lines.append(say("late", date=date_text(entry["due_on"], language), days=days))
    if entry["reason"]:
        lines.append(str(entry["reason"]))
    lines += detail_lines(entry["detail"], language=language)
    if entry.get("subject"):
        lines += ["", str(entry["subject"]), "", str(entry["body"])]
    return "\n".join(lines)
