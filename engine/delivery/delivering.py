"""Deliver what is due on a date: from the ledger to the channels, by way of the outbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.languages import choose_language
from ..core.problems import Problem
from ..core.schemas import HAND_MOVES, OUTCOMES, empty_table
from ..language.actions_read import OPEN_NOW
from ..reports.listing import Listing
from ..reports.locale_format import date_text
from ..reports.rendered_messages import with_messages
from ..sources.people_table import PeopleTable, load_people
from ..store.deliveries import Delivery
from ..text.printable import fit_words
from ..text.translations import shipped, translate
from ..workspace.channels import (
    AppriseChannel,
    CalendarChannel,
    Channel,
    EmailChannel,
    FolderChannel,
)
from .apprise_sender import AppriseSender
from .calendar_sender import CALENDAR_VALUE, READER_LANGUAGE, CalendarSender
from .clock import Clock
from .customer_hours import CustomerHours
from .digests import DigestWriter
from .email_sender import EmailSender
from .failures import warn_of_failures
from .folder_sender import FolderSender
from .outbox import OUTBOX_SPAN, Delivered, Outbox, Sender
from .parcels import Letter, Parcel, ParcelContent, digest_in_key, of_action
from .reader_language import in_readers_language
from .selection import ACTS, actions_on, letters_on, of_channel, open_actions, recent_actions
from .task_files import TaskFileSender
from .webhook_sender import WebhookSender

if TYPE_CHECKING:
    from ..project.loading import Project
    from ..store import Reader, Store

SENT_BY = "tenure deliver"
"""Who did what a channel did, in outcomes."""
REOPENED_SPAN = dt.timedelta(days=366)
"""How long what was taken back from a calendar is sent again if its action is reopened."""
REPORT_COLUMNS = ("channel", "item", "to", "what", "state", "attempts", "note")


@dataclass(slots=True)
class DeliveryReport:
    """The result of a date's deliveries."""

    listing: Listing
    problems: list[Problem] = field(default_factory=list)
    sent: int = 0
    waiting: int = 0
    failed: int = 0


