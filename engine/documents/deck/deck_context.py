"""What a deck says of an account, value by value: words where it is known, else a marker that is then listed."""

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
    """An account's values by name, as documents have them; `gaps` gathers what is shown as missing."""

    values: Mapping[str, Any]
    facts: AccountFacts
    fields: Mapping[str, FieldSpec]
    gaps: Placeholders
    voice: Localizer

    def text(self, value: Any) -> str:
        """A value as the deck shows it."""
        if isinstance(value, Placeholder):
            return value.text
        if isinstance(value, Decimal):
            return self.voice.number(value)
        return plain_text(value, self.voice.language)

    def field(self, name: str) -> str:
        """A field of the account, with its unit."""
        value = self.values[name]
        if isinstance(value, Placeholder):
            return value.text
        return field_value_text(value, self.fields[name], self.facts.values, self.voice.language)

    def known(self, name: str) -> Decimal | None:
        """A number of the account; None where it is missing."""
        return exported_number(self.facts.values.get(name))

    def change(self, name: str) -> Decimal | None:
        """By how much a number differs from that of about a quarter before; None where one is missing."""
        now, before = self.known(name), exported_number(self.facts.before.get(name))
        return None if now is None or before is None else now - before

    def signed(self, value: Decimal) -> str:
        """A number with its sign."""
        return f"{'+' if value > 0 else ''}{self.voice.number(value)}"

    def items(self, name: str, part: str) -> list[PlanItem] | str:
        """A list of the success plan, or the marker of one that it does not speak of; `part` is what each item has."""
        found: list[PlanItem] = self.values[name]
        absent = bool(found) and isinstance(found[0][part], Placeholder)
        return self.gaps.of_plan(name, name).text if absent else found

    def texts(self, name: str) -> list[str] | str:
        """A list of texts, in the same way."""
        found: list[Any] = self.values[name]
        return found[0].text if found and isinstance(found[0], Placeholder) else found

    def rows(self, items: Sequence[PlanItem], *parts: str) -> list[list[str]]:
        """These parts of each item, as a table's rows."""
        return [[self.text(each[part]) for part in parts] for each in items]

    def date(self, name: str) -> dt.date | None:
        """A date of the account; None where it is missing."""
        value = self.facts.values.get(name)
        return value if isinstance(value, dt.date) else None


def plan_list(
    found: list[PlanItem] | str, none: str, draw: Callable[[list[PlanItem]], Block]
) -> Block:
    """A list of the success plan: drawn where it has items; else that it has none, or that it is not known."""
    if isinstance(found, str):
        return Points([], unknown=[found])
    return draw(found) if found else Points([none])


def exported_number(value: Any) -> Decimal | None:
    """As the export writes it."""
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(str(value)) if known else None


def missing_markers(told: DeckContext, names: Sequence[str]) -> list[str]:
    """The markers of those fields that are missing."""
    gaps = (told.values[name] for name in names)
    return [gap.text for gap in gaps if isinstance(gap, Placeholder)]
