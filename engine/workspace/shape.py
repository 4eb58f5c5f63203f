"""The shape of `tenure.yaml`: sources, store, roles, links, contact policy, brake."""

from __future__ import annotations

from ..language.shape import CONDITION, DATE, LANGUAGE, LENGTH, NAME, TEXT, TEXTS
from ..text.list_shapes import Either, ListOf
from ..text.map_shapes import Fields, MapOf, may, need
from ..text.scalar_shapes import ID, Boolean, Choice, Number, Text

_COUNTRY = Text("[A-Z]{2}", "a country in two capital letters, such as `FR`", "FR")
_CURRENCY = Text("[A-Z]{3}", "a currency in three capital letters, such as `EUR`", "EUR")
_PERCENT = Text(r"[0-9]{1,3}(\.[0-9]+)? ?%", "a percentage, such as `20 %`", "20 %")
_STEP = Text(
    "[a-z][a-z0-9_]*/[a-z][a-z0-9_]*",
    "a playbook and a step of it, such as `renewal/grace`",
    "renewal/grace",
)
_IDS = ListOf(ID, "a list of ids", unique=True)

_LIMITS = Fields(
    "limits of a query",
    "The memory and the time that a query may take.",
    {
        "memory": may(
            Text(r"[1-9][0-9]{0,5} ?(MB|GB)", "a size, such as `4 GB` or `500 MB`", "4 GB"),
            "Memory",
            "What the query and its tables may take in memory; 2 GB if left out.",
        ),
        "time": may(
            Text(
                "[1-9][0-9]{0,3} (second|minute)s?",
                "a time, such as `10 minutes` or `90 seconds`",
                "10 minutes",
            ),
            "Time",
            "How long an answer of the query may take; 5 minutes if left out.",
        ),
    },
)

_SNAPSHOTS = Fields(
    "snapshot source",
    "Where account snapshots come from: one file a date, one file with a date column, or a query.",
    {
        "files": may(
            TEXT, "Files", "One file a date, `{date}` in its name: `data/accounts-{date}.csv`."
        ),
        "file": may(
            TEXT,
            "File",
            "One file for all dates, which the column under `date_column` tells apart.",
        ),
        "query": may(TEXT, "Query", "A SQL query that DuckDB runs over the files under `tables`."),
        "tables": may(
            MapOf(TEXT, NAME, "files by the name that the query uses"),
            "Tables",
            "The files that the query reads, by the name that it uses for each.",
        ),
        "allow_folders": may(
            ListOf(TEXT, "a list of folders, such as `[/srv/exports]`", unique=True),
            "Allowed folders",
            "Folders outside the workspace that the files under `tables` may lie in.",
        ),
        "limits": may(_LIMITS, "Limits", "The memory and the time that the query may take."),
        "date_column": may(
            TEXT, "Date column", "The column that says which date a row is true of."
        ),
        "format": may(
            Choice(
                {
                    "csv": "Comma-separated values, UTF-8.",
                    "parquet": "Apache Parquet.",
                    "jsonl": "One JSON object a line.",
                }
            ),
            "Format",
            "The file's format; told by the file's ending if left out.",
        ),
        "max_age": may(LENGTH, "Greatest age", "A run stops if the newest snapshot is older."),
        "max_shrink": may(
            _PERCENT, "Greatest shrinkage", "A run stops if a snapshot has lost more accounts."
        ),
        "max_gone": may(
            _PERCENT,
            "Greatest share gone",
            "A run stops if more of the last snapshot's accounts are not in the next; 20 % if left out.",
        ),
        "rows_file": may(
            TEXT, "Rows file", "A file that states the number of rows; `{date}` is allowed."
        ),
        "checksum_file": may(
            TEXT, "Checksum file", "A file with the snapshot's SHA-256; `{date}` is allowed."
        ),
        "done_file": may(
            TEXT,
            "Done file",
            "A file that is there once the export is complete; `{date}` is allowed.",
        ),
    },
    one_of=(("files", "file", "query"),),
    together=(
        ("file", "date_column"),
        ("query", "tables"),
        ("tables", "query"),
        ("allow_folders", "query"),
        ("limits", "query"),
    ),
)

_ROLE = Fields(
    "role",
    "Who owns actions: the account's own person, from a field, or one name for all.",
    {
        "field": may(
            NAME, "Field", "The field that names the account's own person.", example="csm"
        ),
        "name": may(TEXT, "Name", "The person or team for all accounts."),
        "title": may(TEXTS, "Title", "What people read."),
    },
    one_of=(("field", "name"),),
)

_LINK = Fields(
    "link",
    "A call to action.",
    {
        "label": need(TEXTS, "Label", "What the customer reads."),
        "url": need(TEXT, "Address", "Where it leads."),
    },
)