class Dispatch:
    """The deliveries of one date: what is wanted, by key, in the order of channels."""

    def __init__(
        self, project: Project, store: Reader, on: dt.date, outbox: Collection[Delivery] = ()
    ) -> None:
        """Read what the date needs.

        Args:
            project: The workspace.
            store: Its store.
            on: The date.
            outbox: The deliveries that wait, and all of the channels that take back.
        """
        self._outbox = outbox
        self.project = project
        self.on = on
        self.people, self.warnings = load_people(project.workspace)
        self._store = store
        self._hours: CustomerHours | None = None
        outstanding = {row.action_id for row in outbox if row.action_id}
        actions = actions_on(store, self.people, on, outstanding)
        self._actions = in_readers_language(project, self.people, actions)
        self._standing = {
            (row["action_id"], row["revision"]): row["standing"]
            for row in self._actions.select("action_id", "revision", "standing").iter_rows(
                named=True
            )
        }

    def parcels(self) -> dict[str, Parcel]:
        """Return the parcels by their keys; those of the outbox that are still wanted among them."""
        found: dict[str, Parcel] = {}
        letters = self._letters()
        claimed = [action for parcels in letters.values() for action in parcels]
        for channel in self.project.workspace.channels.values():
            if channel.has_letters:
                parcels: Iterable[Parcel] = letters[channel.id].values()
            elif channel.has_digests:
                parcels = self._digests(channel, claimed)
            else:
                parcels = self._requests(channel)
            found |= {parcel.key: parcel for parcel in parcels}
        return found

    def taken_back(self, delivery: Delivery) -> bool:
        """Return whether an action is not open any more, or was revised."""
        standing = self._standing.get((delivery.action_id or "", delivery.revision or 0))
        return standing not in OPEN_NOW

    def to_remove(
        self, sent: Collection[Delivery], wanted: Mapping[str, Parcel]
    ) -> Iterator[tuple[Channel, Delivery]]:
        """Yield what is to be taken back: what was sent, or may have been, and is not wanted any more.

        An action's former revision is not taken back where a later one replaces it. Nothing is on a date before the
        last that was delivered: what was open then says nothing about today.
        """
        if any(row.day > self.on.isoformat() for row in sent):
            return
        channels = self.project.workspace.channels
        open_now = {_place(each.channel, each.delivery) for each in wanted.values()}
        for row in sent:
            arrived = row.attempts > 0 and row.state != "dropped"
            if arrived and _place(channels[row.channel], row) not in open_now:
                yield channels[row.channel], row

    def _letters(self) -> dict[str, dict[str, Parcel]]:
        """Return the parcels of each channel of letters, by action; a letter goes to the first that has it."""
        due = letters_on(self._actions, self.on)
        by_channel: dict[str, dict[str, Parcel]] = {}
        taken: set[str] = set()
        channels = [each for each in self.project.workspace.channels.values() if each.has_letters]
        wanted = {channel.id: of_channel(due, channel) for channel in channels}
        ids = {id for frame in wanted.values() for id in frame["action_id"]}
        rendered = self._rendered(due.filter(pl.col("action_id").is_in(list(ids))))
        if any(channel.hours_of_customer for channel in channels):
            self._hours = CustomerHours(self.project, self.on, due[ACCOUNT_ID].unique().to_list())
            self.warnings += self._hours.warnings
        for channel in channels:
            parcels = {}
            for id in wanted[channel.id]["action_id"]:
                if id not in taken:
                    taken.add(id)
                    parcels[id] = self._letter(channel, rendered[id])
            by_channel[channel.id] = parcels
        return by_channel

    def _rendered(self, entries: pl.DataFrame) -> dict[str, Mapping[str, Any]]:
        if entries.is_empty():
            return {}
        frame, warnings = with_messages(self.project, entries, self._store)
        self.warnings += warnings
        return {row["action_id"]: row for row in frame.iter_rows(named=True)}

    def _letter(self, channel: Channel, entry: Mapping[str, Any]) -> Parcel:
        way = channel.way
        trial = isinstance(way, EmailChannel) and way.dry_run_to is not None
        problem = entry["message_problem"]
        if problem is None and entry["recipient"] is None:
            problem = "the account has no email address"

        def build() -> ParcelContent:
            return Letter(
                entry["recipient"],
                entry["subject"],
                entry["body"],
                entry["language"],
                entry[ACCOUNT_ID],
            )

        is_open = None
        if channel.hours_of_customer and self._hours is not None:
            is_open = partial(self._hours.is_open, channel, entry[ACCOUNT_ID])
        delivery = of_action(channel, entry["action_id"], entry["revision"], self.on, trial)
        title = fit_words(entry["title"])
        return Parcel(delivery, channel, _account(entry), title, build, problem, is_open)

    def _requests(self, channel: Channel) -> Iterable[Parcel]:
        planned = {each.action_id for each in self._outbox if each.channel == channel.id}
        actions = of_channel(open_actions(self._actions), channel)
        recent = set(recent_actions(actions, self.on)["action_id"])
        for entry in actions.filter(
            pl.col("action_id").is_in([*recent, *(each for each in planned if each)])
        ).iter_rows(named=True):
            calendar, problem = self._calendar(channel, entry[ACTS])
            delivery = of_action(
                channel, entry["action_id"], entry["revision"], self.on, calendar=calendar
            )
            language = self._language(entry[ACTS])
            values = {
                **entry,
                "owner": entry[ACTS],
                CALENDAR_VALUE: calendar,
                READER_LANGUAGE: language,
            }
            if not channel.takes_back:
                values = self._values(entry, delivery.key, language)
            yield Parcel(
                delivery,
                channel,
                entry[ACTS] or "",
                fit_words(entry["title"]),
                partial(dict, values),
                problem,
            )

    def _calendar(self, channel: Channel, owner: str | None) -> tuple[str | None, str | None]:
        """Return the calendar of a person, and why there is none; neither if the channel has one for all."""
        if not (isinstance(channel.way, CalendarChannel) and channel.way.each_person):
            return None, None
        person = self.people.get(owner)
        if person is not None and person.calendar is not None:
            return person.calendar, None
        return "", f"the table of people has no calendar of {owner or 'the owner'}"

    def _language(self, owner: str | None) -> str:
        """Return the language of a person's texts, as far as the engine has it."""
        person = self.people.get(owner)
        wanted = (person and person.language) or self.project.workspace.language
        return choose_language(shipped().languages(), wanted)

    def _values(self, entry: Mapping[str, Any], key: str, language: str) -> dict[str, Any]:
        owner = entry[ACTS]
        person = self.people.get(owner)
        dates = {
            name: entry[name] and entry[name].isoformat()
            for name in ("due_on", "issued_on", "contact_on")
        }
        return {
            **entry,
            **dates,
            "key": key,
            "owner": owner,
            "owner_email": person and person.email,
            "account_name": _account(entry),
            "workspace": self.project.workspace.name,
            "kind_text": translate("kinds", entry["kind"], language),
            "due_text": date_text(entry["due_on"], language),
            "colon": translate("punctuation", "colon", language),
            **{
                f"{name}_label": translate("delivery", name, language)
                for name in ("due", "kind", "owner")
            },
        }

    def _digests(self, channel: Channel, claimed: Collection[str]) -> Iterable[Parcel]:
        writer = DigestWriter(self.project, self._store, self.people, self.on)
        actions = of_channel(self._actions, channel)
        yield from writer.parcels(channel, actions, claimed)
        self.warnings += writer.warnings


