"""Actions as a calendar that Outlook, Google and Apple show and keep up to date.

In: ledger entries; out: iCalendar text (RFC 5545). One all-day event an action, its UID the
action's id and the workspace's name for ever, so that a calendar that reads the feed again never shows an action
twice, and a test workspace's feed does not replace the events of the live one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..core.ids import ACCOUNT_ID
from ..text.printable import fit_lines, fit_words
from .action_detail import detail_lines, longest

if TYPE_CHECKING:
    from icalendar import Event

CALENDAR_STATUSES = ("issued", "superseded", "withdrawn")
"""What was skipped or withheld is nobody's to do, and stays out of calendars."""


def to_ical(entries: Iterable[Mapping[str, Any]], name: str, workspace: str = "") -> str:
    """The calendar of the entries' actions, each as its last entry has it, in their order.

    `name` is the calendar's; `workspace` the name that tells this workspace's events from those of others.

    An event stands on its action's due date, or on the date it was issued if that is later.
    What was superseded or withdrawn is there as cancelled, so that calendars drop it.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Tenure//Tenure//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", fit_words(name))
    for entry in latest_revisions(entries):
        if entry["status"] in CALENDAR_STATUSES:
            calendar.add_component(_event(entry, workspace))
    text: str = calendar.to_ical().decode("utf-8")
    return text


def latest_revisions(entries: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The last revision of each action, where the action first stands."""
    by_action: dict[str, Mapping[str, Any]] = {}
    for entry in entries:
        known = by_action.get(entry["action_id"])
        if known is None or known["revision"] < entry["revision"]:
            by_action[entry["action_id"]] = entry
    return list(by_action.values())


def _event(entry: Mapping[str, Any], workspace: str) -> Event:
    from urllib.parse import quote

    from icalendar import Event

    day = max(entry["due_on"], entry["issued_on"])
    stamp = dt.datetime.combine(entry["issued_on"], dt.time(), dt.UTC)
    event = Event()
    own = f"@{quote(workspace, safe='', errors='replace')}" if workspace else ""
    event.add("uid", entry["action_id"] + own)
    event.add("dtstamp", stamp)
    event.add("dtstart", day)
    event.add("dtend", day + dt.timedelta(days=1))
    event.add("sequence", entry["revision"] - 1)
    event.add("status", "CONFIRMED" if entry["status"] == "issued" else "CANCELLED")
    event.add("summary", fit_lines(_summary(entry)))
    event.add("description", fit_lines(_description(entry)))
    event.add("categories", [entry["playbook"], entry["kind"]])
    event.add("transp", "TRANSPARENT")
    return event


def _summary(entry: Mapping[str, Any]) -> str:
    """Title and account; how long it takes stands there too, since an event without a time of day has no length."""
    minutes = longest(entry["detail"])
    length = f" ({minutes} min)" if minutes else ""
    return f"{entry['title']}{length} – {entry['account_name'] or entry[ACCOUNT_ID]}"


def _description(entry: Mapping[str, Any]) -> str:
    lines = [
        fit_words(
            f"{entry['kind']}, {entry['playbook']} / {entry['step']}, account {entry[ACCOUNT_ID]}"
        ),
        fit_words(f"owner: {entry['owner'] or entry['owner_role'] or 'nobody'}"),
    ]
    if entry["due_on"] != max(entry["due_on"], entry["issued_on"]):
        lines.append(f"due on {entry['due_on'].isoformat()}, {entry['late_days']} days late")
    if entry["reason"]:
        lines.append(str(entry["reason"]))
    lines += detail_lines(entry["detail"])
    if entry.get("subject"):
        lines += ["", str(entry["subject"]), "", str(entry["body"])]
    return "\n".join(lines)