_CAP = Fields(
    "cap",
    "No more than so many contacts within so many days.",
    {
        "contacts": need(
            Number(minimum=0, maximum=1000, whole=True),
            "Contacts",
            "How many at most.",
            example=2,
        ),
        "within": need(LENGTH, "Within", "Within how long, in days: `7 days`."),
    },
)

_SUPPRESSION = Fields(
    "suppression",
    "While its condition holds, contacts are withheld.",
    {
        "when": need(CONDITION, "When", "The condition, such as `opt_out`."),
        "kinds": may(_IDS, "Kinds", "The kinds of action that it withholds; all if left out."),
        "priorities": may(_IDS, "Priorities", "The priorities that it withholds; all if left out."),
        "reason": need(TEXT, "Reason", "What the ledger says."),
    },
)

_QUIET = Fields(
    "quiet stretch",
    "Dates on which no customer is contacted.",
    {
        "from": need(DATE, "From", "The first quiet date."),
        "to": need(DATE, "To", "The last quiet date."),
    },
)

_POLICY = Fields(
    "contact policy",
    "How often a customer may be contacted, and when not at all.",
    {
        "at_most": may(ListOf(_CAP, "a list of caps"), "At most", "Caps; each of them counts."),
        "priorities": may(_IDS, "Priorities", "Classes of contacts, the most important first."),
        "exempt": may(
            ListOf(_STEP, "a list of steps, such as `[renewal/grace]`", unique=True),
            "Exempt",
            "Steps, as `playbook/step`, whose contacts pass every cap, though they count.",
        ),
        "suppress": may(
            ListOf(_SUPPRESSION, "a list of suppressions"), "Suppress", "What withholds contacts."
        ),
        "quiet": may(
            ListOf(_QUIET, "a list of stretches"), "Quiet", "When no customer is contacted."
        ),
    },
)

_BRAKE = Fields(
    "brake",
    "Stops a run that would issue far more than it should.",
    {
        "actions": may(
            Number(minimum=1, whole=True), "Actions", "More actions than this stop a run."
        ),
        "jump": may(
            Number(minimum=1),
            "Jump",
            "More than so many times the median of the last ten runs stop a run.",
        ),
    },
)

_METRICS = Fields(
    "metrics section",
    "How figures are reckoned: the grace after a term, and the currency that amounts are reported in.",
    {
        "grace": may(
            LENGTH,
            "Grace",
            "An account that comes back within so long after its term has not left; 14 days if left out.",
            example="14 days",
        ),
        "currency": may(
            _CURRENCY,
            "Currency",
            "What amounts are reported in, where accounts pay in several currencies.",
        ),
        "rates": may(
            TEXT,
            "Rates",
            "A CSV file with the columns `on`, `currency` and `rate`: what one unit is worth in the currency reported.",
            example="rates.csv",
        ),
    },
    together=(("rates", "currency"),),
)

_PLAIN = Either(Text(may_be_empty=True), Number(), Boolean(), what="text or a number")

WORKSPACE = Fields(
    "workspace",
    "The settings of a workspace.",
    {
        "workspace": need(TEXT, "Workspace", "Its name."),
        "time_zone": need(
            TEXT, "Time zone", "Where a day begins, such as `Europe/Paris`.", example="Europe/Paris"
        ),
        "language": may(
            LANGUAGE,
            "Language",
            "Of titles, and of messages to accounts without a language of their own.",
        ),
        "country": may(
            _COUNTRY, "Country", "Whose holidays count for accounts without a country of their own."
        ),
        "store": may(
            TEXT, "Store", "The folder that keeps states and the ledger; `store` if left out."
        ),
        "keep": may(
            LENGTH,
            "Keep",
            "How long earlier values of accounts are kept, even where no playbook looks back that far.",
            example="400 days",
        ),
        "snapshots": need(_SNAPSHOTS, "Snapshots", "Where account snapshots come from."),
        "roles": may(
            MapOf(_ROLE, ID, "roles by id, such as `csm: {field: csm}`"),
            "Roles",
            "Who owns actions.",
        ),
        "links": may(
            MapOf(_LINK, ID, "links by id, such as `renew: {label: Renew, url: ...}`"),
            "Links",
            "Calls to action that messages show.",
        ),
        "contact_policy": may(_POLICY, "Contact policy", "How often a customer may be contacted."),
        "brake": may(_BRAKE, "Brake", "What stops a run that goes wild."),
        "metrics": may(_METRICS, "Metrics", "How figures are reckoned."),
        "variables": may(
            MapOf(_PLAIN, NAME, "values by name, such as `product: Acme`"),
            "Variables",
            "Values that messages may use, such as the product's name.",
        ),
    },
)
