"""Records of channels: the ways in which actions reach the people who act on them."""

from __future__ import annotations

import datetime as dt
from typing import Literal, NamedTuple

from ..language.states_read import Reference

FolderFormat = Literal["markdown", "html", "csv", "ical"]
TaskLayout = Literal["hubspot", "salesforce"]
TlsMode = Literal["starttls", "ssl", "none"]
WebhookTemplate = Literal["generic", "slack", "teams", "crm"]
CalendarEntries = Literal["events", "tasks"]


class FolderChannel(NamedTuple):
    """A folder with a file for each owner and day, in each of the formats, or with a file of tasks a day."""

    path: str
    formats: tuple[FolderFormat, ...] = ("markdown",)
    tasks: TaskLayout | None = None
    """The CRM whose import reads the files of tasks; None for digests."""


class EmailChannel(NamedTuple):
    """Emails over SMTP: a digest for each owner, or the letters to customers."""

    host: str
    port: int
    tls: TlsMode
    user: str | None
    password: str | None
    sender: str
    letters: bool
    """True for a channel with the letters to customers, false for one with the digests of owners."""
    dry_run_to: str | None = None
    """The address that gets all letters in place of the customers."""
    unsubscribe: str | None = None
    """The address of the page to unsubscribe, with `{account_id}`."""
    reply_to: str | None = None
    ca_file: str | None = None


class WebhookChannel(NamedTuple):
    """Signed JSON over HTTPS: a request for each action."""

    url: str
    secret: str | None
    template: WebhookTemplate = "generic"
    ca_file: str | None = None


PERSONS_CALENDAR = "{calendar}"
"""The place of a person's calendar, of the table of people, in a channel's address."""


class CalendarChannel(NamedTuple):
    """An entry for each action in a calendar of a CalDAV server."""

    url: str
    """The address of the collection; `{calendar}` in it is that of the person who acts."""
    user: str | None = None
    password: str | None = None
    entries: CalendarEntries = "events"
    ca_file: str | None = None

    @property
    def each_person(self) -> bool:
        """Return whether each person has a calendar."""
        return PERSONS_CALENDAR in self.url


class AppriseChannel(NamedTuple):
    """A notification for each action, to one of the services that Apprise knows."""

    url: str
    """The variable of the environment with Apprise's address of the service."""


Way = FolderChannel | EmailChannel | WebhookChannel | CalendarChannel | AppriseChannel


class Channel(NamedTuple):
    """A channel: where it leads, which actions it has, and how fast it may send."""

    id: str
    way: Way
    roles: tuple[str, ...] = ()
    """The roles whose actions it has; empty for all."""
    kinds: tuple[str, ...] = ()
    playbooks: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    """The mentions of the playbooks in the file."""
    at_most: int = 40
    """How many actions a digest lists."""
    per_minute: int = 60
    attempts: int = 4
    """How often one delivery is attempted before it has failed."""
    timeout: int = 30
    """Seconds that one attempt may take."""
    hours: tuple[dt.time, dt.time] | None = None
    """The working hours within which it sends; None for any time."""
    hours_of_customer: bool = False
    """True for hours in the time zone of each customer, and not in the workspace's."""

    @property
    def has_letters(self) -> bool:
        """Return whether it sends letters to customers."""
        return isinstance(self.way, EmailChannel) and self.way.letters

    @property
    def has_task_file(self) -> bool:
        """Return whether the actions of a day go into one file of tasks."""
        return isinstance(self.way, FolderChannel) and self.way.tasks is not None

    @property
    def takes_back(self) -> bool:
        """Return whether it takes back the actions that are not open any more."""
        return isinstance(self.way, CalendarChannel)

    @property
    def has_digests(self) -> bool:
        """Return whether it has one item for each owner and day."""
        digests = isinstance(self.way, EmailChannel | FolderChannel)
        return digests and not self.has_letters and not self.has_task_file
