"""A workspace's settings, as `tenure.yaml` states them.

The records are named tuples because a dataclass takes five times as long to define, and every start of the program
waits for that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from ..core.problems import Span
from ..language.expressions import Expression


class Role(NamedTuple):
    """Who owns actions: the account's own, read from `field`, or everybody's, by `name`."""

    id: str
    field: str | None
    name: str | None
    title: dict[str, str]


class CallToAction(NamedTuple):
    """A call to action: its label by language and its address."""

    id: str
    label: dict[str, str]
    url: str


class Cap(NamedTuple):
    """No more than `contacts` customer-facing contacts within any `days` days."""

    contacts: int
    days: int


class Suppression(NamedTuple):
    """While `when` holds, contacts of these kinds and priorities are withheld (empty: of all)."""

    when: Expression
    kinds: tuple[str, ...]
    priorities: tuple[str, ...]
    reason: str


class ContactPolicy(NamedTuple):
    """How often a customer may be contacted, and when not at all."""

    caps: tuple[Cap, ...] = ()
    priorities: tuple[str, ...] = ("other",)
    """Highest first."""
    exempt: tuple[str, ...] = ()
    """`playbook/step` whose contacts pass every cap, though they count."""
    suppress: tuple[Suppression, ...] = ()
    quiet: tuple[tuple[dt.date, dt.date], ...] = ()
    """Stretches of dates, both ends in, on which no customer is contacted."""


class SnapshotSource(NamedTuple):
    """Where snapshots come from.

    `path` may hold `{date}`: one file a date; else `date_column` names the column that dates its
    rows.
    With `query`, DuckDB runs it over `files` (name to path), and `date_column` dates the rows.
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
    format: str | None = None
    """csv, parquet or jsonl; None: by the file's ending."""
    max_age_days: int | None = None
    max_shrink: float | None = None
    """The share of accounts, 0 to 1, that may go missing from one snapshot to the next."""
    max_gone: float | None = None
    """The share of the last snapshot's accounts, 0 to 1, that may be missing from the next."""
    rows_file: str | None = None
    """A file, `{date}` allowed, that states the number of rows."""
    checksum_file: str | None = None
    """A file, `{date}` allowed, with the snapshot's SHA-256."""
    done_file: str | None = None
    """A file, `{date}` allowed, whose presence says the export has finished."""
    span: Span | None = None


class Brake(NamedTuple):
    """Stops a run that would issue more than `actions`, or `jump` times the last ten's median."""

    actions: int | None = None
    jump: float | None = None


class MetricSettings(NamedTuple):
    """How figures are reckoned: `metrics` in the settings."""

    grace_days: int = 14
    """After its term, within which an account that comes back has not left: the source's longest grace."""
    currency: str | None = None
    """What amounts are reported in."""
    rates: str | None = None
    """A file of exchange rates."""


class Workspace(NamedTuple):
    """Everything `tenure.yaml` says."""

    root: str
    file: str
    name: str
    time_zone: str
    language: str
    country: str
    """For accounts that have none: whose holidays they keep."""
    source: SnapshotSource
    roles: dict[str, Role]
    links: dict[str, CallToAction]
    policy: ContactPolicy
    store: str = "store"
    brake: Brake = Brake()
    keep_days: int = 0
    """How long the store keeps earlier values at least; longer where a playbook looks back further."""
    metrics: MetricSettings = MetricSettings()
    variables: Mapping[str, str] = MappingProxyType({})
    """Values that messages may use, such as the product's name."""
