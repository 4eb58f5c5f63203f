"""The channel that writes entries into a calendar, over CalDAV (RFC 4791).

An entry has the UID of the iCalendar output and an address that follows from it. It is created only where there is none
(`If-None-Match`), and a later revision of its action replaces the one that was read (`If-Match`). So a repeat adds
nothing, and what people changed in an entry stays until its action is revised.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from ..core.languages import ENGLISH
from ..reports.ical import REVISION_PROPERTY, calendar_entry, entry_uid
from ..store.deliveries import Delivery
from ..workspace.channels import PERSONS_CALENDAR, CalendarChannel, Channel
from .http_endpoint import HttpAnswer, HttpEndpoint, refusal
from .outbox import DeliveryFailed
from .parcels import Parcel, ParcelContent, calendar_digest, digest_in_key

_ABSENT = (404, 410)
_EXISTS = 412
_OF_ONE_CALENDAR = (403, 404, 409, 410)
CALENDAR_VALUE = "calendar"
"""The name of the person's calendar among the values of an action."""
READER_LANGUAGE = "reader_language"
"""The name of the person's language among them."""


class _Existing(NamedTuple):
    """An entry that is in the calendar: its action's revision, its SEQUENCE and its version on the server."""

    revision: int
    sequence: int
    etag: str


class CalendarSender:
    """Writer of the entries of one calendar, or of those of several people on one server."""

    def __init__(
        self,
        channel: Channel,
        way: CalendarChannel,
        root: Path,
        workspace: str,
        calendars: Collection[str] = (),
    ) -> None:
        """Check the address, and fill in its secrets.

        Args:
            channel: The channel.
            way: Its calendar.
            root: The workspace's folder.
            workspace: The workspace's name.
            calendars: The calendars of people, from the table of people.
        """
        self._workspace = workspace
        self._as_task = way.entries == "tasks"
        self._each_person = way.each_person
        self._calendars = {calendar_digest(each): each for each in calendars}
        self._endpoint = HttpEndpoint(channel, "calendar", way.url, way.ca_file, root)
        self._login: dict[str, str] = {}
        if way.user is not None and way.password is not None:
            password = self._endpoint.reveal(way.password, "password")
            login = b64encode(f"{way.user}:{password}".encode()).decode()
            self._endpoint.hide(login)
            self._login = {"Authorization": f"Basic {login}"}

    def send(self, parcel: Parcel, content: ParcelContent) -> str:
        """Write an action's entry, and return the server's status."""
        del parcel  # the entry's address takes the place of the key
        if not isinstance(content, Mapping):
            raise TypeError("a calendar takes actions")
        path = self._path(content["action_id"], content.get(CALENDAR_VALUE))
        answer = self._put(path, content, content["revision"] - 1, {"If-None-Match": "*"})
        if answer.status != _EXISTS:
            return self._accepted(answer)
        existing = self._read(path, content["action_id"])
        if existing.revision >= content["revision"]:
            return "there already"
        sequence = max(existing.sequence + 1, content["revision"] - 1)
        answer = self._put(path, content, sequence, {"If-Match": existing.etag})
        if answer.status == _EXISTS:
            raise DeliveryFailed("the entry was changed at the same moment", temporary=True)
        return self._accepted(answer)

    def remove(self, row: Delivery) -> str:
        """Take an action's entry out of the calendar, and return the server's status; one that is gone is fine."""
        calendar = None
        if self._each_person:
            calendar = self._calendars.get(digest_in_key(row))
            if calendar is None:
                message = "it is in a calendar that is not in the table of people any more"
                raise DeliveryFailed(f"{message}; remove it there by hand")
        path = self._path(row.action_id or "", calendar)
        answer = self._endpoint.request("DELETE", path, self._login)
        if answer.status in _ABSENT:
            return "not there"
        return self._accepted(answer)

    def close(self) -> None:
        """Do nothing: each connection is closed after its request."""

    def _put(
        self, path: str, entry: Mapping[str, Any], sequence: int, condition: Mapping[str, str]
    ) -> HttpAnswer:
        body = calendar_entry(
            entry,
            self._workspace,
            entry.get(READER_LANGUAGE, ENGLISH),
            as_task=self._as_task,
            sequence=sequence,
        )
        headers = {"Content-Type": "text/calendar; charset=utf-8", **self._login, **condition}
        return self._endpoint.request("PUT", path, headers, body)

    def _read(self, path: str, action_id: str) -> _Existing:
        answer = self._endpoint.request("GET", path, self._login)
        if answer.status in _ABSENT:
            raise DeliveryFailed("the entry was removed at the same moment", temporary=True)
        self._accepted(answer)
        etag = answer.headers.get("etag", "")
        if not etag or etag.startswith("W/"):
            raise DeliveryFailed("the server gives no ETag, without which nothing is replaced")
        return _parse_entry(answer.body, etag, entry_uid(action_id, self._workspace))

    def _path(self, action_id: str, calendar: str | None) -> str:
        folder = self._endpoint.folder
        if calendar is not None:
            folder = folder.replace(PERSONS_CALENDAR, quote(calendar))
        return f"{folder}{entry_name(action_id, self._workspace)}"

    def _accepted(self, answer: HttpAnswer) -> str:
        """Return the status of a success. The calendar of one person that is not there fails alone."""
        try:
            return _accepted(answer)
        except DeliveryFailed as error:
            if self._each_person and answer.status in _OF_ONE_CALENDAR:
                message = f"the server answers {answer.shown}: look for the calendar of this person"
                raise DeliveryFailed(message) from error
            raise


def entry_name(action_id: str, workspace: str) -> str:
    """Return the last part of an entry's address: the action's id and a digest of its UID."""
    uid = entry_uid(action_id, workspace)
    return f"{action_id}-{sha256(uid.encode()).hexdigest()[:8]}.ics"


def _accepted(answer: HttpAnswer) -> str:
    """Return the status of a success."""
    if 200 <= answer.status < 300:
        return answer.shown
    if answer.status in (403, 409) and b"no-uid-conflict" in answer.body:
        message = "the calendar has this action already, from a file or feed that was imported"
        raise DeliveryFailed(message)
    if answer.status == 409:
        message = f"the server answers {answer.shown}: the calendar does not exist there"
        raise DeliveryFailed(message, channel_down=True)
    raise refusal(answer)


def _parse_entry(body: bytes, etag: str, uid: str) -> _Existing:
    from icalendar import Calendar

    try:
        components = Calendar.from_ical(body).subcomponents
        entry = next(each for each in components if str(each.get("uid")) == uid)
        sequence = int(entry.get("sequence", 0))
        revision = int(entry.get(REVISION_PROPERTY, 0))
    except (ValueError, StopIteration) as error:
        message = "something that is not this action's entry is at its address in the calendar"
        raise DeliveryFailed(message) from error
    return _Existing(revision, sequence, etag)
