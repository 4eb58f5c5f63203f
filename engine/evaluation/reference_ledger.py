"""Ledger of one account, for the reference executor: the counterpart of `finalize`.

Takes the drafts of a date and gives ledger entries: identity, lateness, contact plan. Everything that one account
decides is as in a run. Decisions of other accounts are left out: shared addresses, capacities, mergers.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..core.ids import ACCOUNT_ID
from ..language.expressions import Row
from ..playbook.model import Playbook
from ..text.translations import translate
from .hand_orders import HandOrders
from .inputs import CHECK_STEP, Day, Rules
from .must_reach import OTHER_WAY
from .owners import ActionKey, roles_by_action
from .reference_plan import base_reason, plan_account, skip_of, with_verdict
from .reference_promises import AccountEntry, entry_key, still_to_come
from .unmet_needs import ContactNeeds, needs_by_action, unmet_need


class PlaybookFacts(NamedTuple):
    """The part of the playbooks that the ledger reads: who may own each action, and which contacts actions need."""

    owners: Mapping[ActionKey, tuple[str, ...]]
    needs: ContactNeeds


def playbook_facts(playbooks: Sequence[Playbook]) -> PlaybookFacts:
    """Return what the ledger reads of these playbooks."""
    return PlaybookFacts(roles_by_action(playbooks), needs_by_action(playbooks))


@dataclass(slots=True)
class AccountLedger:
    """All actions of one account; `latest` has each as last revised, by its key."""

    rules: Rules
    facts: PlaybookFacts
    latest: dict[tuple[str, ...], AccountEntry] = field(default_factory=dict)

    def pending(self, day: Day) -> list[AccountEntry]:
        """Return the actions that have not gone out before the date."""
        return still_to_come(self.latest.values(), day)

    def commit(
        self,
        day: Day,
        row: Row,
        drafts: Sequence[Mapping[str, Any]],
        changes: Sequence[AccountEntry],
        orders: Mapping[str, HandOrders],
        held: Collection[str],
    ) -> list[AccountEntry]:
        """Add the entries of a date, and return them.

        Args:
            day: The date evaluated.
            row: The account's fields, and its states in all playbooks.
            drafts: Actions, with the columns of DRAFT_SCHEMA.
            changes: Entries that supersede or withdraw.
            orders: By playbook, the moves by hand that count.
            held: The playbooks in which the account's date is doubted: what waits in them gets no day.
        """
        pending = self.pending(day)
        if not (drafts or changes or pending):
            return []
        pending = [e for e in pending if e["status"] != "postponed" or e["playbook"] not in held]
        entries = [_late(entry, day) for entry in self._new(drafts)]
        entries = [_skipped_by_hand(entry, orders) for entry in entries]
        newer = {entry_key(entry) for entry in (*entries, *changes)}
        pending = [self._reread(e, row) for e in pending if entry_key(e) not in newer]
        planned = self._planned(entries, pending, day, row, orders)
        while unmet := self._unmet(entries, planned):
            entries = [_skipped(e, unmet.get(entry_key(e))) for e in entries]
            planned = self._planned(entries, pending, day, row, orders)
        committed = [*planned, *changes]
        for entry in sorted(committed, key=lambda entry: entry["revision"]):
            self.latest[entry_key(entry)] = entry
        return committed

    def _new(self, drafts: Sequence[Mapping[str, Any]]) -> list[AccountEntry]:
        """Return the drafts that the ledger lacks, or lacks for a date that was wrong; one check of each date."""
        found: dict[tuple[str, ...], AccountEntry] = {}
        checks: set[str] = {key[-1] for key in self.latest if key[2] == CHECK_STEP}
        for draft in sorted(drafts, key=lambda draft: str(draft["playbook"])):
            entry = dict(draft)
            if entry["step"] == CHECK_STEP:
                if entry["occurrence"] in checks:
                    continue
                checks.add(entry["occurrence"])
            last = self.latest.get(entry_key(entry))
            if entry["revision"] == 1 and last is not None:
                wrong = last["status"] in ("skipped", "withheld", "postponed")
                wrong = wrong and last["anchor"] != entry["anchor"]
                if last["status"] != "withdrawn" and not wrong:
                    continue
                entry["revision"] = last["revision"] + 1
            found[entry_key(entry)] = entry
        return [*found.values()]

    def _reread(self, entry: AccountEntry, row: Row) -> AccountEntry:
        """Return an entry with its present owner, and `@reassigned`, true where that changed."""
        preferred = self.facts.owners.get((entry["playbook"], entry["step"], entry["action"]))
        role = self.rules.roles.get(entry["owner_role"])
        holder = None if role is None else role.holder(row)
        if preferred == () or role is None or holder == entry["owner"]:
            return entry | {"@reassigned": False}
        ids = preferred or (entry["owner_role"],)
        for id in ids:
            owner = self.rules.roles[id].holder(row)
            if owner is not None:
                return entry | {"owner_role": id, "owner": owner, "@reassigned": True}
        return entry | {"owner_role": ids[0], "owner": None, "@reassigned": True}

    def _planned(
        self,
        entries: Sequence[AccountEntry],
        pending: Sequence[AccountEntry],
        day: Day,
        row: Row,
        orders: Mapping[str, HandOrders],
    ) -> list[AccountEntry]:
        """Return the new entries as planned, the revisions of pending ones, and tasks for what cannot go out."""
        new = [e | {"@reassigned": False, "@new": True} for e in entries]
        before = [e | {"rank": -1, "@new": False} for e in pending]
        contacts = [e for e in (*new, *before) if e["planned_on"] is not None]
        judged = plan_account(contacts, day, row, self.rules, orders, self._made(day))
        planned = [e for e in new if e["planned_on"] is None]
        tasks = (e for e in before if e["planned_on"] is None and e["@reassigned"])
        planned += [with_verdict(entry, None, day) for entry in tasks]
        for entry, verdict in judged:
            moved = entry["@new"] or verdict.day != entry["contact_on"]
            if moved or verdict.over or entry["@reassigned"]:
                planned.append(with_verdict(entry, verdict, day))
            if verdict.unreachable:
                task = _other_way(entry, verdict.why, day, self.rules.language)
                if task is not None and entry_key(task) not in self.latest:
                    planned.append(task)
        return [_plain(entry) for entry in planned]

    def _made(self, day: Day) -> list[AccountEntry]:
        """Return the contacts that were made before the date."""
        return [
            entry
            for entry in self.latest.values()
            if entry["status"] == "issued"
            and entry["contact_on"] is not None
            and entry["contact_on"] <= day.done_until
        ]

    def _unmet(
        self, entries: Sequence[AccountEntry], planned: Sequence[AccountEntry]
    ) -> dict[tuple[str, ...], str]:
        """Return by key of an entry why the contact that it needs did not go out."""
        hanging = [
            entry
            for entry in entries
            if entry["status"] == "issued"
            and (entry["playbook"], entry["step"], entry["action"]) in self.facts.needs
        ]
        if not hanging:
            return {}
        present = {**self.latest, **{entry_key(entry): entry for entry in planned}}
        order = sorted(
            present.values(),
            key=lambda e: (e["evaluated_on"], len(e["occurrence"]), e["occurrence"]),
        )
        statuses = {
            (e[ACCOUNT_ID], e["playbook"], e["cycle"], e["step"], e["action"]): e["status"]
            for e in order
        }
        unmet = ((entry, unmet_need(entry, self.facts.needs, statuses)) for entry in hanging)
        return {entry_key(entry): why for entry, why in unmet if why is not None}


def _late(entry: AccountEntry, day: Day) -> AccountEntry:
    """Return an entry with its lateness, status and reason, and the days between which the plan places it."""
    late = max((day.run_on - entry["due_on"]).days, 0)
    too_late = entry["within"] is not None and late > entry["within"]
    reason = entry["reason"]
    days = f"{late} day{'' if late == 1 else 's'} late"
    if too_late:
        reason += f"; skipped: {days}, more than {entry['within']} allowed"
    elif late:
        reason += f"; {days}"
    held_out = not too_late and entry["held_out"] is not None
    if held_out:
        reason += f"; held out: {entry['held_out']}"
    goes_out = not too_late and not held_out
    out = max(entry["due_on"], day.run_on)
    return entry | {
        "late_days": late,
        "status": "skipped" if too_late else "held_out" if held_out else "issued",
        "reason": reason,
        "planned_on": out if entry["customer"] and goes_out else None,
        "until": out + dt.timedelta(days=entry["patience"]) if goes_out else None,
        "contact_on": None,
        "issued_on": day.run_on,
        "evaluated_on": day.on,
    }


def _skipped_by_hand(entry: AccountEntry, orders: Mapping[str, HandOrders]) -> AccountEntry:
    order = orders.get(entry["playbook"])
    if order is None or entry["status"] != "issued":
        return entry
    return _skipped(entry, skip_of(order, entry["step"]))


def _skipped(entry: AccountEntry, why: str | None) -> AccountEntry:
    if why is None:
        return entry
    reason = f"{entry['reason']}; skipped: {why}"
    return entry | {"status": "skipped", "reason": reason, "planned_on": None, "until": None}


def _other_way(
    entry: AccountEntry, why: str | None, day: Day, language: str
) -> AccountEntry | None:
    """Return the task to tell the customer another way, for a contact that must reach and cannot go out."""
    if not json.loads(entry["detail"]).get("must_reach"):
        return None
    base = base_reason(entry)
    return entry | {
        "action": entry["action"] + OTHER_WAY,
        "kind": "task",
        "title": translate("actions", "other_way", language, title=entry["title"]),
        "status": "issued",
        "reason": f"{base}; cannot go out: {why}",
        "revision": 1,
        "late_days": 0,
        "due_on": day.run_on,
        "issued_on": day.run_on,
        "evaluated_on": day.on,
        "detail": "{}",
        **dict.fromkeys(("message", "contact_on", "planned_on", "until")),
    }


def _plain(entry: AccountEntry) -> AccountEntry:
    """Return an entry without the marks of its planning."""
    return {name: value for name, value in entry.items() if not name.startswith("@")}
