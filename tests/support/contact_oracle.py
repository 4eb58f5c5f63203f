"""The contact plan read again, slowly: one account, one contact and one day at a time, in plain Python.

Written from the design and the documentation, not from the engine, so that a change of either shows.

- A contact is what one step sends one account on one day, in one cycle. Actions of one step with the same planned day
  and the same last day move together.
- Its planned day is its due date, or the run's date where that is later. What is more days late than allowed is
  skipped. Its last day is so many days of patience later, or the day before the planned day of the next occurrence of
  the same action.
- An action of an account that is absent, one that a suppression stops (unknown is not true), and an email without a
  usable address cannot go out today.
- What is made is fixed. All else is judged together: exempt steps first, then the higher class, the earlier planned
  day, what is less late, playbook, place in the playbook (what was promised before goes first), the day promised, step,
  cycle and occurrence.
- A contact takes the first day that fits, from its planned day and the run's date on, up to its last day: no quiet
  day, no other day than the planned one that is not a working day, no day on which the same step sends the same
  action, and no day that would fill any stretch of a cap's days beyond the cap. Joining a contact of the same step
  costs no room. Exempt contacts pass every cap and count for it. A promise for a day before the run's date may stay.
- Caps count people: accounts with the same usable address, but for blanks around it and capitals, are one person.
- Without a day it waits, or is withheld where the run's date has reached its last day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

DAY = dt.timedelta(days=1)


class Contact(NamedTuple):
    """What reached a customer, and when."""

    account: str
    playbook: str
    cycle: str
    step: str
    action: str
    on: dt.date


@dataclass(frozen=True, slots=True)
class Draft:
    """An action: a new one, or one that an earlier run promised or postponed (`before`)."""

    account: str
    playbook: str
    step: str
    due: dt.date
    action: str = "email"
    kind: str = "email"
    priority: str = "other"
    cycle: str = "1"
    occurrence: str = "1"
    rank: int = 0
    within: int | None = None
    """Days that it may be late; None is without limit."""
    patience: int = 0
    """Days that it may wait."""
    customer: bool = True
    before: bool = False
    planned: dt.date | None = None
    """The planned day of one of before."""
    promised: dt.date | None = None
    """The contact day of one of before; None where it waits."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """A stop for accounts, of kinds and classes; none is all."""

    holds: Callable[[Mapping[str, Any]], bool | None]
    kinds: tuple[str, ...]
    priorities: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The workspace's contact policy; a cap is a number of contacts and a number of days."""

    caps: tuple[tuple[int, int], ...] = ()
    priorities: tuple[str, ...] = ("other",)
    exempt: tuple[str, ...] = ()
    suppress: tuple[Suppression, ...] = ()
    quiet: tuple[tuple[dt.date, dt.date], ...] = ()


class Verdict(NamedTuple):
    """What becomes of an action; the reason is what is added to the action's own."""

    status: str
    on: dt.date | None
    due: dt.date
    late: int
    reason: str


UNCHANGED = Verdict("unchanged", None, dt.date.min, 0, "")
"""Of an action of before whose plan is as it was: no entry."""


@dataclass(slots=True)
class _Unit:
    """The actions of one contact, by their places among the drafts."""

    places: list[int]
    planned: dt.date
    last: dt.date
    turn: tuple[Any, ...]


def decide(
    drafts: Sequence[Draft],
    made: Iterable[Contact],
    accounts: Mapping[str, Mapping[str, Any] | None],
    policy: Policy,
    run_on: dt.date,
) -> list[Verdict]:
    """Return a verdict for each draft; an account that is None is absent."""
    verdicts: list[Verdict | None] = [_lateness(draft, run_on) for draft in drafts]
    places = [n for n, verdict in enumerate(verdicts) if verdict is None]
    lasts = {n: _last_day(drafts[n], [drafts[m] for m in places], run_on) for n in places}
    held = {n: _hold(drafts[n], accounts[drafts[n].account], policy) for n in places}
    calendar = list(made)
    placed: dict[int, tuple[dt.date | None, str | None]] = {}
    people = {id: _person(id, accounts) for id in accounts}
    for unit in _units(drafts, [n for n in places if held[n] is None], lasts, policy, run_on):
        on, why = _first_fit(
            unit, [drafts[n] for n in unit.places], calendar, people, policy, run_on
        )
        for n in unit.places:
            placed[n] = on, why
            if on is not None:
                calendar.append(_contact(drafts[n], on))
    for n in places:
        on, why = placed.get(n, (None, held[n]))
        verdicts[n] = _verdict(drafts[n], on, why, lasts[n], run_on)
    return [verdict for verdict in verdicts if verdict is not None]


