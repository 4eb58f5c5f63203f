"""Contact plan: the day on which each contact reaches its customer, judged again for each person on each date.

Takes all contacts that are not made yet, promised, postponed and new, and the contacts made before. Gives each contact
the first day that fits, in the order of priorities, so that a lower class never takes the room of a higher one. A
contact that fits on no day, or is held, waits; one whose last day has come goes out no more.

A contact is everything that one step sends one account on one day, such as an email and a banner. A step contacts an
account at most once a day with the same action, and an occurrence waits only until the next one is planned.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, NamedTuple

import polars as pl

from ..calendar.working_days import PLACE
from ..core.account_values import with_values
from ..core.ids import ACCOUNT_ID
from ..core.in_memory import collect_in_memory
from ..core.membership import is_one_of
from ..core.offsets import ONE_DAY
from ..core.schemas import null_series
from ..workspace.settings import Cap
from .contact_holds import hold_contacts
from .cross_references import StateIndex
from .hand_moves import HandMoves
from .inputs import Day, Rules, Tables
from .shared_addresses import PERSON, sharing, with_person

UNIT = (ACCOUNT_ID, "playbook", "cycle", "step", "planned_on", "@last")
"""Columns of the actions that are placed together: one contact."""
_WHAT = pl.concat_str("playbook", pl.lit("/"), "step").alias("what")
IsWorking = Callable[[dt.date, "str | None"], bool]
"""Function of a date and a place: whether it is a working day for contacts there."""


def plan_contacts(
    actions: pl.DataFrame, day: Day, tables: Tables, rules: Rules, state_index: StateIndex
) -> pl.DataFrame:
    """Add the verdict on each action: `@day`, `@why`, `@over` and `@unreachable`.

    Nothing reaches an account on a day of a hold, and no contact of an account on hold is over: after the hold it is
    judged again. A contact of a step that is skipped by hand is over.

    `@day` is the contact day, null where the action cannot go out yet. `@why` is what is against an earlier day, null
    where nothing is any more. `@over` is true where no later run can give it a day. `@unreachable` is true for those,
    unless the account was merged, and for what a suppression stops or has no usable address.

    Args:
        actions: Actions that reach a customer and are not made yet, columns of LEDGER and `rank`. `contact_on` is the
            day promised before, null for what is new or waits.
        day: The date evaluated.
        tables: The snapshot and the ledger's look-ups.
        rules: The contact policy and the working days.
        state_index: The accounts' states in all playbooks.
    """
    moves = HandMoves(tables.moves, day.on)
    rows = hold_contacts(_with_last_day(actions), tables.snapshot, rules, day, state_index)
    rows = _with_moves_by_hand(rows, moves, tables, rules)
    shared = sharing(tables.snapshot)
    free = with_person(rows.filter(pl.col("@hold").is_null()), shared)
    of_people = shared.join(free, on=PERSON, how="semi")
    accounts = pl.concat([free[ACCOUNT_ID], of_people[ACCOUNT_ID]]).unique()
    made = with_person(tables.ledger.contacts(accounts), shared)
    if PLACE in tables.snapshot.columns:
        free = with_values(free, tables.snapshot.select(ACCOUNT_ID, PLACE))
    placed = _place(free, made, day, rules)
    rows = rows.join(placed, on=list(UNIT), how="left", nulls_equal=True, maintain_order="left")
    last_chance = pl.col("@last") <= day.run_on
    held = pl.col("@hold").is_not_null()
    judged = (
        rows.lazy()
        .with_columns(
            pl.when(~held).then("@day").alias("@day"),
            pl.when(held).then("@hold").otherwise("@why").alias("@why"),
        )
        .with_columns(
            (
                (pl.col("@day").is_null() & last_chance & pl.col("@held_until").is_null())
                | pl.col("@skipped")
            ).alias("@over")
        )
    )
    unreachable = (pl.col("@over") & ~pl.col("@moot")) | (held & ~pl.col("@no_fault"))
    unreachable &= pl.col("@held_until").is_null()
    replaced = pl.col("@over") & (pl.col("@last") < pl.col("until"))
    by_next = pl.format(
        "the next one is planned for {}", (pl.col("@last") + ONE_DAY).dt.to_string()
    )
    return collect_in_memory(
        judged.with_columns(by_next.alias("@by_next"))
        .with_columns(
            pl.when(replaced).then("@by_next").otherwise("@why").alias("@why"),
            unreachable.alias("@unreachable"),
        )
        .drop("@last", "@hold", "@no_fault", "@moot", "@by_next")
        .drop("@held_until", "@held_why", "@skipped")
    )


def _with_moves_by_hand(
    rows: pl.DataFrame, moves: HandMoves, tables: Tables, rules: Rules
) -> pl.DataFrame:
    """Add `@held_until` and `@held_why` of holds by hand, null without one, and `@skipped`."""
    rows = with_values(rows, moves.holds(rows), on=(ACCOUNT_ID, "playbook"))
    skip = moves.skips(rows, tables.states, rules.first_names)
    skipped = skip.is_not_null()
    return rows.with_columns(
        skipped.alias("@skipped"),
        pl.when(skipped).then(skip).otherwise("@hold").alias("@hold"),
        pl.col("@no_fault") | skipped,
        pl.col("@moot") | skipped,
    )


def _with_last_day(actions: pl.DataFrame) -> pl.DataFrame:
    """Add `@last`: the last day of the action's patience, which the next occurrence of the same action ends."""
    same = (ACCOUNT_ID, "playbook", "cycle", "step", "action")
    repeated = actions.select(same).is_duplicated()
    single = actions.filter(~repeated).with_columns(pl.col("until").alias("@last"))
    in_order = actions.filter(repeated).sort(
        *same,
        "planned_on",
        pl.col("late_days").neg(),
        pl.col("occurrence").str.len_chars(),
        "occurrence",
    )
    before_next = pl.col("planned_on").shift(-1).over(same) - ONE_DAY
    last = pl.min_horizontal("until", before_next).alias("@last")
    return pl.concat([single, in_order.with_columns(last)])


