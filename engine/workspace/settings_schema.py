"""Schema of `tenure.yaml`: sources, store, roles, links, contact policy, brake and metrics."""

from __future__ import annotations

from ..calendar.countries import iso_country
from ..fields.fields_schema import FILE_FORMATS, FILE_KEYS, TABLES_KEY
from ..language.condition_schema import (
    CONDITION,
    DATE,
    LANGUAGE_SHAPE,
    LENGTH,
    NAME_SHAPE,
    PERCENT,
    TEXT,
    TEXTS,
)
from ..text.schema.lists import Either, ListOf
from ..text.schema.maps import MapOf, MapShape, optional_key, required_key
from ..text.schema.scalars import ID, BooleanShape, ChoiceShape, NumberShape, TextShape
from .channel_schema import CHANNELS_SHAPE
from .people_settings import PEOPLE_SHAPE
from .source_settings import DATABASE_KEY, QUERY_KEY
from .store_settings import STORE_SHAPE


class _Country(TextShape):
    """The shape of a country's code, which people also write as `fr`, `France` or `Frankreich`."""

    __slots__ = ()

    def meant(self, text: str) -> str | None:
        """Return the code of the country that the text names."""
        return iso_country(text)


_COUNTRY = _Country("[A-Z]{2}", "a country in two capital letters, such as `FR`", "FR")
_CURRENCY = TextShape("[A-Z]{3}", "a currency in three capital letters, such as `EUR`", "EUR")
_DAYS = MapOf(
    ListOf(DATE, "a list of dates, such as `[2026-12-24]`", unique=True),
    TextShape(example="FR"),
    "dates by country or region, such as `GB-ENG: [2026-12-24]`; `all` is for every account",
)
_HOLIDAYS = MapShape(
    "holidays",
    "Days off besides public holidays, by country or region.",
    {
        "closed": optional_key(
            _DAYS, "Closed", "Days off: working days neither for tasks nor for contacts."
        ),
        "half_days": optional_key(
            _DAYS, "Half days", "Working days for tasks, on which no customer is contacted."
        ),
    },
    some_of=(("closed", "half_days"),),
)
MOST_PERCENT = 999
"""A share of accounts that a number of actions is compared with may exceed all of them."""
_STEP = TextShape(
    "[a-z][a-z0-9_]*/[a-z][a-z0-9_]*",
    "a playbook and a step of it, such as `renewal/grace`",
    "renewal/grace",
)
_IDS = ListOf(ID, "a list of ids", unique=True)
ACTION_KINDS = {
    "email": "Emails.",
    "call": "Calls.",
    "task": "Tasks.",
    "in_app": "Messages in the product.",
    "meeting": "Meetings.",
    "escalation": "Escalations.",
    "offer": "Offers.",
    "grant": "Badges and benefits.",
    "handoff": "Hand-offs.",
}
"""Kinds of action, each with its meaning for the contact policy."""
_KINDS = ListOf(
    ChoiceShape(ACTION_KINDS), "a list of kinds, such as `[email, in_app]`", unique=True
)

_LIMITS = MapShape(
    "limits of a query",
    "The memory and the time that a query may take.",
    {
        "memory": optional_key(
            TextShape(r"[1-9][0-9]{0,5} ?(MB|GB)", "a size, such as `4 GB` or `500 MB`", "4 GB"),
            "Memory",
            "What the query and its tables may take in memory; 2 GB if left out.",
        ),
        "time": optional_key(
            TextShape(
                "[1-9][0-9]{0,3} (second|minute)s?",
                "a time, such as `10 minutes` or `90 seconds`",
                "10 minutes",
            ),
            "Time",
            "How long an answer of the query may take; 5 minutes if left out.",
        ),
    },
)

