"""Convert exported columns to the types of the field catalogue.

The conversion is strict. A value is of its field's type, within its limits and among its allowed values, or it is bad.
Empty and blank text is missing, and so are the words that the field has for it. Text is trimmed, its no-break spaces
are spaces, and its letters are composed (Unicode's NFC), so that one name is one text. Numbers are plain (`1234.5`,
`1e3`) or in the field's style, multiplied by what the field says; dates are ISO 8601 or in the field's `format`;
booleans are true, false, yes, no, 1 or 0 in any case.

An instant, which is a time with its offset from UTC, becomes its date in the workspace's time zone. A time without an
offset keeps the date as written.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from typing import Any

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.list_texts import join_items, split_items
from ..core.schemas import null_series
from ..fields.catalogue import EITHER, EPOCHS, PLAIN_NUMBERS, DayCount, FieldSpec
from ..fields.yaml_values import EARLIEST_DATE, LATEST_DATE
from ..language.expressions import Type
from ..text.suggest import suggest
from .month_names import has_month_name, with_month_numbers
from .number_styles import percent_of_plain, plain_numbers, written_example
from .weekday_names import has_weekday, without_weekday

POLARS_TYPES: dict[Type, pl.DataType] = {
    "number": pl.Float64(),
    "text": pl.String(),
    "date": pl.Date(),
    "boolean": pl.Boolean(),
    "duration": pl.Int64(),
    "list": pl.String(),
}
"""The Polars type of each type of the catalogue. Fields are never durations."""

_PERCENT = "percent"
"""The unit of fields that count from 0 to 100."""

AMOUNT = pl.Decimal(38, 10)
"""The type of exact numbers: 28 digits before the point, ten after it."""

LARGEST_NUMBER = 1e18
"""Exact numbers must be below, so that sums over all accounts, and conversions, fit into `AMOUNT`."""
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_ISO = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?(?:Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?))?)?$"
)
_ISO_FORMAT = "%Y-%m-%d"
_NO_BREAK_SPACES = ["\u00a0", "\u2007", "\u202f"]
_BLANK = r"[\s\x{ad}\x{200b}-\x{200f}\x{2060}\x{feff}]"
"""Spaces, and characters without width: at the ends of a text they mean nothing."""
_UNTIDY = (
    rf"^{_BLANK}|{_BLANK}$|"
    + r"[\p{M}\x{a0}\x{2007}\x{202f}\x{1100}-\x{11ff}\x{2126}\x{212a}\x{212b}]"
)
"""The characters that make text untidy. To look for it takes a tenth of the time of composing all letters."""
_SPACE = ord(" ")
"""All bytes of blanks in ASCII are up to this one."""
_MILLISECONDS_OF_YEAR = 366 * 24 * 3600 * 1000
_OFFSET = r":[0-9]{2}(?:\.[0-9]+)? ?(Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)$"
_INSTANT_FORMAT = re.compile(r"%z|(?<!%)(?:Z|UTC|GMT)$")
"""The parts of a `format` that say at which instant a time is; `Z`, `UTC` and `GMT` at its end are UTC."""


def convert(
    values: pl.Series, spec: FieldSpec, time_zone: str
) -> tuple[pl.Series, pl.Series | None]:
    """Convert values to the field's type.

    Args:
        values: The exported column.
        spec: The field.
        time_zone: The workspace's time zone, in which instants have their dates.

    Returns:
        The values, bad ones null, and a mask of the bad ones; None if there are none.
    """
    if _all_allowed(values, spec):
        return values, None
    values = _as_meant(values, spec)
    typed = _within(_CONVERTERS[spec.type](values, spec, time_zone), spec)
    if typed.null_count() == values.null_count():
        return typed, None
    return typed, values.is_not_null() & typed.is_null()


def exact_decimals(values: pl.Series, spec: FieldSpec) -> pl.Series:
    """Return the numbers as decimals with ten places.

    Text and decimals are taken as written, a binary float by the shortest decimal that reads back as it.
    Values that `convert` finds bad are null, and so are those with too many digits.
    """
    values = _written_numbers(_as_meant(values, spec), spec)
    if values.dtype.is_float():
        values = values.cast(pl.String)
    if values.dtype != pl.String and not values.dtype.is_numeric():
        return _all_bad(values, AMOUNT)
    exact = _within_amounts(values.cast(AMOUNT, strict=False))
    if spec.times is None:
        return exact
    return _within_amounts((exact * spec.times).cast(AMOUNT, strict=False))


def _within_amounts(exact: pl.Series) -> pl.Series:
    largest = int(LARGEST_NUMBER)
    return _only(exact, exact.is_between(-largest, largest, closed="none"))


def as_text(values: pl.Series) -> pl.Series:
    """Return the values as text, as in quarantine and in fields of type text."""
    if values.dtype == pl.String:
        return values
    if values.dtype.is_nested() or values.dtype in (pl.Object, pl.Binary):
        shown = _as_json if values.dtype.is_nested() else str
        texts = [None if value is None else shown(value) for value in values.to_list()]
        return pl.Series(values.name, texts, pl.String)
    return values.cast(pl.String)


def _as_json(value: Any) -> str:
    """Return the JSON of a list or an object, whose dates and decimals are as they are written."""
    if isinstance(value, pl.Series):
        value = value.to_list()
    return json.dumps(value, ensure_ascii=False, default=str)


def bad_value_reason(value: str, spec: FieldSpec) -> str:
    """Explain in a few words why this value is bad."""
    if spec.type == "number":
        return _number_reason(value, spec)
    if spec.type == "date":
        written = f"written like {spec.format or '2026-01-31'}"
        if spec.format in EPOCHS:
            written = f"in {spec.format} since {EPOCHS[spec.format].since.year}"
        return f"not a date {written} that exists and lies from {EARLIEST_DATE.year} to {LATEST_DATE.year}"
    if spec.type == "boolean":
        return "neither true nor false"
    if spec.type == "list":
        return _list_reason(value, spec)
    if not spec.values:
        nested = value.startswith(("{", "["))
        return "an object or a list, not text" if nested else "not text"
    near = suggest(value, spec.values)
    meant = f"; {near} may be meant" if near else ""
    return f"not one of {', '.join(spec.values)}{meant}"


def _list_reason(value: str, spec: FieldSpec) -> str:
    items = _written_items(value)
    if items is None or _items_text(items, spec._replace(values=())) is None:
        return 'not a list of texts, such as `beta;vip` or `["beta", "vip"]`'
    known = split_items(_items_text(items, spec._replace(values=())) or "")
    wrong = ", ".join(item for item in known if item not in spec.values)
    return f"with items that are not among {', '.join(spec.values)}: {wrong}"


def _number_reason(value: str, spec: FieldSpec) -> str:
    unfit = "not a plain number"
    if spec.numbers != PLAIN_NUMBERS:
        unfit = f"not a number written like `{written_example(spec.numbers)}`"
    written = _written_numbers(pl.Series([value]), spec)[0]
    try:
        number = float((written or "?").replace("_", "?")) * float(spec.times or 1)
    except ValueError:
        return unfit
    if not math.isfinite(number):
        return "not a finite number"
    if spec.minimum is not None and number < spec.minimum:
        return f"below the minimum of {spec.minimum:g}"
    if spec.maximum is not None and number > spec.maximum:
        return f"above the maximum of {spec.maximum:g}"
    return "too large for an amount" if abs(number) >= LARGEST_NUMBER else unfit


def _all_allowed(values: pl.Series, spec: FieldSpec) -> bool:
    """Return whether each value is an allowed text as it is. One look at a clean column saves those for each fault."""
    if spec.type != "text" or values.dtype != pl.String or not spec.values:
        return False
    return spec.translate.keys().isdisjoint(spec.values) and values.is_in([*spec.values]).all()


def _as_meant(values: pl.Series, spec: FieldSpec) -> pl.Series:
    """Replace blank text and words for no value by null, and the export's words by the catalogue's."""
    if (spec.translate and spec.type != "list") or values.dtype in (pl.Categorical, pl.Enum):
        values = as_text(values)
    if values.dtype == pl.String:
        clear = _starts_clear(values)
        values = values if clear else _without_blanks(values)
        if spec.type == "text" and not (clear and _ends_clear(values)):
            values = _tidy(values)
    if spec.missing:
        values = _without_words(values, spec)
    return values.replace(spec.translate) if spec.translate and spec.type != "list" else values


def _starts_clear(values: pl.Series) -> bool:
    """Return whether no text begins with a blank. Those sort first, so one look at the minimum is enough."""
    least = values.min()
    return not isinstance(least, str) or least > " \uffff"


def _ends_clear(values: pl.Series) -> bool:
    """Return whether all texts are ASCII without a blank at the end; faster than a regular expression."""
    if values.str.len_bytes().sum() != values.str.len_chars().sum():
        return False
    return not (values.cast(pl.Binary).bin.get(-1, null_on_oob=True) <= _SPACE).any()


def _without_blanks(values: pl.Series) -> pl.Series:
    """Replace blank text by null."""
    return _only(values, values.str.strip_chars() != "")


def _tidy(values: pl.Series) -> pl.Series:
    """Trim the texts, replace no-break spaces by spaces, and compose letters with their accents.

    Characters without width are trimmed too. A text of nothing else becomes null.
    """
    if not values.str.contains(_UNTIDY).any():
        return values
    composed = values.str.normalize("NFC").str.replace_many(_NO_BREAK_SPACES, [" ", " ", " "])
    trimmed = composed.str.replace(rf"^{_BLANK}+", "").str.replace(rf"{_BLANK}+$", "")
    return _only(trimmed, trimmed != "")


def _without_words(values: pl.Series, spec: FieldSpec) -> pl.Series:
    """Replace the words for no value by null, whatever their case; in columns with types, those of that type.

    A word that the field translates or allows keeps its meaning.
    """
    kept = {word.strip().lower() for word in (*spec.translate, *spec.values)}
    words = pl.Series([word.strip().lower() for word in spec.missing])
    words = words.filter(~words.is_in(list(kept)))
    if values.dtype == pl.String:
        return _only(values, ~values.str.strip_chars().str.to_lowercase().is_in(words.implode()))
    if values.dtype == pl.Date:
        dates = words.str.to_date("%Y-%m-%d", strict=False)
        return _only(values, ~values.is_in(dates.drop_nulls().implode()))
    if values.dtype.is_numeric():
        numbers = words.cast(pl.Float64, strict=False)
        return _only(values, ~values.cast(pl.Float64).is_in(numbers.drop_nulls().implode()))
    return values


def _to_text(values: pl.Series, spec: FieldSpec, time_zone: str) -> pl.Series:
    del time_zone
    if values.dtype == pl.String:
        return values
    if values.dtype.is_nested() or values.dtype in (pl.Object, pl.Binary):
        return _all_bad(values, pl.String())
    # A key that became a decimal number has lost its zeros and gained a point.
    if spec.name == ACCOUNT_ID and not _is_whole(values.dtype):
        return _all_bad(values, pl.String())
    return values.cast(pl.String)


def _is_whole(kind: pl.DataType) -> bool:
    """Return whether a type has whole numbers alone; such as NUMBER(38, 0), the integers of Snowflake and Oracle."""
    return kind.is_integer() or (isinstance(kind, pl.Decimal) and kind.scale == 0)


def _to_list(values: pl.Series, spec: FieldSpec, time_zone: str) -> pl.Series:
    """Return lists as texts, from lists or texts such as `a;b` and `["a", "b"]`."""
    del time_zone
    if isinstance(values.dtype, pl.List | pl.Array):
        lists = [_items_text(items, spec) for items in values.to_list()]
        return pl.Series(values.name, lists, pl.String)
    if values.dtype != pl.String:
        return _all_bad(values, pl.String())
    written = values.unique().drop_nulls()
    read = [_items_text(_written_items(text), spec) for text in written.to_list()]
    return values.replace_strict(written, pl.Series(read, dtype=pl.String), default=None)


def _written_items(text: str) -> list[Any] | None:
    """Return the items of a JSON list, or of texts between semicolons; None for a JSON list with an error."""
    if not text.lstrip().startswith("["):
        return text.split(";")
    try:
        items = json.loads(text)
    except ValueError:
        return None
    return items if isinstance(items, list) else None


def _items_text(items: list[Any] | None, spec: FieldSpec) -> str | None:
    """Return the text of a list; None where an item is not a text or number, or is not allowed."""
    known = [item for item in items or () if item is not None]
    if items is None or not all(isinstance(item, str | int | float) for item in known):
        return None
    texts = _tidy(pl.Series([str(item) for item in known], dtype=pl.String)).drop_nulls()
    joined = join_items(spec.translate.get(text, text) for text in texts.to_list())
    if spec.values and not set(split_items(joined)) <= set(spec.values):
        return None
    return joined


def _written_numbers(values: pl.Series, spec: FieldSpec) -> pl.Series:
    """Return numbers as plain text, or in the type that they have; null where they are not in the field's style."""
    style = spec.numbers
    if values.dtype == pl.String:
        values = values.str.strip_chars()
        if style != PLAIN_NUMBERS:
            values = plain_numbers(values, style)
    # A field that counts in per cent, such as CSAT, has 85 for `85 %`.
    if not style.percent or spec.unit == _PERCENT:
        return values
    if values.dtype != pl.String and not values.dtype.is_numeric():
        return values
    return percent_of_plain(values.cast(pl.String))