def deliver(
    project: Project, store: Store, on: dt.date, clock: Clock, *, retry: bool = False
) -> DeliveryReport:
    """Deliver what is due on a date, and return what became of it.

    Args:
        project: The workspace.
        store: Its store, held for writing.
        on: The date.
        clock: The clock.
        retry: Send again the parcels that have failed.

    Raises:
        Problems: The table of people cannot be read.
    """
    sent = _of_calendars(project, store, on)
    waiting = [*store.deliveries(("planned", "sending")), *_of_task_files(project, store, on)]
    dispatch = Dispatch(project, store, on, [*waiting, *sent])
    outbox = Outbox(
        store, clock, on, lambda channel: connect(project, channel, clock, dispatch.people)
    )
    wanted = dispatch.parcels()
    removable = {row.key for row in sent if row.attempts}
    outbox.settle(wanted, removable, dispatch.taken_back)
    ready = outbox.plan(wanted.values(), retry)
    try:
        outbox.remove_all(dispatch.to_remove(sent, wanted))
        outbox.send_all(ready)
    finally:
        outbox.close()
        record_sent(store, on)
    return _report(store, on, outbox.result, dispatch.warnings)


def preview_delivery(project: Project, store: Reader, on: dt.date) -> DeliveryReport:
    """Return what a delivery would send; nothing is sent or written."""
    sent = _of_calendars(project, store, on)
    dispatch = Dispatch(project, store, on, [*store.deliveries(("planned", "sending")), *sent])
    wanted = dispatch.parcels()
    known = {row.key: row for row in store.deliveries_with_keys(wanted)}
    shown = [
        _row(row, "", row.action_id or "", "to be taken back")
        for _, row in dispatch.to_remove(sent, wanted)
    ]
    for key, parcel in wanted.items():
        row = known.get(key)
        if row is None or row.state in ("planned", "sending", "dropped"):
            note = parcel.problem or ""
            shown.append(
                _row(parcel.delivery._replace(state="planned"), parcel.to, parcel.what, note)
            )
    return DeliveryReport(Listing(REPORT_COLUMNS, shown), dispatch.warnings, waiting=len(shown))


def _of_calendars(project: Project, store: Reader, on: dt.date) -> list[Delivery]:
    """Return the deliveries of the channels that take back: those there, and those taken back lately.

    One that was taken back is sent again if its action is reopened.
    """
    channels = [each.id for each in project.workspace.channels.values() if each.takes_back]
    if not channels:
        return []
    there = store.deliveries(("planned", "sending", "sent", "failed"), channels=channels)
    taken = store.deliveries(("dropped",), channels=channels, ended_since=on - REOPENED_SPAN)
    return [*there, *taken]


def _of_task_files(project: Project, store: Reader, on: dt.date) -> list[Delivery]:
    """Return the deliveries that the date's files of tasks have already."""
    channels = [each.id for each in project.workspace.channels.values() if each.has_task_file]
    sent = store.deliveries(("sent",), on - OUTBOX_SPAN, channels, on) if channels else []
    return [row for row in sent if row.ended_on == on.isoformat()]