_SNAPSHOTS = MapShape(
    "snapshot source",
    "Where account snapshots come from: one file a date, one file with a date column, one that is overwritten, a query "
    "over files, or a database.",
    {
        "files": optional_key(
            TEXT,
            "Files",
            "One file a date, `{date}` in its name: `data/accounts-{date}.csv`. With `/` at its end, a folder of "
            "Parquet files a date.",
        ),
        "file": optional_key(
            TEXT,
            "File",
            "One file: for all dates, which the column under `date_column` tells apart, or, without that, overwritten "
            "by each export. With `*` in its name, the last file by name. With `/` at its end, a folder of Parquet "
            "files.",
        ),
        "database": optional_key(
            TEXT,
            "Database",
            "The address of a database that answers `query` once a day, or `spark`. Secrets in it are `${NAME}`, from "
            "the environment.",
            example="postgresql://tenure:${CRM_PASSWORD}@crm.example.com/crm",
        ),
        "keep": optional_key(
            LENGTH,
            "Keep",
            "For how long snapshots of a database, or of a file that is overwritten, are kept in the workspace; "
            "400 days if left out.",
            example="400 days",
        ),
        "query": QUERY_KEY,
        "tables": TABLES_KEY,
        "allow_folders": optional_key(
            ListOf(TEXT, "a list of folders, such as `[/srv/exports]`", unique=True),
            "Allowed folders",
            "Folders outside the workspace that the files under `tables` may lie in.",
        ),
        "limits": optional_key(
            _LIMITS, "Limits", "The memory and the time that the query may take."
        ),
        "date_column": optional_key(
            TEXT, "Date column", "The column that says which date a row is true of."
        ),
        **FILE_KEYS,
        "format": optional_key(
            ChoiceShape(
                {
                    **FILE_FORMATS,
                    "delta": "The newest version of a Delta table, a folder; needs the extra `delta`.",
                    "iceberg": "The newest version of an Iceberg table of a catalog; needs the extra `iceberg`.",
                }
            ),
            "Format",
            "The file's format; told by the file's ending if left out, also before `.gz` or `.zip`.",
        ),
        "max_age": optional_key(
            LENGTH, "Greatest age", "A run stops if the newest snapshot is older."
        ),
        "rows_file": optional_key(
            TEXT, "Rows file", "A file that states the number of rows; `{date}` is allowed."
        ),
        "checksum_file": optional_key(
            TEXT, "Checksum file", "A file with the snapshot's SHA-256; `{date}` is allowed."
        ),
        "done_file": optional_key(
            TEXT,
            "Done file",
            "A file that is there once the export is complete; `{date}` is allowed.",
        ),
    },
    one_of=(("files", "file", "query"),),
    not_both=(("tables", "database"),),
    together=(
        ("tables", "query"),
        ("database", "query"),
        ("allow_folders", "query"),
        ("limits", "query"),
    ),
)

_ROLE = MapShape(
    "role",
    "Who owns actions: the account's own person, from a field, or one name for all.",
    {
        "field": optional_key(
            NAME_SHAPE, "Field", "The field that names the account's own person.", example="csm"
        ),
        "name": optional_key(TEXT, "Name", "The person or team for all accounts."),
        "title": optional_key(TEXTS, "Title", "What people read."),
        "capacity": optional_key(
            NumberShape(minimum=1, maximum=1000, whole=True),
            "Capacity",
            "How many tasks a person is given for one day: the others are due on later days, as long as they can wait; "
            "any number if left out.",
            example=8,
        ),
    },
    one_of=(("field", "name"),),
)

_LINK = MapShape(
    "link",
    "A call to action.",
    {
        "label": required_key(TEXTS, "Label", "What the customer reads."),
        "url": required_key(TEXT, "Address", "Where it leads."),
    },
)

_CAP = MapShape(
    "cap",
    "No more than so many contacts within so many days.",
    {
        "contacts": required_key(
            NumberShape(minimum=0, maximum=1000, whole=True),
            "Contacts",
            "How many at most.",
            example=2,
        ),
        "within": required_key(LENGTH, "Within", "Within how long, in days: `7 days`."),
    },
)

_SUPPRESSION = MapShape(
    "suppression",
    "While its condition holds, contacts are withheld.",
    {
        "when": required_key(CONDITION, "When", "The condition, such as `opt_out`."),
        "kinds": optional_key(
            _KINDS, "Kinds", "The kinds of action that it withholds; all if left out."
        ),
        "priorities": optional_key(
            _IDS, "Priorities", "The priorities that it withholds; all if left out."
        ),
        "reason": required_key(TEXTS, "Reason", "What the ledger says."),
    },
)

_QUIET = MapShape(
    "quiet stretch",
    "Dates on which no customer is contacted.",
    {
        "from": required_key(DATE, "From", "The first quiet date."),
        "to": required_key(DATE, "To", "The last quiet date."),
    },
)

_POLICY = MapShape(
    "contact policy",
    "How often a customer may be contacted, and when not at all.",
    {
        "at_most": optional_key(
            ListOf(_CAP, "a list of caps"), "At most", "Caps; each of them counts."
        ),
        "priorities": optional_key(
            _IDS, "Priorities", "Classes of contacts, the most important first."
        ),
        "exempt": optional_key(
            ListOf(_STEP, "a list of steps, such as `[renewal/grace]`", unique=True),
            "Exempt",
            "Steps, as `playbook/step`, whose contacts pass every cap, though they count.",
        ),
        "suppress": optional_key(
            ListOf(_SUPPRESSION, "a list of suppressions"), "Suppress", "What withholds contacts."
        ),
        "quiet": optional_key(
            ListOf(_QUIET, "a list of stretches"), "Quiet", "When no customer is contacted."
        ),
    },
)