def _units(rows: pl.DataFrame, rules: Rules, *more: pl.Expr) -> pl.DataFrame:
    """Return the contacts, with what decides whether one fits on its first day, and more of their actions."""
    read = [pl.col("contact_on").min(), pl.col("@held_until").max()]
    read += [pl.col(PLACE).first()] if PLACE in rows.columns else []
    exempt = is_one_of(_WHAT, rules.policy.exempt).alias("exempt")
    return rows.group_by(PERSON, *UNIT).agg(*read, *more).with_columns(_WHAT, exempt)


def _units_in_order(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return the contacts in the order in which they are judged."""
    ranks = {name: index for index, name in enumerate(rules.policy.priorities)}
    priority = pl.col("priority").replace_strict(ranks, default=len(ranks), return_dtype=pl.Int32)
    units = _units(
        rows,
        rules,
        priority.min(),
        pl.col("rank").min(),
        pl.col("late_days").min(),
        pl.col("action").unique().alias("actions"),
        pl.col("occurrence").min(),
        pl.col("@held_why").first(),
    )
    return units.sort(
        PERSON,
        pl.col("exempt").not_(),
        "priority",
        "planned_on",
        "late_days",
        "playbook",
        "rank",
        "contact_on",
        "step",
        "cycle",
        "occurrence",
        "@last",
        ACCOUNT_ID,
        nulls_last=True,
    )


def _place(rows: pl.DataFrame, made: pl.DataFrame, day: Day, rules: Rules) -> pl.DataFrame:
    """Return UNIT, `@day` and `@why` for each contact of the rows.

    Where all contacts of a person fit on their first days, whatever the order, these are the days; only the contacts of
    the other people are judged.
    """
    units = _units(rows, rules)
    contested = contested_people(units, made, day, rules)
    settled = units.select(
        PERSON, *UNIT, _first_day(day).alias("@day"), pl.lit(None, pl.String).alias("@why")
    )
    if contested.is_empty():
        return settled.drop(PERSON)
    of_contested = pl.col(PERSON).is_in(contested.implode())
    settled = settled.filter(~of_contested).drop(PERSON)
    disputed = _units_in_order(rows.filter(of_contested), rules)
    return pl.concat([settled, _judge(disputed, made.filter(of_contested), day, rules)])


def _judge(disputed: pl.DataFrame, made: pl.DataFrame, day: Day, rules: Rules) -> pl.DataFrame:
    """Judge contacts one by one, in the order given: once for all people who are in the same situation.

    A campaign meets thousands of people with the same contacts planned and made.
    """
    situations = _situations(disputed, made)
    examples = situations.unique("@situation", keep="first", maintain_order=True)[PERSON]
    of_example = pl.col(PERSON).is_in(examples.implode())
    calendars = _calendars(made.filter(of_example))
    is_working = cache(partial(rules.calendar.is_working, contact=True))
    judged = disputed.filter(of_example)
    verdicts = []
    for row in judged.iter_rows(named=True):
        taken = calendars.setdefault(row[PERSON], PersonCalendar())
        verdicts.append(taken.place(row, day, rules, is_working))
    number = pl.int_range(pl.len()).over(PERSON).alias("@number")
    by_situation = judged.select(PERSON, number).with_columns(
        pl.Series("@day", [on for on, _ in verdicts], dtype=pl.Date),
        pl.Series("@why", [why for _, why in verdicts], dtype=pl.String),
    )
    by_situation = by_situation.join(situations, on=PERSON).drop(PERSON)
    everyone = disputed.select(PERSON, *UNIT, number).join(situations, on=PERSON)
    placed = everyone.join(by_situation, on=["@situation", "@number"], how="left")
    return placed.select(*UNIT, "@day", "@why")


def _situations(disputed: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    """Return PERSON and `@situation`: all that decides on the days of the person's contacts, as one text.

    Whose accounts and which cycles they are does not matter, only which contacts are of the same ones, and their order.
    """
    decisive = ["what", "planned_on", "@last", "contact_on", "exempt", "@held_until", "@held_why"]
    decisive += [PLACE] if PLACE in disputed.columns else []
    before = made.select(PERSON, ACCOUNT_ID, "cycle", _WHAT, "contact_on", "action")
    before = before.sort("contact_on", "what", "cycle", ACCOUNT_ID, "action")
    rows = pl.concat(
        [
            before.select(PERSON, ACCOUNT_ID, "cycle", _as_text("what", "contact_on", "action")),
            disputed.select(
                PERSON, ACCOUNT_ID, "cycle", _as_text(*decisive, pl.col("actions").list.sort())
            ),
        ]
    )
    same = [pl.col(name).rank("dense").over(PERSON).fill_null(0) for name in ("cycle", ACCOUNT_ID)]
    contact = pl.concat_str("@text", *same, separator=" ")
    return rows.group_by(PERSON, maintain_order=True).agg(
        contact.str.join("\n").alias("@situation")
    )


def _as_text(*columns: str | pl.Expr) -> pl.Expr:
    return pl.struct(*columns).struct.json_encode().alias("@text")


def contested_people(units: pl.DataFrame, made: pl.DataFrame, day: Day, rules: Rules) -> pl.Series:
    """Return the people of whose contacts one might not fit on its first day; perhaps too many, never too few.

    A contact might not fit where its first day is quiet or not a working day, where the same contact is there already,
    or where as many contacts as a cap allows are nearer than its period.

    Args:
        units: Contacts to place, columns of UNIT and PERSON, `what`, `exempt`, `contact_on`, and perhaps PLACE.
        made: Contacts made, with PERSON.
        day: The date evaluated.
        rules: The contact policy and the working days.
    """
    units = units.with_columns(_first_day(day).alias("@on"))
    same = [PERSON, "@on", "what", "cycle", ACCOUNT_ID]
    before = made.with_columns(_WHAT, pl.col("contact_on").alias("@on")).select(same).unique()
    contacts = pl.concat([before, units.select(same)])
    units = units.with_columns(contacts.is_duplicated().tail(units.height).alias("@same"))
    quiet = [pl.col("@on").is_between(*period) for period in rules.policy.quiet]
    unfit = pl.any_horizontal(
        pl.col("contact_on") < day.run_on,
        pl.col("@on") > pl.col("@last"),
        pl.col("@same"),
        pl.col("@on") <= pl.col("@held_until"),
        *quiet,
    )
    moved = units.filter(pl.col("@on") != pl.col("planned_on"))
    near = (pl.col("@on") - pl.col("@other")).dt.total_days().abs()
    crowded = pl.any_horizontal(
        pl.lit(False), *((near < cap.days).sum() > cap.contacts for cap in rules.policy.caps)
    )
    counted = units.lazy().filter(~pl.col("exempt")).select(PERSON, "@on").with_row_index("@unit")
    others = contacts.lazy().select(PERSON, pl.col("@on").alias("@other"))
    full = counted.join(others, on=PERSON).group_by("@unit", PERSON).agg(crowded.alias("@full"))
    people = [
        units.lazy().filter(unfit.fill_null(False)).select(PERSON),
        moved.filter(~_is_working(moved, rules)).lazy().select(PERSON),
        full.filter("@full").select(PERSON),
    ]
    return collect_in_memory(pl.concat(people).unique()).to_series()


def _first_day(day: Day) -> pl.Expr:
    """Return the first day on which a contact may go out; a day promised before the run's date may be earlier."""
    return pl.max_horizontal("planned_on", pl.lit(day.run_on))


def _is_working(units: pl.DataFrame, rules: Rules) -> pl.Series:
    """Return whether each contact's `@on` is a working day for contacts."""
    nowhere = null_series(PLACE, pl.String(), units.height)
    places = units[PLACE] if PLACE in units.columns else nowhere
    return rules.calendar.working_series(units["@on"], places, True)


class Contact(NamedTuple):
    """A contact: its day, `playbook/step`, the enrolment's cycle, and the account."""

    on: dt.date
    what: str
    cycle: str
    account: str


@dataclass(slots=True)
class PersonCalendar:
    """The contacts of one person: those made, and those that have been given a day; with their actions' ids."""

    contacts: dict[Contact, set[str]] = field(default_factory=dict)
    in_order: list[Contact] = field(default_factory=list)

    def add(self, contact: Contact, actions: Iterable[str]) -> None:
        """Add a contact, or actions to it."""
        if contact not in self.contacts:
            insort(self.in_order, contact)
        self.contacts.setdefault(contact, set()).update(actions)

    def place(
        self, unit: Mapping[str, Any], day: Day, rules: Rules, is_working: IsWorking
    ) -> tuple[dt.date | None, str | None]:
        """Return the first day that fits a contact, and what is against its planned day; take up the day's room."""
        what, cycle, account = unit["what"], unit["cycle"], unit[ACCOUNT_ID]
        first = Contact(max(unit["planned_on"], day.run_on), what, cycle, account)
        why = None
        for on in _candidates(unit, day.run_on, first.on):
            contact = Contact(on, what, cycle, account)
            refused = self._refusal(contact, unit, rules, is_working)
            if refused is None:
                self.add(contact, unit["actions"])
                return on, None if on == unit["planned_on"] else why
            why = why or refused
        why = why or self._refusal(first, unit, rules, is_working)
        return None, why or _patience_reason(unit)

    def _refusal(
        self, contact: Contact, unit: Mapping[str, Any], rules: Rules, is_working: IsWorking
    ) -> str | None:
        """Return what is against a contact on its day; None where it fits."""
        on, held_until = contact.on, unit["@held_until"]
        if held_until is not None and on <= held_until:
            return str(unit["@held_why"])
        for first, last in rules.policy.quiet:
            if first <= on <= last:
                return f"{on.isoformat()} is a quiet date"
        if on != unit["planned_on"] and not is_working(on, unit.get(PLACE)):
            return f"{on.isoformat()} is not a working day"
        same = self.contacts.get(contact)
        if same is not None:
            reached = f"{contact.what} reaches the customer on {on.isoformat()} already"
            return None if same.isdisjoint(unit["actions"]) else reached
        if unit["exempt"]:
            return None
        for cap in rules.policy.caps:
            full = cap_exceeded(on, self.in_order, cap)
            if full is not None:
                others = ", ".join(f"{other.what} on {other.on.isoformat()}" for other in full)
                return f"no more than {_cap_text(cap)}" + (f" ({others})" if full else "")
        return None


def _candidates(unit: Mapping[str, Any], run_on: dt.date, first: dt.date) -> Iterator[dt.date]:
    """Yield the days on which a contact may go out, earliest first; `first` is the first from the run's date on.

    A run that catches up leaves a promise for a day before the run where it is, if that day still fits.
    """
    promised = unit["contact_on"]
    if promised is not None and promised < run_on:
        yield promised
    on = first
    while on <= unit["@last"]:
        yield on
        on += ONE_DAY


def _patience_reason(unit: Mapping[str, Any]) -> str:
    return f"it could wait until {unit['@last'].isoformat()} only"


def _calendars(made: pl.DataFrame) -> dict[str, PersonCalendar]:
    calendars: dict[str, PersonCalendar] = {}
    for row in made.with_columns(_WHAT).iter_rows(named=True):
        calendar = calendars.setdefault(row[PERSON], PersonCalendar())
        contact = Contact(row["contact_on"], row["what"], row["cycle"], row[ACCOUNT_ID])
        calendar.add(contact, [row["action"]])
    return calendars


def _cap_text(cap: Cap) -> str:
    contacts = "1 contact" if cap.contacts == 1 else f"{cap.contacts} contacts"
    return f"{contacts} within {'1 day' if cap.days == 1 else f'{cap.days} days'}"


def cap_exceeded(on: dt.date, made: list[Contact], cap: Cap) -> list[Contact] | None:
    """Return the contacts of the first period of `cap.days` days containing `on` that is full; None if none is.

    Args:
        on: A date.
        made: Contacts, by date.
        cap: How many contacts are allowed in how many days.
    """
    rest = dt.timedelta(days=cap.days - 1)
    near = made[bisect_left(made, (on - rest,)) : bisect_left(made, (on + rest + ONE_DAY,))]
    if not cap.contacts:
        return [contact for contact in near if contact.on <= on]
    for index, earliest in enumerate(near[: len(near) - cap.contacts + 1]):
        first = max(on, near[index + cap.contacts - 1].on) - rest
        if first <= min(on, earliest.on):
            return [contact for contact in near if first <= contact.on <= first + rest]
    return None
