"""Which dirt explains a difference between the ledgers of a clean year and of a messy one, by rule."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl

from support.dirt import DAY, Dirt

Entry = dict[str, Any]
COMPARED = ("status", "due_on", "contact_on", "owner")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
CONTACTS_MOVE = 14 * DAY
"""How far a contact moves because another one of the account did: the caps are of seven days, and patience is short."""


class Difference(NamedTuple):
    """An action as last revised, in the clean year and in the messy one; None where a year does not have it."""

    clean: Entry | None
    messy: Entry | None

    @property
    def either(self) -> Entry:
        """The action in one of the years."""
        found = self.clean or self.messy
        assert found is not None
        return found

    @property
    def days(self) -> list[dt.date]:
        """The dates of the action in both years."""
        entries = [entry for entry in self if entry]
        return [entry[name] for entry in entries for name in ("evaluated_on", "due_on")]

    @property
    def shift(self) -> dt.timedelta | None:
        """How much later the action is due in the messy year; None where it is only in one year."""
        if self.clean is None or self.messy is None:
            return None
        return self.messy["due_on"] - self.clean["due_on"]


def differences(clean: pl.DataFrame, messy: pl.DataFrame) -> list[Difference]:
    """The actions that are not the same in both ledgers, as last revised."""
    before, after = (
        {row["action_id"]: row for row in each.iter_rows(named=True)} for each in (clean, messy)
    )
    found = []
    for id in sorted(before.keys() | after.keys()):
        one, other = before.get(id), after.get(id)
        if one is None or other is None or any(one[name] != other[name] for name in COMPARED):
            found.append(Difference(one, other))
    return found


@dataclass(slots=True)
class Explainer:
    """The rules by which dirt explains differences."""

    dirt: Sequence[Dirt]

    def explain(self, found: Sequence[Difference]) -> Iterator[tuple[Difference, str | None]]:
        """Yield each difference with the kind of dirt that explains it; None where nothing does."""
        renamed = {id(each) for each in self._renamed(found)}
        why = [
            "a cycle opened on another day" if id(each) in renamed else self._directly(each)
            for each in found
        ]
        moved: dict[str, list[dt.date]] = {}
        for each, cause in zip(found, why, strict=True):
            if cause is not None:
                moved.setdefault(each.either["account_id"], []).extend(each.days)
        for each, cause in zip(found, why, strict=True):
            if cause is None and self._follows(each, moved.get(each.either["account_id"], [])):
                yield each, "a contact moved with another"
            else:
                yield each, cause

    def _directly(self, each: Difference) -> str | None:
        account = each.either["account_id"]
        if self._is_owner_alone(each):
            return "owner left"
        mine = next((dirt for dirt in self.dirt if dirt.account == account), None)
        if mine is not None and self._is_own(each, mine):
            return mine.kind
        if each.either["playbook"] == "vip" and each.shift != 0 * DAY:
            return "a rank over all accounts"
        return self._late(each)

    def _is_owner_alone(self, each: Difference) -> bool:
        """The action is the same but for the owner, who had left by its date."""
        if each.clean is None or each.messy is None:
            return False
        if any(each.clean[name] != each.messy[name] for name in COMPARED if name != "owner"):
            return False
        gone = next(dirt for dirt in self.dirt if dirt.kind == "owner left")
        return bool(each.clean["owner"] == gone.detail and max(each.days) >= gone.first)

    def _is_own(self, each: Difference, mine: Dirt) -> bool:
        """The account's own dirt explains it."""
        entry, day = each.messy or each.either, min(each.days)
        if mine.kind in ("wrong year", "exchanged"):
            return entry["step"] == "check_date" and entry["evaluated_on"] == mine.first
        if mine.kind == "merged":
            return max(each.days) >= mine.first and (
                each.messy is None or entry["status"] == "withdrawn"
            )
        if mine.kind == "opted out":
            return "opted out" in entry["reason"] or mine.first <= day <= mine.last + CONTACTS_MOVE
        if mine.kind in ("no anchor", "absent", "unreadable"):
            # It is found when the row is back: a review opens then, or later dates of the same one move.
            return mine.first <= max(each.days) and day <= mine.last + 35 * DAY
        if mine.kind == "blank":
            # Without its last review an account counts as never reviewed, until it is back.
            reaches = 75 * DAY if "reviews" in entry["playbook"] else CONTACTS_MOVE
            return mine.first <= max(each.days) and day <= mine.last + reaches
        return False

    def _outages(self, playbook: str) -> Iterator[Dirt]:
        for dirt in self.dirt:
            if dirt.kind in ("export down", "repeated") or (
                dirt.kind == "broken" and dirt.detail == playbook
            ):
                yield dirt

    def _late(self, each: Difference) -> str | None:
        """An outage made it late: what it is about was seen, or sent, on the first day after it."""
        for outage in self._outages(each.either["playbook"]):
            seen_late = outage.first <= each.either["evaluated_on"] <= outage.last + DAY
            if outage.kind == "export down" and seen_late:
                return "read from an old snapshot"
            days = [day for day in each.days if outage.first <= day <= outage.last + 2 * DAY]
            length = outage.last - outage.first + 2 * DAY
            if days and each.shift is not None and -length <= each.shift <= length:
                return outage.kind
        return None

    def _renamed(self, found: Sequence[Difference]) -> Iterator[Difference]:
        """Yield what another cycle did in one year: cycles are named by the day on which they open.

        The same steps are in both years, a few days apart, and dirt was the reason to open on another day.
        """
        alone: dict[tuple[Any, ...], list[Difference]] = {}
        for each in found:
            if each.shift is None:
                key = ("account_id", "playbook", "step", "action", "occurrence")
                alone.setdefault(tuple(each.either[name] for name in key), []).append(each)
        for group in alone.values():
            lost = sorted((e for e in group if e.messy is None), key=lambda e: e.days)
            extra = sorted((e for e in group if e.clean is None), key=lambda e: e.days)
            if len(lost) == len(extra) and all(map(self._is_pair, lost, extra)):
                yield from group

    def _is_pair(self, lost: Difference, extra: Difference) -> bool:
        """Both are the same step of cycles that opened within days of each other, about when there was dirt."""
        names = [each.either["cycle"][:10] for each in (lost, extra)]
        if not all(_ISO.fullmatch(name) for name in names):
            return False
        opened = [dt.date.fromisoformat(name) for name in names]
        apart = max(opened) - min(opened), abs(lost.either["due_on"] - extra.either["due_on"])
        dirty = [each for each in self.dirt if each.account == lost.either["account_id"]]
        dirty += self._outages(lost.either["playbook"])
        return max(apart) <= CONTACTS_MOVE and any(
            each.first <= max(opened) and min(opened) <= each.last + 2 * DAY for each in dirty
        )

    def _follows(self, each: Difference, moved: Sequence[dt.date]) -> bool:
        """A contact has another day, or none, since another contact of the account has."""
        if each.clean is None or each.messy is None:
            return False
        return any(abs(day - other) <= CONTACTS_MOVE for day in each.days for other in moved)