def _number_or_percent(minimum: int, of: str) -> Either:
    return Either(
        NumberShape(minimum=minimum, whole=True),
        PERCENT,
        what=f"a number, or a percentage of {of}",
    )


_BRAKE = MapShape(
    "brake",
    "Stops a run that would issue far more than it should, or whose input is beyond belief.",
    {
        "actions": optional_key(
            _number_or_percent(1, "accounts"),
            "Actions",
            "A run stops if all its dates together would issue more actions: a number, or a share of accounts.",
            example="100 %",
        ),
        "jump": optional_key(
            NumberShape(minimum=1),
            "Jump",
            "A run stops if it would issue more, for each of its dates, than so many times the median of the last ten.",
        ),
        "gone": optional_key(
            PERCENT,
            "Gone",
            "A run stops if more of the last snapshot's accounts are not in the next; 20 % if left out.",
        ),
        "left_out": optional_key(
            PERCENT,
            "Left out",
            "A run stops if more rows are left out, or more values of one field; 20 % if left out.",
        ),
        "emptied": optional_key(
            PERCENT,
            "Emptied",
            "A run stops if a field that most accounts had in the last snapshot is missing for so many more; "
            "20 % if left out.",
        ),
        "dates": optional_key(
            PERCENT,
            "Dates",
            "A run stops if the anchors of more of a playbook's enrolments moved on one date; 25 % if left out.",
        ),
        "ended": optional_key(
            PERCENT,
            "Ended",
            "A run stops if conditions ended more of a playbook's enrolments on one date; 25 % if left out.",
        ),
    },
)

EXECUTOR_SHAPE = ChoiceShape(
    {
        "local": "The processors of this machine.",
        "spark": "The Spark cluster that Spark's own settings name; needs `tenure[spark]`.",
        "dask": "The Dask cluster that Dask's own settings name; needs `tenure[dask]`.",
    }
)
START_SHAPE = ChoiceShape(
    {
        "catch_up": "Nothing: late actions follow `catch_up`.",
        "today": "What was due before the day of a playbook's first evaluation.",
        "enrolment": "The same, and what was due before the day on which an account first enrols.",
    }
)

_DOUBT = MapShape(
    "doubt",
    "Which dates are doubted: they move nothing for some days, and their owner is asked to check them.",
    {
        "ahead": optional_key(
            LENGTH,
            "Ahead",
            "An anchor that moves ahead by more is doubted; 15 months if left out. Allow for your longest contract.",
            example="15 months",
        ),
        "stands": optional_key(
            LENGTH,
            "Stands",
            "How long a doubted date must stand before it is taken; 3 days if left out. `0 days` doubts nothing. "
            "Tasks of an account that the snapshots lack are withdrawn after as long.",
            example="3 days",
        ),
    },
)

_METRICS = MapShape(
    "metrics section",
    "How figures are reckoned: the grace after a term, and the currency that amounts are reported in.",
    {
        "grace": optional_key(
            LENGTH,
            "Grace",
            "An account whose term expired without a word is still a customer for so long; 14 days if left out.",
            example="14 days",
        ),
        "currency": optional_key(
            _CURRENCY,
            "Currency",
            "What amounts are reported in, where accounts pay in several currencies.",
        ),
        "rates": optional_key(
            TEXT,
            "Rates",
            "A CSV file with the columns `on`, `currency` and `rate`: what one unit is worth in the currency reported.",
            example="rates.csv",
        ),
        "active": optional_key(
            CONDITION,
            "Active",
            "When an account counts as active in cohorts: a condition such as `sessions > 0`, or a table of events; "
            "by its status if left out.",
        ),
    },
    together=(("rates", "currency"),),
)

_PLAIN = Either(
    TextShape(may_be_empty=True), NumberShape(), BooleanShape(), what="text or a number"
)

VARIABLES = MapOf(_PLAIN, NAME_SHAPE, "values by name, such as `product: Acme`")

_RETENTION = MapShape(
    "retention",
    "For how long the store keeps people's data; always if left out. Ids, dates and statuses stay.",
    {
        "names": optional_key(
            LENGTH,
            "Names",
            "How long the ledger keeps the names of accounts and owners.",
            example="1095 days",
        ),
        "quarantine": optional_key(
            LENGTH, "Quarantine", "How long values that were left out are kept.", example="90 days"
        ),
    },
)

