"""Rendering of message templates over plain values, in a sandbox.

Takes a checked template, values by name and a language, and returns text or raises `MessageError`. A missing value may
be tested (`{% if champion %}`) or replaced by a default, but not printed or compared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NoReturn

from jinja2 import Template, TemplateError, Undefined, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext

from .bounded import BUDGET, MAX_CHARACTERS, BoundedSandbox, Budget, budget_of
from .locale_format import (
    date_text,
    localized_number,
    money_text,
    percent_text,
    plain_text,
    quarter_text,
)

LANGUAGE_KEY = "@language"
"""The context's key of the language; no template can name it."""

PlainValue = str | int | float | Decimal | bool | dt.date
TemplateItem = dict[str, Any]
"""An item of a list with parts: a link, a part of an agenda."""


class MessageError(Exception):
    """Error of a message that cannot be rendered for an account; the message is for the action's owner."""


class MissingValue(Undefined):
    """A value that the account lacks: false in a test, an error where it is shown or compared."""

    def _raise_missing(self, *_: object) -> NoReturn:
        raise MessageError(f"`{self._undefined_name}` is missing")

    def __str__(self) -> str:
        self._raise_missing()

    __iter__ = __len__ = __eq__ = __ne__ = __hash__ = _raise_missing
    __lt__ = __le__ = __gt__ = __ge__ = __neg__ = __pos__ = _raise_missing
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _raise_missing
    __truediv__ = __rtruediv__ = __mod__ = __rmod__ = _raise_missing


TemplateValues = Mapping[
    str, PlainValue | MissingValue | Sequence[TemplateItem] | Sequence[str | MissingValue] | None
]


class Sandbox(BoundedSandbox):
    """A Jinja2 sandbox without attributes, subscripts, calls, and arithmetic that makes long text."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return a part of an item or a counter of a loop. Raise `SecurityError` for any other attribute."""
        if isinstance(obj, dict) and attribute in obj:
            value = obj[attribute]
            return self.undefined(name=attribute) if value is None else value
        if isinstance(obj, LoopContext) and attribute in _COUNTERS:
            return getattr(obj, attribute)
        raise SecurityError(f"a template may not read `.{attribute}`")

    def getitem(self, _obj: Any, _argument: Any) -> Any:
        """Raise `SecurityError`, because values have no parts."""
        raise SecurityError("a template may not reach into a value with brackets")

    def is_safe_callable(self, _obj: Any) -> bool:
        """Return false, because nothing may be called."""
        return False

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Return the result of arithmetic on numbers and dates, or of joining texts with `+`."""
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
    """Return a value as text. Raise `MessageError` for a list, and for a missing value without a text."""
    if isinstance(value, MissingValue):
        return str(value)
    if isinstance(value, list | dict):
        raise MessageError("a list is shown by a loop over it")
    return plain_text(value, language)


def _localized(format_value: Callable[[Any, str], str]) -> Callable[..., str]:
    """Return a filter made from a function of a value and a language; a missing value stays an error."""

    @pass_context
    def filter_(context: Context, value: Any) -> str:
        if isinstance(value, MissingValue):
            return str(value)
        try:
            text = format_value(value, context[LANGUAGE_KEY])
        except (TypeError, ValueError, OverflowError) as error:
            raise MessageError(f"{_brief(value)} is not a value for this filter") from error
        budget_of(context).make(len(text))
        return text

    return filter_


@pass_context
def _money(context: Context, value: Any, currency: str | None = None) -> str:
    code = currency or context.get("currency") or ""
    return _localized(lambda amount, language: money_text(amount, language, code))(context, value)


@pass_context
def _number(context: Context, value: Any, decimals: int = -1) -> str:
    digits = min(decimals, 10)
    return _localized(lambda amount, language: localized_number(amount, language, digits))(
        context, value
    )


def _default(value: Any, otherwise: Any) -> Any:
    return otherwise if isinstance(value, MissingValue) else value


def _brief(value: object) -> str:
    """Return the value as text for an error message, cut to 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _text(change: Callable[[str], str]) -> Callable[..., str]:
    return _localized(lambda value, language: change(value_as_text(value, language)))


def build_sandbox() -> Sandbox:
    """Return the environment of all messages: the documented filters and one test, without globals."""
    environment = Sandbox(
        undefined=MissingValue, finalize=_finalize, optimized=False, autoescape=False
    )
    environment.globals.clear()
    environment.filters = {
        "capitalize": _text(lambda text: text[:1].upper() + text[1:]),
        "date": _localized(date_text),
        "default": _default,
        "lower": _text(str.lower),
        "money": _money,
        "number": _number,
        "percent": _localized(percent_text),
        "quarter": _localized(quarter_text),
        "trim": _text(str.strip),
        "upper": _text(str.upper),
    }
    environment.tests = {"missing": lambda value: isinstance(value, MissingValue)}
    environment.add_counters()
    return environment


def render_template(template: Template, values: TemplateValues, language: str) -> str:
    """Return the rendered text. Raise `MessageError` for a missing value or a forbidden operation."""
    context = {name: value for name, value in values.items() if value is not None}
    parts: list[str] = []
    length = 0
    try:
        for part in template.generate({**context, LANGUAGE_KEY: language, BUDGET: Budget()}):
            length += len(part)
            if length > MAX_CHARACTERS:
                raise MessageError(f"the text is longer than {MAX_CHARACTERS:,} characters")
            parts.append(part)
    except MessageError:
        raise
    except (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise MessageError(str(error) or type(error).__name__) from error
    return "".join(parts)
