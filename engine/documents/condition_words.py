"""Conditions in plain words of a language, each for what it means and nothing else.

Takes expressions. Returns Markdown, with fields in italics by their titles, or plain text. Defined names and texts are
in the quotes of the language. The defined names that were used are noted, so that a page can say what they mean.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ..core.offsets import Offset
from ..fields.catalogue import Catalogue
from ..language.expressions import (
    OPPOSITES,
    Alias,
    And,
    Arithmetic,
    Call,
    Compare,
    Constant,
    Duration,
    EventCall,
    Expression,
    Field,
    In,
    IsMissing,
    Name,
    Not,
    Operator,
    Or,
)
from ..language.formatter import written_arguments
from ..language.traversal import fields_read, walk
from ..text.translations import shipped, translate
from .labels import field_title
from .localizer import Localizer
from .markdown import escape

SECTION = "describe"
"""The section of the catalogues with the sentences."""
_TESTS = (Alias, And, Compare, Constant, Field, In, IsMissing, Not, Or)
"""Parts of conditions that only test fields."""
_MOST_FIELDS = 3
"""Mentions of fields in the meaning of a name that is written out."""


@dataclass(frozen=True, slots=True)
class ConditionWords:
    """Writes conditions in a language.

    Attributes:
        language: The reader's language.
        catalogue: The fields, for their titles.
        plain: True for plain text without a list of words: a name for few tests of fields is written out.
        used: The defined names in what was written so far, with their expressions.
    """

    language: str
    catalogue: Catalogue
    plain: bool = False
    used: dict[str, Expression] = field(default_factory=dict)

    def __call__(self, e: Expression) -> str:
        """Return a condition or a value in words."""
        if isinstance(e, And | Or):
            return self._joined(e)
        if isinstance(e, Not):
            return self._negated(e.operand)
        if e.type == "boolean" and isinstance(e, Field | Alias | Name | Constant):
            return self._true(e)
        return self._value(e)

    def length(self, offset: Offset) -> str:
        """Return a length of time: `90 days`, `5 jours ouvrés`."""
        localizer = Localizer(self.language, SECTION)
        return localizer.count(offset.unit.replace(" ", "_"), abs(offset.count))

    def quoted(self, text: str) -> str:
        """Return a text in the quotes of the language."""
        return self._text("quoted", text=self._escaped(text))

    def word(self, name: str) -> str:
        """Return a defined name as it is shown: with spaces."""
        return self._escaped(name.replace("_", " "))

    def title(self, name: str) -> str:
        """Return a field by its title."""
        spec = self.catalogue.fields.get(name)
        title = self._escaped(field_title(spec, self.language) if spec else name)
        return title if self.plain else f"*{title}*"

    def _escaped(self, text: str) -> str:
        return text if self.plain else escape(text)

    def _joined(self, e: And | Or) -> str:
        if not e.operands:
            return self._text("true" if isinstance(e, And) else "false")
        operands = _known_once(self._flat(e)) if self.plain else list(e.operands)
        parts = [
            f"({self(each)})"
            if isinstance(each, And | Or) and len(each.operands) > 1
            else self(each)
            for each in operands
        ]
        return self._text("and" if isinstance(e, And) else "or").join(parts)

    def _flat(self, e: And | Or) -> list[Expression]:
        """Return the operands, with those of the same operator in place of themselves and of names for them."""
        found = []
        for each in e.operands:
            meant = each
            while isinstance(meant, Alias) and self._written_out(meant):
                meant = meant.expression
            found += self._flat(meant) if isinstance(meant, type(e)) else [meant]
        return found

    def _negated(self, e: Expression) -> str:
        if isinstance(e, In):
            return self._in(e, "not in")
        if isinstance(e, IsMissing):
            return self._text("known", left=self._value(e.operand))
        if isinstance(e, Alias):
            return self._alias(e, "no word")
        if isinstance(e, Field):
            return self._text("no", what=self._value(e))
        if isinstance(e, Not):
            return self(e.operand)
        if isinstance(e, Compare):
            # The same in all three outcomes: of an unknown value, neither is known.
            return self._compared(e, OPPOSITES[e.operator])
        if self.plain and isinstance(e, And):
            tested = _known_once(self._flat(e))
            # Of a field that is not known, it is not what it would be tested for either.
            if len(tested) == 1 and isinstance(tested[0], Field):
                yes = self.quoted(translate("values", "yes", self.language))
                return self._text("!=", left=self._value(tested[0]), right=yes)
        return self._text("not", what=f"({self(e)})")

    def _true(self, e: Field | Alias | Name | Constant) -> str:
        if isinstance(e, Alias):
            return self._alias(e, "word")
        if isinstance(e, Constant):
            return self._text("true" if e.value else "false")
        return self._text("yes", what=self._value(e))

    def _alias(self, e: Alias, key: str) -> str:
        if self._written_out(e):
            return self(e.expression) if key == "word" else self._negated(e.expression)
        self.used.setdefault(e.name, e.expression)
        return self._text(key, name=self.word(e.name))

    def _written_out(self, e: Alias) -> bool:
        """Return whether the meaning is written in place of the name."""
        # Not a defined name: a question about a level, which stands for its parts.
        if not e.name.isidentifier():
            return True
        nodes = list(walk(e.expression))
        fields = sum(isinstance(each, Field) for each in nodes)
        return self.plain and fields <= _MOST_FIELDS and all(isinstance(n, _TESTS) for n in nodes)

    def _value(self, e: Expression) -> str:
        if isinstance(e, Field):
            return self.title(e.name)
        if isinstance(e, Alias):
            if self._written_out(e):
                return self._value(e.expression)
            self.used.setdefault(e.name, e.expression)
            return self._text("quoted", text=self.word(e.name))
        if isinstance(e, Name):
            return translate(f"{SECTION}.names", e.name, self.language)
        if isinstance(e, Constant):
            return self._constant(e)
        if isinstance(e, Duration):
            return self.length(e.offset)
        if isinstance(e, Compare):
            return self._compared(e, e.operator)
        if isinstance(e, In):
            return self._in(e, "in")
        if isinstance(e, IsMissing):
            return self._text("missing", left=self._value(e.operand))
        if isinstance(e, Arithmetic):
            sides = (self._operand(e.left), self._operand(e.right))
            return self._text(e.operator, left=sides[0], right=sides[1])
        if isinstance(e, Call):
            return self._call(e)
        if isinstance(e, EventCall):
            return self._event(e)
        return f"({self(e)})"

    def _operand(self, e: Expression) -> str:
        return f"({self._value(e)})" if isinstance(e, Arithmetic) else self._value(e)

    def _constant(self, e: Constant) -> str:
        localizer = Localizer(self.language, SECTION)
        if isinstance(e.value, bool):
            return self.quoted(translate("values", "yes" if e.value else "no", self.language))
        if isinstance(e.value, str):
            return self.quoted(e.value)
        if isinstance(e.value, dt.date):
            return localizer.date(e.value)
        return localizer.number(Decimal(str(e.value)))

    def _compared(self, e: Compare, operator: Operator) -> str:
        dated = "date" in (e.left.type, e.right.type) and operator not in ("==", "!=")
        key = f"date {operator}" if dated else operator
        return self._text(key, left=self._value(e.left), right=self._value(e.right))

    def _in(self, e: In, key: str) -> str:
        options = ", ".join(self._constant(each) for each in e.options)
        return self._text(key, left=self._value(e.item), right=options)

    def _call(self, e: Call) -> str:
        arguments = [self(each) for each in written_arguments(e)]
        return self._function(e.function, arguments)

    def _function(self, name: str, arguments: Sequence[str]) -> str:
        text = shipped().section(f"{SECTION}.functions", self.language)[name]
        rest, every = ", ".join(arguments[1:]), ", ".join(arguments)
        return text.format(*arguments, list=every, rest=rest)

    def _event(self, e: EventCall) -> str:
        subject = e.table if e.column is None else f"{e.table}.{e.column}"
        section = f"{SECTION}.events"
        what = translate(section, e.function, self.language, subject=self.quoted(subject))
        if e.period is not None:
            length = self.length(e.period.offset)
            what = translate(section, "period", self.language, what=what, length=length)
        if e.where is not None:
            what = translate(section, "where", self.language, what=what, guard=self(e.where))
        return what

    def _text(self, key: str, **values: str) -> str:
        return translate(f"{SECTION}.conditions", key, self.language, **values)


def _known_once(operands: list[Expression]) -> list[Expression]:
    """Leave out that a field is known where another operand tests it: `auto_renew is not missing and auto_renew`."""
    return [
        each
        for each in operands
        if not (
            isinstance(each, Not)
            and isinstance(each.operand, IsMissing)
            and any(
                fields_read(each) <= fields_read(other) for other in operands if other is not each
            )
        )
    ]
