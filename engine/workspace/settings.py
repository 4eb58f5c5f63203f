"""Records of a workspace's settings, as read from `tenure.yaml`.

They are named tuples because a dataclass takes five times as long to define, which every start of the program would
wait for.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from ..calendar.working_days import NO_OWN_DAYS, Calendar, OwnDays
from ..core.file_formats import LAKE_FORMATS, FileFormat, in_object_storage
from ..core.languages import Texts
from ..core.offsets import Offset
from ..core.problems import Span
from ..language.expressions import Expression
from ..language.states_read import Reference
from .channels import Channel
from .store_address import StoreAddress

if TYPE_CHECKING:
    from fractions import Fraction

    from ..language.variables import Variables  # imports the type checker

SETTINGS = "tenure.yaml"
FIELDS_FILE = "fields.yaml"
PLACEHOLDER = "{date}"
"""The date in the path of a file that each date has."""


class Role(NamedTuple):
    """A role that owns actions: one person for each account, read from `field`, or one for all accounts, `name`.

    `capacity` is the number of tasks that a person in the role is given for one day, as far as their patience allows.
    """

    id: str
    field: str | None
    name: str | None
    title: dict[str, str]
    capacity: int | None = None

    def holder(self, values: Mapping[str, object]) -> str | None:
        """Return the person in the role for an account with these field values; None where the role is not filled."""
        holder = self.name if self.name is not None else values.get(self.field or "")
        return None if holder is None else str(holder)


class CallToAction(NamedTuple):
    """A call to action: its label by language and its address."""

    id: str
    label: dict[str, str]
    url: str


class Cap(NamedTuple):
    """A cap: at most `contacts` customer-facing contacts within any `days` days."""

    contacts: int
    days: int


Start = Literal["catch_up", "today", "enrolment"]
"""The past that counts as done: none; that before a playbook's first evaluation; also that before first enrolments."""
CATCH_UP: Start = "catch_up"


ExecutorName = Literal["local", "spark", "dask"]
"""Where a run evaluates the parts of the accounts: in threads of its process, or on a cluster."""


def executor_or(text: str | None, default: ExecutorName) -> ExecutorName:
    """Return the executor of that name; `default` where it is left out or unknown."""
    return next((name for name in get_args(ExecutorName) if name == text), default)


def start_or(text: str | None, default: Start) -> Start:
    """Return the start of that name; `default` where it is left out or unknown."""
    return next((start for start in get_args(Start) if start == text), default)


class Suppression(NamedTuple):
    """A suppression: while `when` is true, contacts of these kinds and priorities are withheld (empty: of all)."""

    when: Expression
    kinds: tuple[str, ...]
    priorities: tuple[str, ...]
    reason: Texts
    """The text in the ledger, by language."""


EXEMPT = "exempt"
"""The mention of a step that counts for no cap; see `Reference.function`."""


class ContactPolicy(NamedTuple):
    """A contact policy: how often a customer may be contacted, and when not at all."""

    caps: tuple[Cap, ...] = ()
    priorities: tuple[str, ...] = ("other",)
    """Priorities, the highest first."""
    exempt: tuple[str, ...] = ()
    """Steps, as `playbook/step`, whose contacts are counted but never capped."""
    suppress: tuple[Suppression, ...] = ()
    quiet: tuple[tuple[dt.date, dt.date], ...] = ()
    """Periods without contacts, as first and last date, both included."""
    exempt_references: tuple[Reference, ...] = ()
    """The mentions of the exempt steps in the file."""


def asks_for_date(query: str) -> bool:
    """Return whether a query uses `$on`; such a query runs for one date and needs no date column."""
    return re.search(r"\$on\b", query) is not None


class SnapshotSource(NamedTuple):
    """The source of snapshots: one file a date, one file for all dates, one that is overwritten, or a query.

    `path` contains `{date}` for one file a date, and ends in `/` for a folder of Parquet files. Without a date,
    `date_column` names the column with the date of each row, or, without it, the file is overwritten. DuckDB runs
    `query` over `files` (paths by name), and `date_column` names the column with the date of each row; or `database`
    answers it.
    """

    path: str | None = None
    date_column: str | None = None
    query: str | None = None
    files: Mapping[str, str] = MappingProxyType({})
    allow_folders: tuple[str, ...] = ()
    """Folders outside the workspace that `files` may lie in."""
    query_memory: int = 2 << 30
    """Bytes that the query and its tables may take."""
    query_seconds: int = 300
    """How long an answer of the query may take."""
    file_format: FileFormat = FileFormat()
    max_age_days: int | None = None
    rows_file: str | None = None
    """Path of a file with the number of rows; may contain `{date}`."""
    checksum_file: str | None = None
    """Path of a file with the snapshot's SHA-256; may contain `{date}`."""
    done_file: str | None = None
    """Path of a file that exists once the export is complete; may contain `{date}`."""
    time_zone: str = "UTC"
    """The workspace's time zone, in which instants have their dates."""
    database: str | None = None
    """The address of the database that answers `query`; secrets in it are `${NAME}`."""
    keep_days: int = 400
    """Days for which snapshots that arrive without a date are stored."""
    span: Span | None = None

    @property
    def arrives(self) -> bool:
        """Return whether snapshots come without a date, and are true of the day on which they come."""
        one_file = self.path is not None and "{date}" not in self.path
        return self.fetched or (one_file and self.date_column is None)

    @property
    def fetched(self) -> bool:
        """Return whether snapshots come from a database, object storage, a folder or a lake, as tables."""
        path = self.path or ""
        return self.database is not None or self.lake or self.folder or in_object_storage(path)

    @property
    def folder(self) -> bool:
        """Return whether each snapshot is a folder of Parquet files."""
        return not self.lake and (self.path or "").endswith("/")

    @property
    def lake(self) -> bool:
        """Return whether snapshots come from a Delta or Iceberg table."""
        return self.file_format.format in LAKE_FORMATS