def _person(id: str, accounts: Mapping[str, Mapping[str, Any] | None]) -> str:
    """Return the address of an account, if it can be one, else its id."""
    address = str((accounts[id] or {}).get("contact_email") or "").strip().lower()
    usable = address.count("@") == 1 and not address.startswith("@") and " " not in address
    return address if usable else id


def planned_day(draft: Draft, run_on: dt.date) -> dt.date:
    """Return the day on which it would go out without the policy."""
    return draft.planned or max(draft.due, run_on)


def _late(draft: Draft, run_on: dt.date) -> int:
    return (planned_day(draft, run_on) - draft.due).days


def _lateness(draft: Draft, run_on: dt.date) -> Verdict | None:
    """Return the verdict on what is too late or reaches nobody; None for a contact to plan."""
    if draft.before:
        return None
    late = _late(draft, run_on)
    if draft.within is not None and late > draft.within:
        skipped = f"; skipped: {_days_late(late)}, more than {draft.within} allowed"
        return Verdict("skipped", None, draft.due, late, skipped)
    if draft.customer:
        return None
    return Verdict("issued", None, draft.due, late, _late_note(draft, run_on))


def _days_late(late: int) -> str:
    return f"{late} day late" if late == 1 else f"{late} days late"


def _late_note(draft: Draft, run_on: dt.date) -> str:
    late = _late(draft, run_on)
    return f"; {_days_late(late)}" if late and not draft.before else ""


def _last_day(draft: Draft, all_drafts: Sequence[Draft], run_on: dt.date) -> dt.date:
    def order(each: Draft) -> tuple[Any, ...]:
        occurrence = (len(each.occurrence), each.occurrence)
        return (planned_day(each, run_on), -_late(each, run_on), *occurrence)

    same = [
        each
        for each in all_drafts
        if (each.account, each.playbook, each.cycle, each.step, each.action)
        == (draft.account, draft.playbook, draft.cycle, draft.step, draft.action)
    ]
    later = [planned_day(each, run_on) for each in same if order(each) > order(draft)]
    patient = planned_day(draft, run_on) + draft.patience * DAY
    return min([patient, *(on - DAY for on in later)])


def _hold(draft: Draft, account: Mapping[str, Any] | None, policy: Policy) -> str | None:
    if account is None:
        return "the account is not in the snapshot of 2026-03-02"
    for rule in policy.suppress:
        meant = not rule.kinds or draft.kind in rule.kinds
        meant = meant and (not rule.priorities or draft.priority in rule.priorities)
        if meant and rule.holds(account) is True:
            return rule.reason
    if draft.kind == "email" and "contact_email" in account:
        address = account["contact_email"]
        if address is None:
            return "`contact_email` is missing"
        if address.count("@") != 1 or address.startswith("@") or " " in address:
            return "`contact_email` is not one email address"
    return None


def _contact(draft: Draft, on: dt.date) -> Contact:
    return Contact(draft.account, draft.playbook, draft.cycle, draft.step, draft.action, on)


def _units(
    drafts: Sequence[Draft],
    places: Sequence[int],
    lasts: Mapping[int, dt.date],
    policy: Policy,
    run_on: dt.date,
) -> list[_Unit]:
    together: dict[tuple[Any, ...], list[int]] = {}
    for n in places:
        draft = drafts[n]
        key = (draft.account, draft.playbook, draft.cycle, draft.step)
        together.setdefault((*key, planned_day(draft, run_on), lasts[n]), []).append(n)
    units = []
    for key, members in together.items():
        mine = [drafts[n] for n in members]
        units.append(_Unit(members, key[4], key[5], _turn(mine, key[4], key[5], policy, run_on)))
    return sorted(units, key=lambda unit: unit.turn)


def _turn(
    mine: Sequence[Draft], planned: dt.date, last: dt.date, policy: Policy, run_on: dt.date
) -> tuple[Any, ...]:
    first = mine[0]
    classes = [
        policy.priorities.index(draft.priority) if draft.priority in policy.priorities else 99
        for draft in mine
    ]
    return (
        f"{first.playbook}/{first.step}" not in policy.exempt,
        min(classes),
        planned,
        min(_late(draft, run_on) for draft in mine),
        first.playbook,
        min(-1 if draft.before else draft.rank for draft in mine),
        min((draft.promised for draft in mine if draft.promised), default=dt.date.max),
        first.step,
        first.cycle,
        min(draft.occurrence for draft in mine),
        last,
        first.account,
    )