def _to_number(values: pl.Series, spec: FieldSpec, time_zone: str) -> pl.Series:
    del time_zone
    values = _written_numbers(values, spec)
    if values.dtype != pl.String and not values.dtype.is_numeric():
        return _all_bad(values, pl.Float64())
    if spec.times is not None:
        # In decimals, and never through a binary product: twelve times 0.1 is 1.2.
        return exact_decimals(values, FieldSpec(spec.name, "number", times=spec.times)).cast(
            pl.Float64
        )
    if values.dtype == pl.Float32:
        values = values.cast(pl.String)  # 0.1 is meant, not the 0.10000000149 that is nearest to it
    numbers = values.cast(pl.Float64, strict=False)
    return _only(numbers, numbers.is_finite())


def _to_date(values: pl.Series, spec: FieldSpec, time_zone: str) -> pl.Series:
    if values.dtype == pl.Date:
        return values
    if isinstance(values.dtype, pl.Datetime):
        return _local_dates(values, time_zone)
    if spec.format and EITHER in spec.format:
        return _in_either_format(values, spec, time_zone)
    if spec.format in EPOCHS:
        return _counted_days(values, EPOCHS[spec.format], time_zone)
    if values.dtype.is_integer() and spec.format:
        values = values.cast(pl.String)
    if values.dtype != pl.String:
        return _all_bad(values, pl.Date())
    text, format = values.str.strip_chars(), spec.format
    if format and has_weekday(format):
        text, format = without_weekday(text, format)
    if format and has_month_name(format):
        text, format = with_month_numbers(text, format)
    if format and _INSTANT_FORMAT.search(format):
        instants = text.str.to_datetime(format, strict=False)
        zoned = instants if _zone_of(instants) else instants.dt.replace_time_zone("UTC")
        return _local_dates(zoned, time_zone)
    if format:
        return text.str.to_date(format, strict=False)
    days = text.str.slice(0, 10).str.to_date(_ISO_FORMAT, strict=False)
    days = _only(days, text.str.contains(_ISO))
    if not (text.str.len_bytes() > len("2026-01-31")).any():
        return days
    return _with_instants(text, days, time_zone)


