"""Reader of the `channels` section: how actions reach the people who act on them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from typing import cast
from urllib.parse import urlsplit

from ..core.problems import ProblemList
from ..fields.settings_problems import check_known
from ..fields.yaml_values import child, list_items, list_texts, map_entries, text_of, whole_number
from ..language.states_read import Reference
from ..text.schema.scalars import file_and_line, join_words
from ..text.yaml_nodes import Node
from .channels import (
    PERSONS_CALENDAR,
    AppriseChannel,
    CalendarChannel,
    CalendarEntries,
    Channel,
    EmailChannel,
    FolderChannel,
    FolderFormat,
    TaskLayout,
    TlsMode,
    Way,
    WebhookChannel,
    WebhookTemplate,
)
from .database_address import SECRET

_PORTS: dict[TlsMode, int] = {"starttls": 587, "ssl": 465, "none": 25}
LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Hosts that are this machine, to which a connection need not be encrypted."""


def read_channels(
    problems: ProblemList, node: Node | None, roles: Collection[str], kinds: Collection[str]
) -> dict[str, Channel]:
    """Return the channels by their ids; those with problems in their settings are left out."""
    channels: dict[str, Channel] = {}
    for entry in map_entries(node):
        for role in list_items(child(entry.value, "roles")):
            check_known(problems, role, roles, "unknown-role", "role")
        for kind in list_items(child(entry.value, "kinds")):
            check_known(problems, kind, kinds, "unknown-word", "kind of action")
        before = len(problems)
        way = _way(problems, entry.value)
        usual = Channel(entry.key, FolderChannel(""))
        if way is None or len(problems) > before:
            continue
        numbers = {
            name: whole_number(child(entry.value, name)) or getattr(usual, name)
            for name in ("at_most", "per_minute", "attempts", "timeout")
        }
        channels[entry.key] = Channel(
            entry.key,
            way,
            list_texts(child(entry.value, "roles")),
            list_texts(child(entry.value, "kinds")),
            list_texts(child(entry.value, "playbooks")),
            tuple(
                Reference(text_of(item) or "", None, "channel", item.span)
                for item in list_items(child(entry.value, "playbooks"))
            ),
            hours=_hours(problems, child(entry.value, "hours")),
            hours_of_customer=_hours_of_customer(problems, child(entry.value, "hours_of"), way),
            **numbers,
        )
    return channels


def _way(problems: ProblemList, node: Node) -> Way | None:
    if (folder := child(node, "folder")) is not None:
        path = text_of(child(folder, "path"))
        formats = cast(tuple[FolderFormat, ...], list_texts(child(folder, "formats")))
        tasks = cast(TaskLayout | None, text_of(child(folder, "tasks")))
        return FolderChannel(path, formats or FolderChannel("").formats, tasks) if path else None
    if (email := child(node, "email")) is not None:
        return _email(problems, email)
    if (webhook := child(node, "webhook")) is not None:
        return _webhook(problems, webhook)
    if (calendar := child(node, "calendar")) is not None:
        return _calendar(problems, calendar)
    if (url := text_of(child(child(node, "apprise"), "url"))) is not None:
        return AppriseChannel(url)
    return None


def _email(problems: ProblemList, node: Node) -> EmailChannel | None:
    host, sender = text_of(child(node, "host")), text_of(child(node, "from"))
    tls = cast(TlsMode, text_of(child(node, "tls")) or "starttls")
    if host is None or sender is None or tls not in _PORTS:
        return None
    letters = text_of(child(node, "to")) == "customers"
    place = child(node, "tls")
    if tls == "none" and host not in LOOPBACK and place is not None:
        message = f"without TLS, {host} would get letters that everyone on the way can read"
        hint = "write `tls: starttls`; `none` is for a server on this machine: `host: localhost`"
        problems.report("plain-connection", message, place.span, hint)
    _check_letters(problems, node, letters)
    return EmailChannel(
        host,
        whole_number(child(node, "port")) or _PORTS[tls],
        tls,
        text_of(child(node, "user")),
        text_of(child(node, "password")),
        sender,
        letters,
        text_of(child(node, "dry_run_to")),
        text_of(child(node, "unsubscribe")),
        text_of(child(node, "reply_to")),
        text_of(child(node, "ca_file")),
    )


