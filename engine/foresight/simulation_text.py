"""Text of a simulation: actions by week, playbook, owner and kind, weeks beyond capacity, and contacts of customers."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from ..documents.charts import CHART_COLOURS, Caption, ChartBar, draw_bars
from ..reports.listing import Listing
from .ranges import RunRange, ranges
from .sections import Section, sections_csv, sections_json, sections_text
from .simulation import SimulatedRun

CONTACT_BUCKETS = 12
"""Most rows of the distribution of contacts."""
_RANGE = ("5 %", "95 %")
_NO_OWNER = "(no owner)"


@dataclass(frozen=True, slots=True)
class Simulation:
    """Runs over the same days.

    Attributes:
        first: The first day.
        last: The last one.
        runs: At least one.
        seed: The seed of the first run's chances; None if accounts stay as they are.
        assumptions: The assumptions, as sentences.
    """

    first: dt.date
    last: dt.date
    runs: tuple[SimulatedRun, ...]
    seed: int | None = None
    assumptions: tuple[str, ...] = ()


def simulation_text(simulation: Simulation, form: str) -> str:
    """Return the simulation as `table`, `json`, `csv`, `markdown` or `html`."""
    sections = simulation_sections(simulation)
    if form == "csv":
        return sections_csv(sections)
    if form == "json":
        facts: dict[str, Any] = {
            "from": simulation.first.isoformat(),
            "until": simulation.last.isoformat(),
            "runs": len(simulation.runs),
            "seed": simulation.seed,
            "assumptions": list(simulation.assumptions),
        }
        return sections_json(facts, sections)
    return sections_text("Days to come", _sentences(simulation), sections, form)


def _sentences(simulation: Simulation) -> list[str]:
    runs = simulation.runs
    total = ranges([{"": sum(run.actions.values())} for run in runs])[""]
    accounts = sum(runs[0].contacts.values())
    number = f"{shown_number(total.median):,} actions for {accounts:,} accounts"
    if simulation.seed is None:
        how = "if they stay as they are"
    elif len(runs) == 1:
        how = f"in one run with seed {simulation.seed}"
    else:
        between = f"{shown_number(total.low):,} to {shown_number(total.high):,}"
        how = f"the median of {len(runs)} runs with seed {simulation.seed}; 90 % of runs: {between}"
    period = f"{simulation.first} to {simulation.last}"
    assumed = [f"Assumed: {'; '.join(simulation.assumptions)}."] if simulation.assumptions else []
    return [f"{period}: {number}, {how}.", *assumed]


def simulation_sections(simulation: Simulation) -> list[Section]:
    """Return the tables of a simulation; numbers of several runs are medians, with their range."""
    runs = simulation.runs
    weeks = ranges([run.by("week") for run in runs])
    by_week = _listing(("week",), dict(sorted(weeks.items())), len(runs))
    return [
        Section("beyond_capacity", "Weeks beyond capacity", _beyond(runs)),
        Section("weeks", "Actions by week", by_week, _chart(simulation)),
        *(
            Section(f"{name}s", f"Actions by {name}", _largest_first(runs, name))
            for name in ("playbook", "owner", "kind")
        ),
        Section("customers", "Customers", _customers(runs)),
        Section("contacts", "Contacts of a customer", _contacts(runs)),
    ]


def shown_number(number: float) -> float | int:
    """Return a number of a range, whole where it is."""
    return int(number) if float(number).is_integer() else round(number, 1)


def _listing(
    names: Sequence[str],
    rows: Mapping[tuple[Any, ...], RunRange],
    runs: int,
    number: str = "actions",
) -> Listing:
    """Return a row for each key; of one run there is no range to show."""
    shown = [
        (*key, *map(shown_number, found[: 3 if runs > 1 else 1])) for key, found in rows.items()
    ]
    return Listing((*names, number, *(_RANGE if runs > 1 else ())), shown)


def _largest_first(runs: Sequence[SimulatedRun], name: str) -> Listing:
    found = ranges([run.by(name) for run in runs])
    named = {(key[0] or _NO_OWNER,): numbers for key, numbers in found.items()}
    ordered = sorted(named.items(), key=lambda each: (-each[1].median, each[0]))
    return _listing((name,), dict(ordered), len(runs))


def _beyond(runs: Sequence[SimulatedRun]) -> Listing:
    """Return the weeks of people that are beyond capacity in a run, with the tasks in those runs."""
    found: dict[tuple[str, str, dt.date], list[int]] = {}
    rooms = {}
    for each in (week for run in runs for week in run.beyond):
        found.setdefault((each.owner, each.role, each.week), []).append(each.tasks)
        rooms[each.owner, each.role, each.week] = each.room
    columns = ("owner", "role", "week", "tasks", "room")
    if len(runs) == 1:
        rows = [(*key, tasks[0], rooms[key]) for key, tasks in sorted(found.items())]
        return Listing(columns, rows)
    several = [
        (*key, shown_number(sorted(tasks)[len(tasks) // 2]), rooms[key], len(tasks))
        for key, tasks in sorted(found.items())
    ]
    return Listing((*columns, "runs"), several)


def _customers(runs: Sequence[SimulatedRun]) -> Listing:
    """Return how many customers renew and are lost; nothing where they stay as they are."""
    found = ranges([{(what,): number for what, number in run.terms.items()} for run in runs])
    return _listing(("become",), found, len(runs), "customers")


def _contacts(runs: Sequence[SimulatedRun]) -> Listing:
    """Return the number of accounts by how many contacts they get, in at most `CONTACT_BUCKETS` rows of equal width."""
    most = max((number for run in runs for number in run.contacts), default=0)
    width = -(-(most + 1) // CONTACT_BUCKETS)
    counts = []
    for run in runs:
        in_bucket = Counter[tuple[Any, ...]]()
        for number, accounts in run.contacts.items():
            in_bucket[(number // width,)] += accounts
        counts.append(in_bucket)
    found = ranges(counts)
    rows = {
        (_bucket(at, width),): found.get((at,), RunRange(0, 0, 0))
        for at in range(most // width + 1)
    }
    return _listing(("contacts",), rows, len(runs), "accounts")


def _bucket(at: int, width: int) -> str:
    first = at * width
    return str(first) if width == 1 else f"{first} to {first + width - 1}"


def _chart(simulation: Simulation) -> Markup:
    """Return a bar for each week, its parts the playbooks with the most actions; the last colour is the others'."""
    runs = simulation.runs
    totals = ranges([run.by("playbook") for run in runs])
    ordered = sorted(totals, key=lambda key: (-totals[key].median, key))
    shown = ordered if len(ordered) <= CHART_COLOURS else ordered[: CHART_COLOURS - 1]
    series = [str(key[0]) for key in shown] + (["others"] if len(ordered) > len(shown) else [])
    parts = ranges([run.by("week", "playbook") for run in runs])
    bars = []
    for week in sorted({key[0] for key in parts}):
        numbers = [parts.get((week, *key), RunRange(0, 0, 0)).median for key in ordered]
        rest = numbers[len(shown) :]
        drawn = [*numbers[: len(shown)], *([sum(rest)] if rest else [])]
        total = shown_number(sum(numbers))
        shares = [Decimal(str(shown_number(number))) for number in drawn]
        bars.append(ChartBar(f"week of {week}", shares, f"{total:,}"))
    about = "; ".join(f"{bar.label}: {bar.shown}" for bar in bars)
    return draw_bars(Caption("weeks", "Actions by week", about), bars, series)
