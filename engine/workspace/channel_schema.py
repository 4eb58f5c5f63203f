"""Schema of the `channels` section: how actions reach the people who act on them."""

from __future__ import annotations

from ..language.condition_schema import TEXT
from ..text.email_address import ADDRESS_PATTERN
from ..text.schema.lists import ListOf
from ..text.schema.maps import MapOf, MapShape, optional_key, required_key
from ..text.schema.scalars import ID, BooleanShape, ChoiceShape, NumberShape, SecretShape, TextShape

_FORMATS = {
    "markdown": "Text with headings, for people and for chat.",
    "html": "A page for a browser or a phone.",
    "csv": "A table of the actions, for a spreadsheet.",
    "ical": "A calendar file.",
}
_SECRET_TEXT = SecretShape(
    r"\$\{[A-Za-z_][A-Za-z0-9_]*\}",
    "a variable of the environment, such as `${SMTP_PASSWORD}`",
    "${SMTP_PASSWORD}",
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
    "A folder with a file for each owner and day, or with a file of tasks a day.",
    {
        "path": required_key(TEXT, "Path", "The folder, in the workspace.", example="outbox"),
        "formats": optional_key(
            ListOf(
                ChoiceShape(_FORMATS), "a list of formats, such as `[markdown, ical]`", unique=True
            ),
            "Formats",
            "The formats of the files; `markdown` if left out.",
        ),
        "tasks": optional_key(
            ChoiceShape(
                {
                    "hubspot": "A CSV file of tasks for the import of HubSpot.",
                    "salesforce": "A CSV file of `Task` for Salesforce's Data Loader or Bulk API.",
                }
            ),
            "Tasks",
            "In place of digests: one file a day with the new actions, in the layout of a CRM's import.",
        ),
    },
    not_both=(("formats", "tasks"),),
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
            "The page to unsubscribe from letters, with `{account_id}`. Each letter names it in its last line and in"
            " the header `List-Unsubscribe`.",
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
_CALENDAR = MapShape(
    "calendar",
    "An entry for each action in a calendar, over CalDAV.",
    {
        "url": required_key(
            TEXT,
            "Address",
            "The calendar's address on its server, with https://; `{calendar}` in it is that of the person who acts.",
            example="https://calendar.example.com/dav/team/renewals/",
        ),
        "user": optional_key(TEXT, "User", "The name to log in with.", example="tenure"),
        "password": optional_key(
            _SECRET_TEXT,
            "Password",
            "The variable of the environment that has the password.",
            example="${CALENDAR_PASSWORD}",
        ),
        "entries": optional_key(
            ChoiceShape(
                {
                    "events": "An event of the whole day, on the day when the action is due.",
                    "tasks": "A task with its due date, for lists of tasks.",
                }
            ),
            "Entries",
            "The form of the entries; `events` if left out.",
        ),
        "ca_file": _CA_FILE,
    },
    together=(("password", "user"), ("user", "password")),
)
_APPRISE = MapShape(
    "notification",
    "A notification for each action, through Apprise: chats, push services, SMS. Needs the extra `tenure[apprise]`.",
    {
        "url": required_key(
            _SECRET_TEXT,
            "Address",
            "The variable of the environment that has Apprise's address of the service.",
            example="${APPRISE_URL}",
        ),
    },
)
_KINDS_OF_ACTION = TextShape("[a-z_]+", "a kind of action, such as `call`", "call")

CHANNELS_SHAPE = MapOf(
    MapShape(
        "channel",
        "A way in which actions reach people: exactly one of a folder, emails, a webhook, a calendar or notifications.",
        {
            "folder": optional_key(_FOLDER, "Folder", "A file for each owner and day."),
            "email": optional_key(_EMAIL, "Email", "Emails over SMTP."),
            "webhook": optional_key(_WEBHOOK, "Webhook", "A request with JSON for each action."),
            "calendar": optional_key(
                _CALENDAR, "Calendar", "An entry in a calendar for each action."
            ),
            "apprise": optional_key(
                _APPRISE, "Apprise", "A notification for each action, to any service of Apprise."
            ),
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
                "The hours within which it sends; at any time if left out.",
            ),
            "hours_of": optional_key(
                ChoiceShape(
                    {
                        "workspace": "In the workspace's time zone.",
                        "customer": "For letters: in the time zone of the account, on its working days.",
                    }
                ),
                "Hours of",
                "The place of the hours; `workspace` if left out.",
            ),
        },
        one_of=(("folder", "email", "webhook", "calendar", "apprise"),),
        together=(("hours_of", "hours"),),
    ),
    ID,
    "channels by id, such as `desk: {folder: {path: outbox}}`",
)