def _check_letters(problems: ProblemList, node: Node, letters: bool) -> None:
    """Check that letters go to customers only where that is said, and keys of letters are on such channels alone."""
    send, dry_run = child(node, "send"), child(node, "dry_run_to")
    if not letters:
        for key in ("send", "dry_run_to", "unsubscribe"):
            if (place := child(node, key)) is not None:
                message = f"`{key}` is of letters, and this channel has digests for owners"
                problems.report("conflicting-keys", message, place.span, "leave it out")
        return
    if getattr(send, "value", None) is not True and dry_run is None:
        message = "nothing says that these letters are to be sent to customers"
        hint = "write `send: true`, or for a trial `dry_run_to:` with your own address"
        problems.report("missing-key", message, node.span, hint)
    if send is not None and child(node, "unsubscribe") is None:
        message = "letters to customers need a page where they can unsubscribe"
        hint = "write `unsubscribe: https://example.com/unsubscribe/{account_id}`"
        problems.report("missing-key", message, node.span, hint)


def _webhook(problems: ProblemList, node: Node) -> WebhookChannel | None:
    url = _url(problems, node, "webhook", "https://hooks.example.com/tenure")
    if url is None:
        return None
    template = cast(WebhookTemplate, text_of(child(node, "template")) or "generic")
    secret, ca_file = text_of(child(node, "secret")), text_of(child(node, "ca_file"))
    return WebhookChannel(url, secret, template, ca_file)


def _calendar(problems: ProblemList, node: Node) -> CalendarChannel | None:
    url = _url(problems, node, "calendar", "https://calendar.example.com/dav/team/renewals/")
    if url is None:
        return None
    user, password = text_of(child(node, "user")), text_of(child(node, "password"))
    entries = cast(CalendarEntries, text_of(child(node, "entries")) or "events")
    return CalendarChannel(url, user, password, entries, text_of(child(node, "ca_file")))


def _url(problems: ProblemList, node: Node, kind: str, example: str) -> str | None:
    """Return the address under `url`, and report one that cannot be used."""
    place = child(node, "url")
    url = text_of(place)
    if place is None or url is None:
        return None
    if not SECRET.fullmatch(url) and (problem := wrong_url(url, kind)):
        hint = f"write the whole address, such as {example}"
        # Without the line: an address can have a secret in it, and logs have more readers than the file.
        problems.report("bad-address", f"{file_and_line(place)}: {problem}", None, hint)
    return url


def wrong_url(url: str, kind: str) -> str | None:
    """Return why the address of a webhook or calendar cannot be used, without showing it; None where it can."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"the address of the {kind} is not one"
    if parts.scheme not in ("https", "http") or not host:
        return f"the address of the {kind} does not begin with https:// and a host"
    if parts.scheme == "http" and host not in LOOPBACK:
        return f"the connection to {host} would not be encrypted"
    if kind == "calendar" and (parts.query or parts.fragment):
        return "the address of the calendar has a query, which the address of a collection has not"
    if kind == "calendar" and (places := re.findall(r"(?<!\$)\{[^}]*\}", url)):
        if places != [PERSONS_CALENDAR]:
            return f"the address of the calendar has {join_words(places)}, and may have {PERSONS_CALENDAR} once"
        if PERSONS_CALENDAR not in parts.path:
            return f"the address of the calendar has {PERSONS_CALENDAR} elsewhere than in its path"
    if parts.username is not None or re.search(r"[\s\x00-\x20\x7f]", url):
        return f"the address of the {kind} has a user or a blank in it"
    return None


def _hours_of_customer(problems: ProblemList, node: Node | None, way: Way) -> bool:
    of_customer = text_of(node) == "customer"
    letters = isinstance(way, EmailChannel) and way.letters
    if node is not None and of_customer and not letters:
        message = "only letters go to customers, and this channel has none"
        hint = "leave `hours_of` out, or write `hours_of: workspace`"
        problems.report("conflicting-keys", message, node.span, hint)
    return of_customer and letters


def _hours(problems: ProblemList, node: Node | None) -> tuple[dt.time, dt.time] | None:
    written = text_of(node)
    if node is None or written is None or not re.fullmatch(r"\d\d:\d\d-\d\d:\d\d", written):
        return None
    first, last = (dt.time.fromisoformat(each) for each in written.split("-"))
    if last <= first:
        message = f"these hours end at {last:%H:%M}, before they begin"
        problems.report("bad-date", message, node.span, "write them like `09:00-18:00`")
        return None
    return first, last