def _in_either_format(values: pl.Series, spec: FieldSpec, time_zone: str) -> pl.Series:
    """Return the dates of a column in which each is written in one of several formats."""
    dates = _all_bad(values, pl.Date())
    for format in (spec.format or "").split(EITHER):
        own = spec._replace(format=None if format == _ISO_FORMAT else format)
        # A year of two digits is one of the first century in another format.
        dates = dates.fill_null(_within(_to_date(values, own, time_zone), own))
    return dates


def _counted_days(values: pl.Series, count: DayCount, time_zone: str) -> pl.Series:
    """Return the dates of numbers that count the time since a day."""
    if values.dtype != pl.String and not values.dtype.is_numeric():
        return _all_bad(values, pl.Date())
    if values.dtype == pl.String:
        values = values.str.strip_chars()
    days_before = (count.since - dt.date(1970, 1, 1)).days
    start = days_before * 24 * 3600 * 1000
    milliseconds = (values.cast(pl.Float64, strict=False) * count.unit).floor() + start
    far = _MILLISECONDS_OF_YEAR * (LATEST_DATE.year + 1 - 1970)
    near = _only(milliseconds, milliseconds.is_between(-far, far))
    times = near.cast(pl.Int64).cast(pl.Datetime("ms", "UTC" if count.instant else None))
    return _local_dates(times, time_zone)


