"""Numbers as exports write them, such as `12 345,67 €` or `85 %`: to plain text, and guesses of the style."""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

from ..fields.catalogue import PLAIN_NUMBERS, NumberStyle

_SPACES = "[ \u00a0\u2007\u2009\u202f]"
"""Spaces that exports put between digits: plain, no-break, of a digit's width, thin, and narrow no-break."""
_SIGNS_OF = {" ": _SPACES, "'": "['’]", ".": re.escape("."), ",": ",", "": ""}
_MINUS = "[-−]"
_PARTS = (
    (".", ""),
    (".", ","),
    (",", ""),
    (",", " "),
    (",", "."),
    (".", " "),
    (".", "'"),
    (",", "'"),
)
"""Decimal signs and signs between thousands, the most usual first."""
_SURROUNDING = re.compile(
    r"^[-−]?\s*([^\d\s.,'’%+−-][^\d%]*?)?\s*[-−]?[\d.,'’\s]+([^\d\s.,'’%][^\d%]*?)?\s*%?$"
)


def plain_numbers(texts: pl.Series, style: NumberStyle) -> pl.Series:
    """Return numbers as plain text, such as `-1234.5`; null for texts that are not written in this style.

    Args:
        texts: Texts without spaces around them.
        style: How they are written.
    """
    return (
        texts.to_frame("text").select(_plain(pl.col("text"), style)).to_series().alias(texts.name)
    )


def percent_of_plain(texts: pl.Series) -> pl.Series:
    """Return plain numbers without exponents, divided by 100 without a loss of digits."""
    return texts + "e-2"


def written_example(style: NumberStyle) -> str:
    """Return a number in this style."""
    whole = "85" if style.percent else f"12{style.thousands}345"
    after = " %" if style.percent else f" {style.currency}" if style.currency else ""
    return f"{whole}{style.decimal}67{after}"


def style_of(texts: Iterable[str]) -> NumberStyle | None:
    """Return the most usual style in which all the texts are numbers; None if there is none.

    Texts such as `12,345` alone fit two styles, of which this is the one with thousands.
    """
    written = [text.strip() for text in texts]
    marks = {mark for text in written for mark in _marks(text)}
    if not written or len(marks) > 1:
        return None
    percent = any(text.endswith("%") for text in written)
    for decimal, thousands in _PARTS:
        style = NumberStyle(decimal, thousands, percent, next(iter(marks), ""))
        fits = re.compile(pattern(style))
        if all(fits.match(text) for text in written):
            return style
    return None


def shown_style(style: NumberStyle) -> str:
    """Return a style as fields.yaml states it, such as `{decimal: ",", percent: true}`."""
    keys = [
        f"{key}: true" if value is True else f'{key}: "{value}"'
        for key, value in style._asdict().items()
        if value != getattr(PLAIN_NUMBERS, key)
    ]
    return "{" + ", ".join(keys) + "}"


def _marks(text: str) -> list[str]:
    match = _SURROUNDING.match(text)
    return [mark.strip() for mark in match.groups() if mark] if match else []


def _plain(text: pl.Expr, style: NumberStyle) -> pl.Expr:
    bare = text.str.replace_all(_currency(style), "") if style.currency else text
    if style.percent:
        bare = bare.str.replace(f"{_SPACES}*%$", "")
    bare = bare.str.replace(f"^{_MINUS}{_SPACES}*", "-")
    digits = bare.str.replace_all(_SIGNS_OF[style.thousands], "") if style.thousands else bare
    plain = digits.str.replace(_SIGNS_OF[style.decimal], ".")
    return pl.when(text.str.contains(pattern(style))).then(plain)


def pattern(style: NumberStyle) -> str:
    """Return a regular expression for texts in this style."""
    group, point = _SIGNS_OF[style.thousands], _SIGNS_OF[style.decimal]
    whole = f"(?:{_grouped(style.thousands)}|[0-9]+)" if group else "[0-9]+"
    exponent = "" if style.percent else "(?:[eE][+-]?[0-9]+)?"
    number = f"(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+){exponent}"
    sign = f"{_MINUS}?{_SPACES}*"
    percent = f"(?:{_SPACES}*%)?" if style.percent else ""
    if not style.currency:
        return f"^{sign}{number}{percent}$"
    mark = re.escape(style.currency)
    before = f"(?:{sign}(?:{mark}{_SPACES}*)?|{mark}{_SPACES}*{sign})"
    return f"^{before}{number}(?:{_SPACES}*{mark})?{percent}$"


def _grouped(mark: str) -> str:
    """Return a regular expression for digits with marks between them: by three, or by two before the last three."""
    group = _SIGNS_OF[mark]
    by_three = f"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+"
    # India writes 12,34,567 for what others write 1,234,567.
    return f"{by_three}|[0-9]{{1,2}}(?:,[0-9]{{2}})+,[0-9]{{3}}" if mark == "," else by_three


def _currency(style: NumberStyle) -> str:
    mark = re.escape(style.currency)
    return f"{mark}{_SPACES}*|{_SPACES}*{mark}"