class OutcomeSource(NamedTuple):
    """The source of outcomes: one file, the files of a folder, or a query, over `tables` or of a database."""

    path: str | None = None
    folder: str | None = None
    query: str | None = None
    tables: Mapping[str, str] = MappingProxyType({})
    database: str | None = None
    span: Span | None = None


class PeopleSource(NamedTuple):
    """The source of the table of people: its file or query, and the columns that have other names there."""

    source: SnapshotSource
    columns: Mapping[str, str]


class Doubt(NamedTuple):
    """Which moves of an anchor are doubted, and for how long.

    A move by 12 months is a renewal and is believed. The default `ahead` doubts a renewal entered a year too far, and
    delays a contract of two years by the days that it has to stand.
    """

    ahead: Offset = Offset(15, "months")
    """An anchor that moves ahead by more is doubted."""
    stands_days: int = 3
    """Days that a doubted date must stand before it is taken; 0 believes every date. An account that is absent for as
    long loses its tasks."""


def exact_product(written: float, number: float) -> Fraction:
    """Return the product of a share or factor as it is written: 29 % of 100 are 29, and not 28.999999999999996."""
    from fractions import Fraction

    return Fraction(repr(written)) * Fraction(number)


ACCOUNTS_SHARE = 0.2
"""The share of accounts whose input may change on one date, unless the workspace says otherwise."""
ENROLMENTS_SHARE = 0.25
"""The same of a playbook's enrolments."""


class Brake(NamedTuple):
    """The limits that stop a run, unless it is forced. Shares are from 0 to 1, and hold for each date."""

    actions: int | None = None
    """The actions of all dates of a run together."""
    actions_share: float | None = None
    """The same as a share of accounts, which may exceed 1; a first run may exceed it."""
    jump: float | None = None
    """A multiple of the median of the last ten dates, for each date of a run."""
    gone: float = ACCOUNTS_SHARE
    """The share of the last snapshot's accounts that are not in the next."""
    left_out: float = ACCOUNTS_SHARE
    """The share of rows that are left out, and of rows with a bad value of one field."""
    emptied: float = ACCOUNTS_SHARE
    """The share of accounts for which a field is missing that most had in the last snapshot."""
    dates: float = ENROLMENTS_SHARE
    """The share of a playbook's enrolments whose anchors moved."""
    ended: float = ENROLMENTS_SHARE
    """The share of a playbook's enrolments that a condition ended."""


class Tolerance(NamedTuple):
    """How many rows of a snapshot may have bad values for a run to end with 0: a number or a share."""

    rows: int = 0
    share: float = 0.0

    def allows(self, left_out: int, rows: int) -> bool:
        """Return whether so few of the rows have values left out."""
        return left_out <= self.rows or left_out <= exact_product(self.share, rows)


class MetricSettings(NamedTuple):
    """The settings of metrics: `metrics` in the settings."""

    grace_days: int = 14
    """Days for which an account whose term expired without a word is still a customer; the longest grace of the
    documents that the shipped playbooks come from."""
    currency: str | None = None
    """The currency in which amounts are reported."""
    rates: str | None = None
    """Path of a file of exchange rates."""
    active: Expression | None = None
    """The condition under which an account counts as active in cohorts; None: by its status, or by events."""
    active_events: str = ""
    """The table of events by which accounts count as active in cohorts; empty: by the condition, or by the status."""


class RetentionSettings(NamedTuple):
    """For how many days the store keeps people's data; None for always."""

    names_days: int | None = None
    """Names in the ledger."""
    quarantine_days: int | None = None
    """Values that were left out."""


class WorkspaceSettings(NamedTuple):
    """The settings of a workspace, as read from `tenure.yaml`."""

    root: str
    file: str
    name: str
    time_zone: str
    language: str
    country: str
    """The country whose holidays apply to accounts without a country."""
    source: SnapshotSource
    roles: dict[str, Role]
    links: dict[str, CallToAction]
    policy: ContactPolicy
    store: str | StoreAddress = "store"
    """A folder, relative to the workspace, or servers."""
    brake: Brake = Brake()
    doubt: Doubt = Doubt()
    tolerate: Tolerance = Tolerance()
    start: Start = CATCH_UP
    """The start of playbooks without one."""
    region: str = ""
    """The place of the workspace's region, such as `GB-ENG`; empty without one."""
    own_days: OwnDays = NO_OWN_DAYS
    """Closing days and half days."""
    keep_days: int = 0
    """How long the store keeps earlier values at least; longer where a playbook looks back further."""
    retention: RetentionSettings = RetentionSettings()
    metrics: MetricSettings = MetricSettings()
    outcomes: OutcomeSource | None = None
    """Where outcomes of actions come from, before each run; None for nowhere."""
    variables: Mapping[str, str] = MappingProxyType({})
    """Values that messages may use, such as the product's name."""
    constants: Variables = MappingProxyType({})
    """The same values as conditions read them."""
    people: PeopleSource | None = None
    """The table of those who own actions."""
    channels: Mapping[str, Channel] = MappingProxyType({})
    """The ways in which actions reach people, by id."""
    executor: ExecutorName = "local"

    @property
    def place(self) -> str:
        """Return the place whose holidays apply to accounts without a country: the region, or the whole country."""
        return self.region or self.country

    def calendar(self) -> Calendar:
        """Return the working days of accounts."""
        return Calendar(self.place, self.policy.quiet, self.own_days)