def _with_instants(text: pl.Series, days: pl.Series, time_zone: str) -> pl.Series:
    """Return the dates with those of ISO instants in the time zone; times count to the minute."""
    frame = pl.DataFrame({"text": text, "day": days}).with_columns(
        pl.concat_str(pl.col("text").str.slice(0, 10), pl.col("text").str.slice(11, 5))
        .str.to_datetime("%Y-%m-%d%H:%M", strict=False)
        .alias("clock"),
        pl.col("text")
        .str.extract(_OFFSET)
        .str.replace("Z|UTC", "+0000")
        .str.replace(":", "")
        .str.pad_end(len("+0000"), "0")
        .alias("offset"),
    )
    hours, minutes = (pl.col("offset").str.slice(at, 2).cast(pl.Int64) for at in (1, 3))
    ahead = pl.duration(minutes=hours * 60 + minutes)
    east = pl.col("offset").str.starts_with("+")
    utc = pl.when(east).then(pl.col("clock") - ahead).otherwise(pl.col("clock") + ahead)
    local = utc.dt.replace_time_zone("UTC").dt.convert_time_zone(time_zone).dt.date()
    is_instant = pl.col("offset").is_not_null() & pl.col("day").is_not_null()
    return (
        frame.select(pl.when(is_instant).then(local).otherwise("day")).to_series().alias(text.name)
    )


