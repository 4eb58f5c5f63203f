"""Values of an account as text for a deck; a missing value is a marker, which is then listed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...fields.catalogue import FieldSpec
from ...reports.locale_format import plain_text
from ..account_facts import AccountFacts
from ..document_context import field_value_text
from ..localizer import Localizer
from ..placeholders import Placeholder, Placeholders
from ..plan_file import PlanItem
from .slide_model import Block, Points


@dataclass(frozen=True, slots=True)
class DeckContext:
    """An account's values by name, as documents have them; `placeholders` records the markers that are shown."""

    values: Mapping[str, Any]
    facts: AccountFacts
    fields: Mapping[str, FieldSpec]
    placeholders: Placeholders
    localizer: Localizer

    def text(self, value: Any) -> str:
        """Return a value as the deck shows it."""
        if isinstance(value, Placeholder):
            return value.text
        if isinstance(value, Decimal):
            return self.localizer.number(value)
        return plain_text(value, self.localizer.language)

    def field(self, name: str) -> str:
        """Return a field of the account with its unit."""
        value = self.values[name]
        if isinstance(value, Placeholder):
            return value.text
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

    def items(self, name: str, part: str) -> list[PlanItem] | str:
        """Return a list of the success plan, or the marker of a list that the plan lacks.

        Args:
            name: The list.
            part: A key that each item has.
        """
        items: list[PlanItem] = self.values[name]
        missing = bool(items) and isinstance(items[0][part], Placeholder)
        return self.placeholders.of_plan(name, name).text if missing else items

    def texts(self, name: str) -> list[str] | str:
        """Return a list of texts of the success plan, or the marker of a list that the plan lacks."""
        texts: list[Any] = self.values[name]
        return texts[0].text if texts and isinstance(texts[0], Placeholder) else texts

    def rows(self, items: Sequence[PlanItem], *parts: str) -> list[list[str]]:
        """Return these parts of each item, as a table's rows."""
        return [[self.text(each[part]) for part in parts] for each in items]

    def date(self, name: str) -> dt.date | None:
        """Return a date of the account; None where it is missing."""
        value = self.facts.values.get(name)
        return value if isinstance(value, dt.date) else None


def plan_list(
    items: list[PlanItem] | str, none: str, draw: Callable[[list[PlanItem]], Block]
) -> Block:
    """Return a block for a list of the success plan: drawn, empty (`none`), or a marker where it is missing."""
    if isinstance(items, str):
        return Points([], unknown=[items])
    return draw(items) if items else Points([none])


def exported_number(value: Any) -> Decimal | None:
    """Return a number as the export has it; None for any other value."""
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(str(value)) if numeric else None


def missing_markers(context: DeckContext, names: Sequence[str]) -> list[str]:
    """Return the markers of those fields that are missing."""
    placeholders = (context.values[name] for name in names)
    return [
        placeholder.text for placeholder in placeholders if isinstance(placeholder, Placeholder)
    ]
