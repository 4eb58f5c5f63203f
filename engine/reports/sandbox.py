"""Renders a message's template over plain values, in a sandbox that leaves it nothing else to do.

In: a template that passed its check, values by name, a language; out: text, or a `MessageError`.
A missing value may be tested (`{% if champion %}`) or given a default, never printed or compared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NoReturn

from jinja2 import Template, TemplateError, Undefined, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext

from .bounded import BUDGET, LONGEST, BoundedSandbox, Budget, budget_of
from .locale_format import (
    date_text,
    localized_number,
    money_text,
    percent_text,
    plain_text,
    quarter_text,
)

LANGUAGE_KEY = "@language"
"""The context's key for the language: no template can spell it."""

PlainValue = str | int | float | Decimal | bool | dt.date
TemplateItem = dict[str, Any]
"""An item of a list that has parts: a link, a part of an agenda."""


class MessageError(Exception):
    """Why a message cannot be rendered for this account, in words for its owner."""


class MissingValue(Undefined):
    """A value that the account lacks: false in a test, an error wherever it would be shown or compared."""

    def _refuse(self, *_: object) -> NoReturn:
        raise MessageError(f"`{self._undefined_name}` is missing")

    def __str__(self) -> str:
        self._refuse()

    __iter__ = __len__ = __eq__ = __ne__ = __hash__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __neg__ = __pos__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _refuse
    __truediv__ = __rtruediv__ = __mod__ = __rmod__ = _refuse


TemplateValues = Mapping[
    str, PlainValue | MissingValue | Sequence[TemplateItem] | Sequence[str | MissingValue] | None
]


class Sandbox(BoundedSandbox):
    """Jinja2 without attributes, subscripts, calls, or arithmetic that makes long text."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The parts of an item and the counters of a loop; nothing else has attributes."""
        if isinstance(obj, dict) and attribute in obj:
            value = obj[attribute]
            return self.undefined(name=attribute) if value is None else value
        if isinstance(obj, LoopContext) and attribute in _COUNTERS:
            return getattr(obj, attribute)
        raise SecurityError(f"a template may not read `.{attribute}`")

    def getitem(self, _obj: Any, _argument: Any) -> Any:
        """Refused: values have no parts."""
        raise SecurityError("a template may not reach into a value with brackets")

    def is_safe_callable(self, _obj: Any) -> bool:
        """Refused: nothing may be called."""
        return False

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic of numbers and dates, and text joined with `+`; never `*` or `%` of text."""
        if operator == "//":
            raise SecurityError("a template may not use `//` here")
        return super().call_binop(context, operator, left, right)


_COUNTERS = frozenset(("index", "index0", "first", "last", "length"))


@pass_context
def _finalize(context: Context, value: Any) -> Any:
    text = value_as_text(value, context[LANGUAGE_KEY])
    budget_of(context).make(len(text))
    return text


def value_as_text(value: Any, language: str) -> str:
    """A value as text; what has parts is an error, and what is missing unless it says what to show."""
    if isinstance(value, MissingValue):
        return str(value)
    if isinstance(value, list | dict):
        raise MessageError("a list is shown by a loop over it")
    return plain_text(value, language)


def _worded(word: Callable[[Any, str], str]) -> Callable[..., str]:
    """A filter out of a function of a value and a language; a missing value stays an error."""

    @pass_context
    def filter_(context: Context, value: Any) -> str:
        if isinstance(value, MissingValue):
            return str(value)
        try:
            text = word(value, context[LANGUAGE_KEY])
        except (TypeError, ValueError, OverflowError) as error:
            raise MessageError(f"{_brief(value)} is no value for this filter") from error
        budget_of(context).make(len(text))
        return text

    return filter_


@pass_context
def _money(context: Context, value: Any, currency: str | None = None) -> str:
    known = currency or context.get("currency") or ""
    return _worded(lambda amount, language: money_text(amount, language, known))(context, value)


@pass_context
def _number(context: Context, value: Any, decimals: int = -1) -> str:
    digits = min(decimals, 10)
    return _worded(lambda amount, language: localized_number(amount, language, digits))(
        context, value
    )


def _default(value: Any, otherwise: Any) -> Any:
    return otherwise if isinstance(value, MissingValue) else value


def _brief(value: object) -> str:
    """The value as a message names it: cut, since it may be of any length."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _text(change: Callable[[str], str]) -> Callable[..., str]:
    return _worded(lambda value, language: change(value_as_text(value, language)))


def build_sandbox() -> Sandbox:
    """The environment of all messages: the documented filters and one test, no globals at all."""
    environment = Sandbox(
        undefined=MissingValue, finalize=_finalize, optimized=False, autoescape=False
    )
    environment.globals.clear()
    environment.filters = {
        "capitalize": _text(lambda text: text[:1].upper() + text[1:]),
        "date": _worded(date_text),
        "default": _default,
        "lower": _text(str.lower),
        "money": _money,
        "number": _number,
        "percent": _worded(percent_text),
        "quarter": _worded(quarter_text),
        "trim": _text(str.strip),
        "upper": _text(str.upper),
    }
    environment.tests = {"missing": lambda value: isinstance(value, MissingValue)}
    environment.add_counters()
    return environment


def render_template(template: Template, values: TemplateValues, language: str) -> str:
    """The template's text; MessageError says which value is missing, or what it may not do."""
    given = {name: value for name, value in values.items() if value is not None}
    parts: list[str] = []
    length = 0
    try:
        for part in template.generate({**given, LANGUAGE_KEY: language, BUDGET: Budget()}):
            length += len(part)
            if length > LONGEST:
                raise MessageError(f"the text is longer than {LONGEST:,} characters")
            parts.append(part)
    except MessageError:
        raise
    except (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise MessageError(str(error) or type(error).__name__) from error
    return "".join(parts)