_OUTCOMES = MapShape(
    "source of outcomes",
    "Where outcomes of actions come from, such as a CRM's export of closed tasks: read before each run.",
    {
        "file": optional_key(
            TEXT,
            "File",
            "A file, CSV or JSON lines, with `action_id`, `outcome` and `on`.",
            example="data/closed_tasks.csv",
        ),
        "folder": optional_key(
            TEXT, "Folder", "A folder with such files, read by name.", example="data/outcomes"
        ),
        "query": optional_key(
            TEXT,
            "Query",
            "A SQL query with these columns: DuckDB runs it over the files under `tables`, or `database` answers it.",
        ),
        "tables": TABLES_KEY,
        "database": DATABASE_KEY,
    },
    one_of=(("file", "folder", "query"),),
    not_both=(("tables", "database"),),
    together=(("tables", "query"), ("database", "query")),
)

WORKSPACE_SHAPE = MapShape(
    "workspace",
    "The settings of a workspace.",
    {
        "workspace": required_key(TEXT, "Workspace", "Its name."),
        "time_zone": required_key(
            TEXT, "Time zone", "Where a day begins, such as `Europe/Paris`.", example="Europe/Paris"
        ),
        "language": optional_key(
            LANGUAGE_SHAPE,
            "Language",
            "Of titles, and of messages to accounts without a language of their own.",
        ),
        "country": optional_key(
            _COUNTRY, "Country", "Whose holidays count for accounts without a country of their own."
        ),
        "region": optional_key(
            TextShape(example="England"),
            "Region",
            "The region of `country` whose holidays count for accounts without a country of their own.",
        ),
        "currency": optional_key(
            _CURRENCY,
            "Currency",
            "What accounts without a currency of their own pay in, and what amounts are reported in.",
        ),
        "holidays": optional_key(
            _HOLIDAYS, "Holidays", "Closing days and half days, besides public holidays."
        ),
        "store": optional_key(
            STORE_SHAPE,
            "Store",
            "The folder that keeps states and the ledger; `store` if left out. Or, for several machines, the place of "
            "its files and its database.",
        ),
        "keep": optional_key(
            LENGTH,
            "Keep",
            "How long earlier values of accounts are kept, even where no playbook looks back that far.",
            example="400 days",
        ),
        "executor": optional_key(
            EXECUTOR_SHAPE,
            "Executor",
            "Who evaluates the accounts of a run: this machine, or a cluster; `local` if left out.",
        ),
        "retention": optional_key(
            _RETENTION, "Retention", "For how long names and values that were left out are kept."
        ),
        "snapshots": required_key(_SNAPSHOTS, "Snapshots", "Where account snapshots come from."),
        "roles": optional_key(
            MapOf(_ROLE, ID, "roles by id, such as `csm: {field: csm}`"),
            "Roles",
            "Who owns actions.",
        ),
        "people": optional_key(
            PEOPLE_SHAPE, "People", "The people who own actions, with their addresses."
        ),
        "channels": optional_key(
            CHANNELS_SHAPE,
            "Channels",
            "The ways in which `tenure deliver` hands actions to people.",
        ),
        "links": optional_key(
            MapOf(_LINK, ID, "links by id, such as `renew: {label: Renew, url: ...}`"),
            "Links",
            "Calls to action that messages show.",
        ),
        "contact_policy": optional_key(
            _POLICY, "Contact policy", "How often a customer may be contacted."
        ),
        "brake": optional_key(_BRAKE, "Brake", "What stops a run that goes wild."),
        "doubt": optional_key(_DOUBT, "Doubt", "Which dates are doubted, and for how long."),
        "tolerate": optional_key(
            _number_or_percent(0, "rows"),
            "Tolerate",
            "How many rows of a snapshot may have bad values for `run` to end with 0 instead of 4; none if left out.",
            example="1 %",
        ),
        "start": optional_key(
            START_SHAPE,
            "Start",
            "What counts as done, and is never issued, at the start of playbooks without `start`; nothing if left out.",
        ),
        "outcomes": optional_key(
            _OUTCOMES, "Outcomes", "Where outcomes of actions come from, before each run."
        ),
        "metrics": optional_key(_METRICS, "Metrics", "How figures are reckoned."),
        "variables": optional_key(
            VARIABLES,
            "Variables",
            "Values that messages and conditions may use, such as the product's name or a limit.",
        ),
    },
)
