"""Contact plan of one account, for the reference executor: the counterpart of `contact_plan` and `plan_entries`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from ..calendar.working_days import PLACE
from ..core.ids import ACCOUNT_ID
from ..core.languages import choose_text
from ..core.offsets import ONE_DAY
from ..language.expressions import Row
from ..language.interpreter import evaluate_expression
from ..text.email_address import CONTACT_EMAIL, NOT_ONE_ADDRESS, is_address
from .contact_plan import Contact, PersonCalendar
from .hand_orders import NO_ORDERS, HandOrders
from .inputs import Day, Rules
from .plan_entries import OWNER_CHANGED, PLAN_NOTE
from .reference_promises import AccountEntry, playbook_date_of


class Verdict(NamedTuple):
    """The verdict on a contact.

    Attributes:
        day: The contact day; None where it cannot go out yet.
        why: The reason against an earlier day; None where nothing is any more.
        over: True where no later run can give it a day.
        unreachable: True where the customer must be reached another way.
    """

    day: dt.date | None
    why: str | None
    over: bool
    unreachable: bool


class _Waiting(NamedTuple):
    """A contact before the plan: its last day, and what stops it today."""

    entry: AccountEntry
    last: dt.date
    stop: str | None
    skip: str | None
    orders: HandOrders

    @property
    def held_until(self) -> dt.date | None:
        return self.orders.hold.until if self.orders.hold else None

    @property
    def hold(self) -> str | None:
        return self.skip or self.stop

    @property
    def unit(self) -> tuple[Any, ...]:
        names = ("playbook", "cycle", "step", "planned_on")
        return (*(self.entry[name] for name in names), self.last)


def plan_account(
    contacts: Sequence[AccountEntry],
    day: Day,
    row: Row,
    rules: Rules,
    orders: Mapping[str, HandOrders],
    made: Iterable[AccountEntry],
) -> Iterator[tuple[AccountEntry, Verdict]]:
    """Yield each contact with what becomes of it.

    Args:
        contacts: Actions that reach the customer and are not made yet.
        day: The date evaluated.
        row: The account's fields, and its states in all playbooks.
        rules: The contact policy and the working days.
        orders: By playbook, the moves by hand that count.
        made: The contacts that were made before.
    """
    waiting = [
        _Waiting(
            entry,
            last,
            _stopped(entry, row, rules),
            skip_of(orders.get(entry["playbook"], NO_ORDERS), entry["step"]),
            orders.get(entry["playbook"], NO_ORDERS),
        )
        for entry, last in _with_last_day(contacts)
    ]
    placed = _placed([each for each in waiting if each.hold is None], day, row, rules, made)
    for each in waiting:
        on, why = placed.get(each.unit, (None, None)) if each.hold is None else (None, each.hold)
        over = on is None and each.last <= day.run_on and each.held_until is None
        over = over or each.skip is not None
        unreachable = (over and each.skip is None) or (each.hold is not None and not each.skip)
        if over and each.last < each.entry["until"]:
            why = f"the next one is planned for {(each.last + ONE_DAY).isoformat()}"
        yield each.entry, Verdict(on, why, over, unreachable and each.held_until is None)


def skip_of(orders: HandOrders, step: str) -> str | None:
    """Return who says that a step is skipped, and why; None where it is not."""
    return orders.skips.get(step, orders.skips.get(None))


def _with_last_day(contacts: Sequence[AccountEntry]) -> Iterator[tuple[AccountEntry, dt.date]]:
    """Yield each contact with the last day of its patience, which the next one of the same action ends."""
    same = ("playbook", "cycle", "step", "action")
    in_order = sorted(
        contacts,
        key=lambda e: (
            *(e[name] for name in same),
            e["planned_on"],
            -e["late_days"],
            len(e["occurrence"]),
            e["occurrence"],
        ),
    )
    for at, entry in enumerate(in_order):
        following = in_order[at + 1] if at + 1 < len(in_order) else None
        last = entry["until"]
        if following is not None and all(following[name] == entry[name] for name in same):
            last = min(last, following["planned_on"] - ONE_DAY)
        yield entry, last


def _stopped(entry: AccountEntry, row: Row, rules: Rules) -> str | None:
    """Return what stops a contact today: a suppression, or an address that is missing or wrong."""
    for rule in rules.policy.suppress:
        if rule.kinds and entry["kind"] not in rule.kinds:
            continue
        if rule.priorities and entry["priority"] not in rule.priorities:
            continue
        if evaluate_expression(rule.when, row) is True:
            return choose_text(rule.reason, rules.language)
    if entry["kind"] != "email" or CONTACT_EMAIL not in row:
        return None
    address = row[CONTACT_EMAIL]
    if address is None:
        return f"`{CONTACT_EMAIL}` is missing"
    return None if is_address(str(address)) else NOT_ONE_ADDRESS


def _placed(
    contacts: Sequence[_Waiting], day: Day, row: Row, rules: Rules, made: Iterable[AccountEntry]
) -> dict[tuple[Any, ...], tuple[dt.date | None, str | None]]:
    """Return by contact its day, and what is against its planned one."""
    calendar = PersonCalendar()
    longest = max((cap.days for cap in rules.policy.caps), default=1)
    recently = day.on - dt.timedelta(days=longest)
    for entry in made:
        if entry["contact_on"] >= recently:
            calendar.add(_contact(entry, entry["contact_on"]), [entry["action"]])
    is_working = partial(rules.calendar.is_working, contact=True)
    units: dict[tuple[Any, ...], list[_Waiting]] = {}
    for each in contacts:
        units.setdefault(each.unit, []).append(each)
    ranks = {name: index for index, name in enumerate(rules.policy.priorities)}
    judged = sorted((_unit(unit, row, rules, ranks) for unit in units.values()), key=_order)
    return {unit["key"]: calendar.place(unit, day, rules, is_working) for unit in judged}


def _unit(
    parts: Sequence[_Waiting], row: Row, rules: Rules, ranks: Mapping[str, int]
) -> dict[str, Any]:
    """Return the actions of one step and day as one contact, as `PersonCalendar` places it."""
    first = parts[0].entry
    entries = [each.entry for each in parts]
    what = f"{first['playbook']}/{first['step']}"
    promised = [e["contact_on"] for e in entries if e["contact_on"] is not None]
    hold = parts[0].orders.hold
    return {
        "key": parts[0].unit,
        ACCOUNT_ID: first[ACCOUNT_ID],
        PLACE: rules.calendar.place(row.get("country"), row.get("region")),
        "what": what,
        "cycle": first["cycle"],
        "planned_on": first["planned_on"],
        "@last": parts[0].last,
        "exempt": what in rules.policy.exempt,
        "priority": min(ranks.get(e["priority"], len(ranks)) for e in entries),
        "late_days": min(e["late_days"] for e in entries),
        "rank": min(e["rank"] for e in entries),
        "contact_on": min(promised, default=None),
        "step": first["step"],
        "occurrence": min(e["occurrence"] for e in entries),
        "actions": {e["action"] for e in entries},
        "@held_until": hold.until if hold else None,
        "@held_why": hold.why if hold else None,
        "playbook": first["playbook"],
    }


def _order(unit: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        not unit["exempt"],
        unit["priority"],
        unit["planned_on"],
        unit["late_days"],
        unit["playbook"],
        unit["rank"],
        unit["contact_on"] or dt.date.max,
        unit["step"],
        unit["cycle"],
        unit["occurrence"],
        unit["@last"],
    )


def _contact(entry: AccountEntry, on: dt.date) -> Contact:
    what = f"{entry['playbook']}/{entry['step']}"
    return Contact(on, what, entry["cycle"], entry[ACCOUNT_ID])


def base_reason(entry: AccountEntry) -> str:
    """Return an entry's reason without the plan's note, and with a note if the owner changed."""
    reason = re.sub(PLAN_NOTE, "", entry["reason"])
    return reason.removesuffix(OWNER_CHANGED) + OWNER_CHANGED if entry["@reassigned"] else reason


def with_verdict(entry: AccountEntry, verdict: Verdict | None, day: Day) -> AccountEntry:
    """Return the entry that records what becomes of an action; without a verdict, only its owner changed."""
    new = entry | {
        "revision": entry["revision"] + (0 if entry["@new"] else 1),
        "issued_on": day.run_on,
        "evaluated_on": day.on,
        "reason": base_reason(entry),
    }
    if verdict is None:
        return new
    planned, placed = entry["planned_on"], verdict.day is not None
    on_time = verdict.day == planned
    moved = entry["@new"] or verdict.day != entry["contact_on"]
    note = re.search(PLAN_NOTE, entry["reason"])
    suffix = note[1] if note else ""
    if verdict.over:
        suffix = f"; withheld: {verdict.why}"
    elif moved and on_time and not entry["@new"]:
        suffix = "; no longer postponed"
    elif moved and not on_time and verdict.why is not None:
        suffix = f"; postponed from {planned.isoformat()}: {verdict.why}"
    new |= {
        "status": "issued" if placed else "withheld" if verdict.over else "postponed",
        "reason": new["reason"] + suffix,
        "due_on": verdict.day if placed and not on_time else playbook_date_of(entry),
        "contact_on": verdict.day,
    }
    return new | {"planned_on": None, "until": None} if verdict.over else new
