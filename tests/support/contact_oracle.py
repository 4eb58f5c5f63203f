"""The contact policy read again, slowly: one account and one contact at a time, in plain Python.

Written from the design and the documentation, not from the engine, so that a change of either shows.

- A contact is what one step sends one account on one day, for one occurrence in one cycle.
- It reaches the customer on its due date, or on the run's date where that is later. What is more days late than
  allowed is skipped.
- A suppression withholds contacts of its kinds and classes while its condition is true; unknown is not true.
- Contacts made or promised count, but for those that this date takes back.
- Of the new ones, exempt steps come first, then the higher class, the earlier date, what is less late, and then
  playbook, place in the playbook, step, cycle and occurrence.
- No step says the same thing twice on one day in one cycle.
- No stretch of a cap's days holds more than the cap's contacts. Exempt contacts pass every cap and count for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

DAY = dt.timedelta(days=1)


class Contact(NamedTuple):
    """What reaches a customer, and when."""

    account: str
    playbook: str
    cycle: str
    step: str
    occurrence: str
    on: dt.date


@dataclass(frozen=True, slots=True)
class Draft:
    """A new action."""

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
    customer: bool = True


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
    """What becomes of a draft; the reason is what is added to the draft's own."""

    status: str
    on: dt.date | None
    late: int
    reason: str


def decide(
    drafts: Sequence[Draft],
    made: Iterable[Contact],
    taken_back: Iterable[Contact],
    accounts: Mapping[str, Mapping[str, Any]],
    policy: Policy,
    run_on: dt.date,
) -> list[Verdict]:
    """Return a verdict for each draft. `taken_back` are contacts with the date on which they were due."""
    gone = {*taken_back, *(each._replace(on=max(each.on, run_on)) for each in taken_back)}
    calendar = sorted(set(made) - gone, key=lambda each: (each.on, *each))
    verdicts = [_before_caps(draft, accounts[draft.account], policy, run_on) for draft in drafts]
    reaching = {
        place: _contact(drafts[place], verdict.on)
        for place, verdict in enumerate(verdicts)
        if verdict.on is not None
    }
    together: dict[Contact, list[int]] = {}
    for place, contact in reaching.items():
        together.setdefault(contact, []).append(place)
    queue = sorted(
        together,
        key=lambda contact: _turn(
            contact,
            [drafts[n] for n in together[contact]],
            [verdicts[n].late for n in together[contact]],
            policy,
        ),
    )
    for contact in queue:
        mine = [each for each in calendar if each.account == contact.account]
        why = _refused(contact, mine, policy)
        if why is None:
            calendar += [] if contact in calendar else [contact]
            continue
        for place in together[contact]:
            verdicts[place] = _held(verdicts[place], why)
    return verdicts


def _before_caps(
    draft: Draft, account: Mapping[str, Any], policy: Policy, run_on: dt.date
) -> Verdict:
    late = max((run_on - draft.due).days, 0)
    days = f"{late} day late" if late == 1 else f"{late} days late"
    if draft.within is not None and late > draft.within:
        skipped = f"; skipped: {days}, more than {draft.within} allowed"
        return Verdict("skipped", None, late, skipped)
    on = max(draft.due, run_on) if draft.customer else None
    verdict = Verdict("issued", on, late, f"; {days}" if late else "")
    for rule in policy.suppress:
        meant = not rule.kinds or draft.kind in rule.kinds
        meant = meant and (not rule.priorities or draft.priority in rule.priorities)
        if on is not None and meant and rule.holds(account) is True:
            return _held(verdict, f"held back: {rule.reason}")
    return verdict


def _held(verdict: Verdict, why: str) -> Verdict:
    return Verdict("withheld", None, verdict.late, f"{verdict.reason}; {why}")


def _contact(draft: Draft, on: dt.date) -> Contact:
    return Contact(draft.account, draft.playbook, draft.cycle, draft.step, draft.occurrence, on)


def _turn(
    contact: Contact, drafts: Sequence[Draft], late: Sequence[int], policy: Policy
) -> tuple[Any, ...]:
    exempt = f"{contact.playbook}/{contact.step}" in policy.exempt
    classes = [
        policy.priorities.index(draft.priority) if draft.priority in policy.priorities else 99
        for draft in drafts
    ]
    return (
        0 if exempt else 1,
        min(classes),
        contact.on,
        min(late),
        contact.playbook,
        min(draft.rank for draft in drafts),
        contact.step,
        contact.cycle,
        contact.occurrence,
    )


def _refused(contact: Contact, made: Sequence[Contact], policy: Policy) -> str | None:
    if contact in made:
        return None
    name = f"{contact.playbook}/{contact.step}"
    for other in made:
        if other == contact._replace(occurrence=other.occurrence):
            return f"held back: {name} reaches the customer on {contact.on} already"
    if name in policy.exempt:
        return None
    for number, days in policy.caps:
        for stretch in _stretches(contact.on, days):
            inside = [other for other in made if other.on in stretch]
            if len(inside) + 1 > number:
                others = f" ({_listed(inside)})" if inside else ""
                return f"held back: no more than {_cap(number, days)}{others}"
    return None


def _stretches(on: dt.date, days: int) -> list[list[dt.date]]:
    """Every stretch of so many days that has the date in it, the earliest first."""
    first = [on - n * DAY for n in range(days)]
    return [[start + n * DAY for n in range(days)] for start in sorted(first)]


def _cap(number: int, days: int) -> str:
    contacts = "contact" if number == 1 else "contacts"
    return f"{number} {contacts} within {days} {'day' if days == 1 else 'days'}"


def _listed(contacts: Sequence[Contact]) -> str:
    return ", ".join(f"{each.playbook}/{each.step} on {each.on}" for each in contacts)


def shifted(day: dt.date, shift: str, quiet: Sequence[tuple[dt.date, dt.date]]) -> dt.date:
    """Return the nearest day in that direction that is no weekend and not quiet; without holidays."""
    while shift != "none" and (
        day.weekday() > 4 or any(first <= day <= last for first, last in quiet)
    ):
        day += DAY if shift == "later" else -DAY
    return day