def _first_fit(
    unit: _Unit,
    mine: Sequence[Draft],
    calendar: Sequence[Contact],
    people: Mapping[str, str],
    policy: Policy,
    run_on: dt.date,
) -> tuple[dt.date | None, str | None]:
    promised = min((draft.promised for draft in mine if draft.promised), default=None)
    start = max(unit.planned, run_on)
    days = [promised] if promised is not None and promised < run_on else []
    days += [start + n * DAY for n in range((unit.last - start).days + 1)]
    against = [_against(on, unit, mine, calendar, people, policy) for on in days]
    for on, why in zip(days, against, strict=True):
        if why is None:
            return on, None if on == unit.planned else next(
                filter(None, against[: days.index(on)]), None
            )
    reason = next(filter(None, against), None) or _against(
        start, unit, mine, calendar, people, policy
    )
    return None, reason or f"it could wait until {unit.last} only"


def _against(
    on: dt.date,
    unit: _Unit,
    mine: Sequence[Draft],
    calendar: Sequence[Contact],
    people: Mapping[str, str],
    policy: Policy,
) -> str | None:
    if is_quiet(on, policy):
        return f"{on} is a quiet date"
    if on != unit.planned and on.weekday() > 4:
        return f"{on} is not a working day"
    first, name = mine[0], f"{mine[0].playbook}/{mine[0].step}"
    made = [each for each in calendar if people[each.account] == people[first.account]]
    same = [
        each
        for each in made
        if (each.account, each.playbook, each.step, each.cycle, each.on)
        == (first.account, first.playbook, first.step, first.cycle, on)
    ]
    if {each.action for each in same} & {draft.action for draft in mine}:
        return f"{name} reaches the customer on {on} already"
    if same or name in policy.exempt:
        return None
    reached = sorted({(c.on, f"{c.playbook}/{c.step}", c.cycle, c.account) for c in made})
    for number, days in policy.caps:
        for stretch in _stretches(on, days):
            inside = [other for other in reached if other[0] in stretch]
            if len(inside) + 1 > number:
                others = ", ".join(f"{what} on {day}" for day, what, *_ in inside)
                return f"no more than {_cap(number, days)}" + (f" ({others})" if others else "")
    return None


def is_quiet(on: dt.date, policy: Policy) -> bool:
    """Return whether a day lies in a quiet stretch."""
    return any(first <= on <= last for first, last in policy.quiet)


def _verdict(
    draft: Draft, on: dt.date | None, why: str | None, last: dt.date, run_on: dt.date
) -> Verdict:
    planned, late = planned_day(draft, run_on), _late(draft, run_on)
    note = _late_note(draft, run_on)
    over = on is None and run_on >= last
    if draft.before and on == draft.promised and not over:
        return UNCHANGED
    if over:
        next_comes = last < planned + draft.patience * DAY
        reason = f"the next one is planned for {last + DAY}" if next_comes else why
        return Verdict("withheld", None, draft.due, late, f"{note}; withheld: {reason}")
    status = "postponed" if on is None else "issued"
    if on == planned:
        return Verdict(
            status, on, draft.due, late, "; no longer postponed" if draft.before else note
        )
    due = draft.due if on is None else on
    return Verdict(status, on, due, late, f"{note}; postponed from {planned}: {why or AS_BEFORE}")


AS_BEFORE = "as before"
"""The reason in the note that an action of before has already."""


def _stretches(on: dt.date, days: int) -> list[list[dt.date]]:
    """Every stretch of so many days that has the date in it, the earliest first."""
    first = [on - n * DAY for n in range(days)]
    return [[start + n * DAY for n in range(days)] for start in sorted(first)]


def _cap(number: int, days: int) -> str:
    contacts = "contact" if number == 1 else "contacts"
    return f"{number} {contacts} within {days} {'day' if days == 1 else 'days'}"


def shifted(day: dt.date, shift: str, quiet: Sequence[tuple[dt.date, dt.date]]) -> dt.date:
    """Return the nearest day in that direction that is no weekend and not quiet; without holidays."""
    while shift != "none" and (
        day.weekday() > 4 or any(first <= day <= last for first, last in quiet)
    ):
        day += DAY if shift == "later" else -DAY
    return day