def _local_dates(times: pl.Series, time_zone: str) -> pl.Series:
    """Return the dates of instants in the time zone, and of other times as written."""
    return (times.dt.convert_time_zone(time_zone) if _zone_of(times) else times).dt.date()


def _zone_of(times: pl.Series) -> str | None:
    return times.dtype.time_zone if isinstance(times.dtype, pl.Datetime) else None


def _to_boolean(values: pl.Series, spec: FieldSpec, time_zone: str) -> pl.Series:
    del spec, time_zone
    if values.dtype == pl.Boolean:
        return values
    if values.dtype.is_integer():
        values = values.cast(pl.String)
    if values.dtype != pl.String:
        return _all_bad(values, pl.Boolean())
    text = values.str.strip_chars().str.to_lowercase()
    return text.replace_strict(_BOOLEANS, default=None, return_dtype=pl.Boolean)


_CONVERTERS = {
    "number": _to_number,
    "text": _to_text,
    "date": _to_date,
    "boolean": _to_boolean,
    "list": _to_list,
    "duration": _to_number,
}


def _all_bad(values: pl.Series, dtype: pl.DataType) -> pl.Series:
    return null_series(values.name, dtype, len(values))


def _within(values: pl.Series, spec: FieldSpec) -> pl.Series:
    """Replace values outside the limits, or not among the allowed ones, by null."""
    if spec.type == "list":
        return values
    if spec.type == "text":
        return _only(values, values.is_in(list(spec.values))) if spec.values else values
    if spec.type == "date":
        return _only(values, values.is_between(EARLIEST_DATE, LATEST_DATE))
    if spec.minimum is not None:
        values = _only(values, values >= spec.minimum)
    if spec.maximum is not None:
        values = _only(values, values <= spec.maximum)
    return values


def _only(values: pl.Series, fits: pl.Series) -> pl.Series:
    if fits.all():
        return values
    return values.to_frame("v").select(pl.when(fits).then(pl.col("v")))["v"].alias(values.name)
