"""A workspace's settings, as `tenure.yaml` states them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from ..language.tree import Expression
from ..text.problem import Span


@dataclass(frozen=True, slots=True)
class Role:
    """Who owns actions: the account's own, read from `field`, or everybody's, by `name`."""

    id: str
    field: str | None
    name: str | None
    title: dict[str, str]


@dataclass(frozen=True, slots=True)
class Link:
    """A call to action: its label by language and its address."""

    id: str
    label: dict[str, str]
    url: str


@dataclass(frozen=True, slots=True)
class Cap:
    """No more than `contacts` customer-facing contacts within any `days` days."""

    contacts: int
    days: int


@dataclass(frozen=True, slots=True)
class Suppression:
    """While `when` holds, contacts of these kinds and priorities are withheld (empty: of all)."""

    when: Expression
    kinds: tuple[str, ...]
    priorities: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ContactPolicy:
    """How often a customer may be contacted, and when not at all."""

    caps: tuple[Cap, ...] = ()
    priorities: tuple[str, ...] = ("other",)
    """Highest first."""
    exempt: tuple[str, ...] = ()
    """`playbook/step` whose contacts pass every cap, though they count."""
    suppress: tuple[Suppression, ...] = ()
    quiet: tuple[tuple[dt.date, dt.date], ...] = ()
    """Stretches of dates, both ends in, on which no customer is contacted."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where snapshots come from.

    `path` may hold `{date}`: one file a date; else `date_column` names the column that dates its
    rows.
    With `query`, DuckDB runs it over `files` (name to path), and `date_column` dates the rows.
    """

    path: str | None = None
    date_column: str | None = None
    query: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    format: str | None = None
    """csv, parquet or jsonl; None: by the file's ending."""
    max_age_days: int | None = None
    max_shrink: float | None = None
    """The share of accounts, 0 to 1, that may go missing from one snapshot to the next."""
    rows_file: str | None = None
    """A file, `{date}` allowed, that states the number of rows."""
    checksum_file: str | None = None
    """A file, `{date}` allowed, with the snapshot's SHA-256."""
    done_file: str | None = None
    """A file, `{date}` allowed, whose presence says the export has finished."""
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Brake:
    """Stops a run that would issue more than `actions`, or `jump` times the last ten's median."""

    actions: int | None = None
    jump: float | None = None


@dataclass(frozen=True, slots=True)
class Workspace:
    """Everything `tenure.yaml` says."""

    root: str
    file: str
    name: str
    time_zone: str
    language: str
    country: str
    """For accounts that have none: whose holidays they keep."""
    source: Source
    roles: dict[str, Role]
    links: dict[str, Link]
    policy: ContactPolicy
    store: str = "store"
    brake: Brake = field(default_factory=Brake)
    variables: dict[str, str] = field(default_factory=dict)
    """Values that messages may use, such as the product's name."""