def record_sent(store: Store, on: dt.date) -> None:
    """Record as done the letters that were sent to customers, unless that is recorded already.

    It follows from the outbox, so that a crash in between is made good by the next delivery within `OUTBOX_SPAN`.
    """
    sent = [
        row
        for row in store.deliveries(("sent",), ended_since=on - OUTBOX_SPAN)
        if row.item == "letter" and not row.key.endswith("-trial")
    ]
    known = store.outcomes(actions=pl.Series([row.action_id for row in sent], dtype=pl.String))
    recorded = set(known.filter(pl.col("by") == SENT_BY)["action_id"])
    rows = [
        {
            "action_id": row.action_id,
            "outcome": "done",
            "on": dt.date.fromisoformat(row.ended_on or row.day),
            "by": SENT_BY,
            "result": "sent",
            "source": f"delivery:{row.channel}",
            "recorded_on": on,
        }
        for row in sent
        if row.action_id not in recorded
    ]
    if rows:
        store.record(pl.DataFrame(rows, schema=OUTCOMES), empty_table(HAND_MOVES))


def _place(channel: Channel, row: Delivery) -> tuple[str, str | None, str]:
    """Return where an action is: in which channel, and in which person's calendar if each has one."""
    way = channel.way
    each_person = isinstance(way, CalendarChannel) and way.each_person
    return channel.id, row.action_id, digest_in_key(row) if each_person else ""


def connect(project: Project, channel: Channel, clock: Clock, people: PeopleTable) -> Sender:
    """Return the sender of a channel."""
    root, way = Path(project.workspace.root), channel.way
    if isinstance(way, FolderChannel) and way.tasks is not None:
        return TaskFileSender(root / way.path, channel.id, way.tasks)
    if isinstance(way, FolderChannel):
        return FolderSender(root / way.path)
    if isinstance(way, EmailChannel):
        return EmailSender(channel, way, root, clock)
    if isinstance(way, AppriseChannel):
        return AppriseSender(channel, way)
    if isinstance(way, CalendarChannel):
        return CalendarSender(channel, way, root, project.workspace.name, people.calendars())
    return WebhookSender(channel, way, root, clock)


def _report(
    store: Store, on: dt.date, delivered: Delivered, warnings: list[Problem]
) -> DeliveryReport:
    report = DeliveryReport(Listing(REPORT_COLUMNS, []), list(warnings))
    rows = []
    for parcel, row in delivered.parcels:
        rows.append(_row(row, parcel.to, parcel.what, row.error or row.acknowledgement or ""))
        report.sent += row.state == "sent"
        report.failed += row.state == "failed"
        report.waiting += row.state == "planned"
    rows += [
        _row(row, "", row.action_id or "", row.error or "taken back")
        for row in (*delivered.missed, *delivered.left, *delivered.dropped)
    ]
    rows += [
        _row(row, "", row.action_id or "", f"taken back: {row.acknowledgement}")
        for row in delivered.removed
    ]
    rows += [
        _row(row, "", row.action_id or "", row.error or "to be taken back")
        for row in delivered.unremoved
    ]
    report.waiting += len(delivered.unremoved)
    report.failed += len(delivered.missed) + len(delivered.left)
    report.listing = Listing(REPORT_COLUMNS, rows)
    for problems in delivered.unusable.values():
        report.problems += problems
    for channel, error in delivered.down.items():
        message = f"the channel `{channel}` was given up: {error}"
        hint = "what it has waits for the next `tenure deliver`"
        report.problems.append(Problem("channel-down", message, hint=hint))
    for channel in delivered.closed:
        message = f"the channel `{channel}` is outside its hours: what it has waits"
        hint = "run `tenure deliver` within them"
        report.problems.append(Problem("channel-closed", message, hint=hint, severity="warning"))
    for channel, count in delivered.too_early.items():
        letters = "1 letter" if count == 1 else f"{count} letters"
        message = (
            f"{letters} of the channel `{channel}` wait: it is not a working hour of the customer"
        )
        hint = "run `tenure deliver` every hour of the day"
        report.problems.append(Problem("channel-closed", message, hint=hint, severity="warning"))
    ended = {row.key for _, row in delivered.parcels} | {row.key for row in delivered.missed}
    report.problems += warn_of_failures(store, on, ended)
    return report


def _row(row: Delivery, to: str, what: str, note: str) -> tuple[Any, ...]:
    return (row.channel, row.item, to, what, row.state, row.attempts, note)


def _account(entry: Mapping[str, Any]) -> str:
    return fit_words(entry["account_name"] or entry[ACCOUNT_ID])
