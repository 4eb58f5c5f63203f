"""Values of an account as text for a deck.

A deck is for the customer, so a missing value leaves no trace on a slide; it is listed for the owner.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...fields.catalogue import FieldSpec
from ...reports.locale_format import plain_text
from ...workspace.plan_file import PlanItem
from ..account_facts import AccountFacts
from ..document_context import field_value_text
from ..localizer import Localizer
from ..placeholders import Placeholder, Placeholders
from .slide_model import Block, Points

NOTHING = "–"
"""Shown in a table where a value is missing."""


@dataclass(frozen=True, slots=True)
class DeckContext:
    """An account's values by name, as documents have them; `placeholders` records the missing ones."""

    values: Mapping[str, Any]
    facts: AccountFacts
    fields: Mapping[str, FieldSpec]
    placeholders: Placeholders
    localizer: Localizer

    def text(self, value: Any) -> str:
        """Return a value as the deck shows it; a dash for a missing one, which is listed."""
        if isinstance(value, Placeholder):
            value.note()
            return NOTHING
        if isinstance(value, Decimal):
            return self.localizer.number(value)
        return plain_text(value, self.localizer.language)

    def field(self, name: str) -> str | None:
        """Return a field of the account with its unit; None, listed, where it is missing."""
        value = self.values[name]
        if isinstance(value, Placeholder):
            value.note()
            return None
        return field_value_text(
            value, self.fields[name], self.facts.values, self.localizer.language
        )

    def known(self, name: str) -> Decimal | None:
        """Return a number of the account; None where it is missing."""
        return exported_number(self.facts.values.get(name))

    def change(self, name: str) -> Decimal | None:
        """Return the change of a number since about a quarter before; None where either value is missing."""
        now, before = self.known(name), exported_number(self.facts.before.get(name))
        return None if now is None or before is None else now - before

    def signed(self, value: Decimal) -> str:
        """Return a number with its sign."""
        return f"{'+' if value > 0 else ''}{self.localizer.number(value)}"

    def items(self, name: str, part: str) -> list[PlanItem] | None:
        """Return a list of the success plan; None, listed, where the plan lacks it.

        Args:
            name: The list.
            part: A key that each item has.
        """
        items: list[PlanItem] = self.values[name]
        if items and isinstance(items[0][part], Placeholder):
            self.placeholders.of_plan(name, name).note()
            return None
        return items

    def texts(self, name: str) -> list[str] | None:
        """Return a list of texts of the success plan; None, listed, where the plan lacks it."""
        texts: list[Any] = self.values[name]
        if texts and isinstance(texts[0], Placeholder):
            texts[0].note()
            return None
        return texts

    def rows(self, items: Sequence[PlanItem], *parts: str) -> list[list[str]]:
        """Return these parts of each item, as a table's rows."""
        return [[self.text(each[part]) for part in parts] for each in items]

    def date(self, name: str) -> dt.date | None:
        """Return a date of the account; None where it is missing."""
        value = self.facts.values.get(name)
        return value if isinstance(value, dt.date) else None


def plan_list(
    items: list[PlanItem] | None, none: str, draw: Callable[[list[PlanItem]], Block]
) -> Block | None:
    """Return a block for a list of the success plan: drawn, or `none` where it is empty; None where it is missing."""
    if items is None:
        return None
    return draw(items) if items else Points([none])


def exported_number(value: Any) -> Decimal | None:
    """Return a number as the export has it; None for any other value."""
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(str(value)) if numeric else None
