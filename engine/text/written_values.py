"""Numbers, dates and units as people write them elsewhere: `20.000,50`, `80 %`, `31.12.2026`, `30 jours`.

Functions take such a text and return its plain spelling. Where it has two meanings, they return both: a hint that
guesses would change the meaning of what it corrects.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal, InvalidOperation

from ..core.offsets import Unit
from .named_dates import ends_of_period, named_date

SPACES = "\u00a0\u202f\u2009\u2007"
"""Spaces that look like a plain one: no-break, narrow no-break, thin and figure space."""
MINUSES = "\u2212\u2013\u2014\u2011\u2010"
"""Signs that look like a hyphen: minus, en dash, em dash and hyphens of word processors."""

_CURRENCY_SIGNS = "€$£¥"
_CURRENCIES = ("eur", "euro", "euros", "usd", "dollar", "dollars", "gbp", "chf", "cad", "jpy")
_ZEROS = {
    **dict.fromkeys(("k", "tsd"), 3),
    **dict.fromkeys(("m", "mn", "mio", "mln"), 6),
    **dict.fromkeys(("bn", "md", "mrd"), 9),
}
_GROUP = "['’_ ]"
_LONGEST = 40
_GROUPED = re.compile(rf"\d{{1,3}}(?:{_GROUP}\d{{3}})+(?:[.,]\d+)?", re.ASCII)
_POINTED = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}", re.ASCII)
_COMMAED = re.compile(r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}", re.ASCII)
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2},\d{3}", re.ASCII)
_AMBIGUOUS_POINT = re.compile(r"[1-9]\d{0,2}\.\d{3}", re.ASCII)
_DECIMAL = re.compile(r"\d+,\d+|\d[\d_]*(?:\.\d+)?|\.\d+", re.ASCII)
_SCIENTIFIC = re.compile(r"\d[\d_]*(?:\.\d+)?[eE][+-]?\d{1,2}", re.ASCII)

_DAY_MONTH_YEAR = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})", re.ASCII)
_YEAR_MONTH_DAY = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})|(\d{4})(\d\d)(\d\d)", re.ASCII)

_UNIT_WORDS: dict[Unit, str] = {
    "days": "d day days j jr jrs jour jours t tag tage tagen",
    "business days": (
        "bd wd workday workdays weekday weekdays working-day working-days work-day work-days business-day "
        "business-days jour-ouvre jours-ouvres jour-ouvrable jours-ouvrables werktag werktage werktagen "
        "arbeitstag arbeitstage arbeitstagen"
    ),
    "weeks": "w wk wks week weeks sem semaine semaines woche wochen",
    "months": "m mo mth mths month months mois monat monate monaten",
    "years": "y yr yrs year years an ans annee annees jahr jahre jahren",
}
_UNITS: dict[str, tuple[int, Unit]] = {
    **{word: (1, unit) for unit, words in _UNIT_WORDS.items() for word in words.split()},
    **dict.fromkeys(
        ("quarter", "quarters", "trimestre", "trimestres", "quartal", "quartale"), (3, "months")
    ),
    **dict.fromkeys(("semestre", "semestres", "halbjahr", "halbjahre"), (6, "months")),
}


_TRUE = frozenset(("true", "yes", "y", "on", "1", "1.0", "oui", "vrai", "ja", "wahr"))
_FALSE = frozenset(("false", "no", "n", "off", "0", "0.0", "non", "faux", "nein", "falsch"))


def boolean_of(word: str) -> bool | None:
    """Return what an English, French or German word for true or false means; None for other words."""
    folded = word.strip().casefold()
    return True if folded in _TRUE else False if folded in _FALSE else None


def fold(text: str) -> str:
    """Return a text without accents: `échéance` is `echeance`, `größe` is `groesse`."""
    for letter, plain in _LETTERS.items():
        text = text.replace(letter, plain)
    parts = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "œ": "oe", "æ": "ae", "ø": "o"}


def number_readings(text: str) -> tuple[str, ...]:
    """Return the numbers that a text can mean, in plain digits: one, two for `1,000`, none for other texts.

    A point before three digits may also separate thousands, if the digits end in a zero or the number is an amount:
    `5.000`, `5.125 €`. Percent signs are not part of a number: see `number_hint`.
    """
    text = plain_signs(text).strip()
    if len(text) > _LONGEST:
        return ()
    sign, text = ("-", text[1:].lstrip()) if text.startswith("-") else ("", text)
    body, zeros = _without_currency(text)
    if _AMBIGUOUS_POINT.fullmatch(body) and (body.endswith("0") or body != text):
        body = body.replace(".", ",")
    return tuple(f"{sign}{_shift(plain, zeros)}" for plain in _plain_numbers(body))


def number_hint(text: str) -> str | None:
    """Return what to write instead of a number that is written in another way; None for other texts."""
    amount = text.strip().removesuffix("%")
    readings = number_readings(amount)
    if not readings:
        return None
    if amount != text.strip():
        return " or ".join(_share_hint(each) for each in readings)
    if len(readings) == 1:
        return f"write {readings[0]}"
    sign = "comma" if "," in amount else "point"
    return f"write {readings[0]} if the {sign} separates thousands, {readings[1]} if decimals follow it"


def date_readings(text: str) -> tuple[str, ...]:
    """Return the dates that a text can mean, year first: one, two for `03/04/2026`, none for other texts."""
    text = text.strip()
    if named := named_date(text):
        found = [named]
    elif match := _YEAR_MONTH_DAY.fullmatch(text):
        year, month, day = (int(part) for part in match.groups() if part)
        found = [(year, month, day)]
    elif match := _DAY_MONTH_YEAR.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        year += 2000 if year < 100 else 0
        found = [(year, second, first)]
        found += [(year, first, second)] if match[2] != "." and first != second else []
    else:
        return ()
    return tuple(date for date in (_iso(*parts) for parts in found) if date)


def date_hint(text: str) -> str | None:
    """Return what to write instead of a date that is written in another way; None for other texts."""
    readings = date_readings(text)
    if len(readings) == 2:
        return f"write {readings[0]} if the day comes first, {readings[1]} if the month does"
    if readings:
        return f"write {readings[0]}"
    if ends := ends_of_period(text.strip()):
        return f"write {ends[0]} if its first day is meant, {ends[1]} if its last one"
    return None


def unit_of(words: str) -> tuple[int, Unit] | None:
    """Return the unit that English, French or German words mean, and how many of it; None for other words."""
    return _UNITS.get("-".join(fold(words.casefold()).split()))


_CURLY_QUOTES = "“”„‟‘’‚«»"


def without_curly_quotes(text: str) -> str | None:
    """Return a text without the quotes of word processors around it; None where there are none."""
    bare = text.strip(_CURLY_QUOTES)
    return None if bare == text else bare.strip()


def describe_odd_signs(text: str) -> str:
    """Return in words which signs of a text only look like plain ones; empty if there are none."""
    odd = []
    if any(space in text for space in SPACES):
        odd.append("a no-break space")
    if any(minus in text for minus in MINUSES):
        odd.append("a long dash")
    return " and ".join(odd)


def plain_signs(text: str) -> str:
    """Return a text with plain spaces and hyphens for signs that only look like them."""
    for space in SPACES:
        text = text.replace(space, " ")
    for minus in MINUSES:
        text = text.replace(minus, "-")
    return text


def _without_currency(text: str) -> tuple[str, int]:
    """Return a number without its currency and multiplier, and the zeros of the multiplier."""
    body = text.strip(f"{_CURRENCY_SIGNS} ")
    zeros = 0
    while match := re.fullmatch(r"(.*?\d) ?([^\W\d_]+)\.?", body):
        word = match[2].lower()
        if word in _ZEROS and not zeros:
            zeros = _ZEROS[word]
        elif word not in _CURRENCIES:
            break
        body = match[1].strip(f"{_CURRENCY_SIGNS} ")
    return body, zeros


def _plain_numbers(body: str) -> tuple[str, ...]:
    if _AMBIGUOUS.fullmatch(body):
        return body.replace(",", ""), body.replace(",", ".")
    if _GROUPED.fullmatch(body):
        return (re.sub(_GROUP, "", body).replace(",", "."),)
    if _POINTED.fullmatch(body):
        return (body.replace(".", "").replace(",", "."),)
    if _COMMAED.fullmatch(body):
        return (body.replace(",", ""),)
    if _DECIMAL.fullmatch(body) or _SCIENTIFIC.fullmatch(body):
        return (body.replace("_", "").replace(",", "."),)
    return ()


def _shift(number: str, zeros: int) -> str:
    """Return a number with its point moved to the right, without needless zeros."""
    try:
        text = f"{Decimal(number).scaleb(zeros):f}"
    except InvalidOperation:
        return number
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def _share_hint(number: str) -> str:
    share = _shift(number, -2)
    return f"write {share} if the field is a share, {number} if it counts in percent"


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None
