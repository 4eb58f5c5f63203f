"""Schema and reader of the `channels` section: how actions reach the people who act on them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from typing import cast
from urllib.parse import urlsplit

from ..core.problems import ProblemList
from ..fields.settings_problems import check_known
from ..fields.yaml_values import child, list_items, list_texts, map_entries, text_of, whole_number
from ..language.condition_schema import TEXT
from ..language.states_read import Reference
from ..text.email_address import ADDRESS_PATTERN
from ..text.schema.lists import ListOf
from ..text.schema.maps import MapOf, MapShape, optional_key, required_key
from ..text.schema.scalars import ID, BooleanShape, ChoiceShape, NumberShape, TextShape
from ..text.yaml_nodes import Node
from .channels import (
    Channel,
    EmailChannel,
    FolderChannel,
    FolderFormat,
    TlsMode,
    WebhookChannel,
    WebhookTemplate,
)
from .database_address import SECRET

_FORMATS = {
    "markdown": "Text with headings, for people and for chat.",
    "html": "A page for a browser or a phone.",
    "csv": "A table of the actions, for a spreadsheet.",
    "ical": "A calendar file.",
}
_SECRET_TEXT = TextShape(
    r"\$\{[A-Za-z_][A-Za-z0-9_]*\}",
    "a variable of the environment, such as `${SMTP_PASSWORD}`",
    "${SMTP_PASSWORD}",
    code="plain-secret",
)
_MAILBOX = TextShape(
    rf"{ADDRESS_PATTERN}|[^<>@,;:\"\\\r\n]+ <{ADDRESS_PATTERN}>",
    "an address, such as `tenure@example.com` or `Tenure <tenure@example.com>`",
    "tenure@example.com",
)
_CA_FILE = optional_key(
    TEXT,
    "Certificates",
    "A file with the certificates of a private authority; those of the system if left out.",
    example="certificates/ca.pem",
)
_HOURS = TextShape(
    "([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]",
    "hours, such as `09:00-18:00`",
    "09:00-18:00",
)

_FOLDER = MapShape(
    "folder of files",
    "A folder with a file for each owner and day.",
    {
        "path": required_key(TEXT, "Path", "The folder, in the workspace.", example="outbox"),
        "formats": optional_key(
            ListOf(
                ChoiceShape(_FORMATS), "a list of formats, such as `[markdown, ical]`", unique=True
            ),
            "Formats",
            "The formats of the files; `markdown` if left out.",
        ),
    },
)
_EMAIL = MapShape(
    "email over SMTP",
    "Emails over SMTP: a digest each morning to owners, or the letters to customers.",
    {
        "to": required_key(
            ChoiceShape(
                {
                    "owners": "A digest of the day for each owner, at the address in the table of people.",
                    "customers": "The letters of the day, to the contact address of each account.",
                }
            ),
            "To",
            "Who gets the emails.",
            example="owners",
        ),
        "host": required_key(TEXT, "Host", "The mail server.", example="smtp.example.com"),
        "port": optional_key(
            NumberShape(minimum=1, maximum=65535, whole=True),
            "Port",
            "Its port; 587 if left out, 465 with `tls: ssl`, 25 with `tls: none`.",
        ),
        "tls": optional_key(
            ChoiceShape(
                {
                    "starttls": "The connection is encrypted before anything is sent.",
                    "ssl": "The connection is encrypted from its beginning.",
                    "none": "Not encrypted: for a mail server on this machine only.",
                }
            ),
            "TLS",
            "How the connection is encrypted; `starttls` if left out. Certificates are verified.",
        ),
        "user": optional_key(TEXT, "User", "The name to log in with.", example="tenure"),
        "password": optional_key(
            _SECRET_TEXT, "Password", "The variable of the environment that has the password."
        ),
        "from": required_key(
            _MAILBOX, "From", "The sender.", example="Tenure <tenure@example.com>"
        ),
        "reply_to": optional_key(_MAILBOX, "Reply to", "The address that answers go to."),
        "send": optional_key(
            BooleanShape(),
            "Send",
            "`true` sends letters to customers. Without it, they go to the address under `dry_run_to`.",
        ),
        "dry_run_to": optional_key(
            TextShape(
                ADDRESS_PATTERN, "an email address, such as `me@example.com`", "me@example.com"
            ),
            "Dry run to",
            "The address that gets every letter in place of the customer, as a trial.",
        ),
        "unsubscribe": optional_key(
            TextShape(
                "https://.+",
                "an address that begins with https://",
                "https://example.com/u/{account_id}",
            ),
            "Unsubscribe",
            "The page to unsubscribe from letters, with `{account_id}`: `List-Unsubscribe` names it.",
        ),
        "ca_file": _CA_FILE,
    },
    together=(("password", "user"), ("user", "password")),
    not_both=(("send", "dry_run_to"),),
)
_WEBHOOK = MapShape(
    "webhook",
    "A signed request with JSON for each action.",
    {
        "url": required_key(
            TEXT,
            "Address",
            "Where the requests go, with https://. A secret part is `${NAME}`, from the environment.",
            example="${SLACK_WEBHOOK}",
        ),
        "secret": optional_key(
            _SECRET_TEXT,
            "Secret",
            "The variable of the environment with the key of the signature; not signed if left out.",
            example="${WEBHOOK_SECRET}",
        ),
        "template": optional_key(
            ChoiceShape(
                {
                    "generic": "All that the ledger has of the action.",
                    "slack": "A message for Slack's incoming webhooks.",
                    "teams": "An adaptive card for workflows of Microsoft Teams.",
                    "crm": "A task with subject, due date, owner and account, for a CRM's automation.",
                }
            ),
            "Template",
            "The form of the JSON; `generic` if left out.",
        ),
        "ca_file": _CA_FILE,
    },
)
_KINDS_OF_ACTION = TextShape("[a-z_]+", "a kind of action, such as `call`", "call")

CHANNELS_SHAPE = MapOf(
    MapShape(
        "channel",
        "A way in which actions reach people: exactly one of a folder, emails or a webhook.",
        {
            "folder": optional_key(_FOLDER, "Folder", "A file for each owner and day."),
            "email": optional_key(_EMAIL, "Email", "Emails over SMTP."),
            "webhook": optional_key(_WEBHOOK, "Webhook", "A request with JSON for each action."),
            "roles": optional_key(
                ListOf(ID, "a list of roles, such as `[csm]`", unique=True),
                "Roles",
                "The roles whose actions it has; all if left out.",
            ),
            "kinds": optional_key(
                ListOf(_KINDS_OF_ACTION, "a list of kinds, such as `[call, task]`", unique=True),
                "Kinds",
                "The kinds of action that it has; all if left out.",
            ),
            "playbooks": optional_key(
                ListOf(ID, "a list of playbooks, such as `[renewal]`", unique=True),
                "Playbooks",
                "The playbooks whose actions it has; all if left out.",
            ),
            "at_most": optional_key(
                NumberShape(minimum=1, maximum=1000, whole=True),
                "At most",
                "How many actions a digest lists; 40 if left out. It says how many more there are.",
            ),
            "per_minute": optional_key(
                NumberShape(minimum=1, maximum=6000, whole=True),
                "Per minute",
                "How many it sends a minute at most; 60 if left out.",
            ),
            "attempts": optional_key(
                NumberShape(minimum=1, maximum=10, whole=True),
                "Attempts",
                "How often each is attempted before it has failed; 4 if left out.",
            ),
            "timeout": optional_key(
                NumberShape(minimum=1, maximum=600, whole=True),
                "Timeout",
                "How many seconds an attempt may take; 30 if left out.",
            ),
            "hours": optional_key(
                _HOURS,
                "Hours",
                "The hours within which it sends, in the workspace's time zone; at any time if left out.",
            ),
        },
        one_of=(("folder", "email", "webhook"),),
    ),
    ID,
    "channels by id, such as `desk: {folder: {path: outbox}}`",
)

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
            **numbers,
        )
    return channels


def _way(problems: ProblemList, node: Node) -> FolderChannel | EmailChannel | WebhookChannel | None:
    if (folder := child(node, "folder")) is not None:
        path = text_of(child(folder, "path"))
        formats = cast(tuple[FolderFormat, ...], list_texts(child(folder, "formats")))
        return FolderChannel(path, formats or FolderChannel("").formats) if path else None
    if (email := child(node, "email")) is not None:
        return _email(problems, email)
    if (webhook := child(node, "webhook")) is not None:
        return _webhook(problems, webhook)
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
    place = child(node, "url")
    url = text_of(place)
    if place is None or url is None:
        return None
    if not SECRET.fullmatch(url) and (problem := wrong_url(url)):
        hint = "write the whole address, such as https://hooks.example.com/tenure"
        problems.report("bad-address", problem, place.span, hint)
    template = cast(WebhookTemplate, text_of(child(node, "template")) or "generic")
    secret, ca_file = text_of(child(node, "secret")), text_of(child(node, "ca_file"))
    return WebhookChannel(url, secret, template, ca_file)


def wrong_url(url: str) -> str | None:
    """Return why a webhook's address cannot be used, without showing it; None where it can."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "the address of the webhook is not one"
    if parts.scheme not in ("https", "http") or not host:
        return "the address of the webhook does not begin with https:// and a host"
    if parts.scheme == "http" and host not in LOOPBACK:
        return f"the connection to {host} would not be encrypted"
    if parts.username is not None or re.search(r"[\s\x00-\x20\x7f]", url):
        return "the address of the webhook has a user or a blank in it"
    return None


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
