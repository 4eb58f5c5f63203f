"""How the values of a column are read into its field: the format of dates, the marks of numbers, the words."""

from __future__ import annotations

import re
from decimal import Decimal

from ..fields.catalogue import EITHER, PLAIN_NUMBERS, FieldSpec
from ..runs.share_checks import FEWEST_VALUES, LARGEST_SHARE, SHARE_UNIT, is_hundred
from .column_fit import BOOLEANS, meaning
from .column_profile import ColumnProfile, as_dates
from .multiplied import factor_of
from .proposal import NO_MEANING, Context, Question, ReadColumn, answer_to
from .written_numbers import WrittenNumbers

_CODED = ("country", "region", "language")
"""Fields in which two capital letters are a code."""
_SCALES = (1, 5, 10)
"""The best scores of scales that are not up to 100."""
_PLAIN_BOOLEANS = frozenset(("true", "yes", "1", "false", "no", "0"))


def read_column(
    read: ReadColumn, context: Context, questions: list[Question], notes: list[str]
) -> ReadColumn:
    """Return the column with how its values are read."""
    spec = context.fields[read.field]
    if spec.type == "date":
        read = read._replace(column=as_dates(read.column))
        return read._replace(format=_format(read.column, spec, context, questions))
    if spec.type == "number":
        column = _with_mark(read.column, spec, context, questions)
        numbers = _numbers(column, spec, context, questions, notes)
        times = factor_of(column.name, spec) or _scale(column, spec, context, questions)
        return read._replace(column=column, numbers=numbers, times=times)
    if spec.values or spec.type == "boolean":
        return _with_words(read, spec, context, questions)
    return _with_codes(read)


def _format(
    profile: ColumnProfile, spec: FieldSpec, context: Context, questions: list[Question]
) -> str:
    """Return the format of a column's dates; the order of day and month is asked about where both are possible."""
    style = profile.dates
    if style is None:
        return ""
    stated = (spec.format or "").split(EITHER)
    if style.other is None or style.format in (spec.format, *stated):
        return style.format
    if style.other in (spec.format, *stated):
        return style.other
    order = _stated_order(style.separator, context)
    if order is not None:
        return style.settled(order).format
    example = profile.examples[0]
    options = ("month first", "day first") if context.month_first else ("day first", "month first")
    text = f"Dates such as `{example}` in `{profile.name}`: does the day or the month come first?"
    # One file is written by one program: one answer is for all of its columns.
    question = Question(f"order:{style.separator}", text, options, options[0])
    return style.settled(answer_to(question, context, questions) == "day first").format


def _stated_order(separator: str, context: Context) -> bool | None:
    """Return whether days come before months in the workspace's other dates with this sign; None if none says so."""
    orders = {
        spec.format.startswith("%d")
        for spec in context.fields.values()
        if spec.format and spec.format.startswith((f"%d{separator}%m", f"%m{separator}%d"))
    }
    return orders.pop() if len(orders) == 1 else None


def _with_mark(
    profile: ColumnProfile, spec: FieldSpec, context: Context, questions: list[Question]
) -> ColumnProfile:
    """Return the column with its doubtful mark decided: `12.000` is twelve thousand, or twelve."""
    style = profile.numbers
    if style is None or not style.doubtful:
        return profile
    thousands = _is_grouping(profile, style.doubtful, spec, context, questions)
    decided = style.decided(thousands=thousands)
    if (
        not thousands
        and spec.name not in context.marked
        and f"mark:{style.doubtful}"
        in {
            *context.answers,
            *(each.key for each in questions),
        }
    ):
        decided = decided._replace(said=("decimal",))
    profile = profile._replace(numbers=decided)
    limits = profile.range()
    if thousands or limits is None:
        return profile
    least, most = limits
    return profile._replace(least=str(least / 1000), most=str(most / 1000))


def _is_grouping(
    profile: ColumnProfile,
    mark: str,
    spec: FieldSpec,
    context: Context,
    questions: list[Question],
) -> bool:
    """Return whether a mark is between thousands; it is asked about where nothing says so."""
    stated = spec.numbers != PLAIN_NUMBERS or spec.name in context.marked
    if stated and mark in (spec.numbers.decimal, spec.numbers.thousands):
        return mark == spec.numbers.thousands
    if mark == "," and not context.decimal_comma:
        return True
    if spec.maximum is not None or spec.unit == SHARE_UNIT:
        return False
    shown = (each for each in (*profile.examples, *profile.values) if mark in each)
    number = re.sub(r"[^\d.,]", "", next(shown, profile.examples[0]))
    decimals = float(number.replace(mark, "."))
    text = (
        f"`{number}` in `{profile.name}`: is the mark between thousands ({number.replace(mark, '')}), "
        f"or before decimals ({decimals:g})?"
    )
    options = ("thousands", "decimals")
    likely = (context.decimal_comma and mark == ".") or spec.unit is not None
    # One file is written by one program: one answer is for all of its columns.
    question = Question(f"mark:{mark}", text, options, options[0] if likely else options[1])
    return answer_to(question, context, questions) == "thousands"


def _numbers(
    profile: ColumnProfile,
    spec: FieldSpec,
    context: Context,
    questions: list[Question],
    notes: list[str],
) -> WrittenNumbers | None:
    """Return how a column writes its numbers; whether a share is in per cent is asked about if no sign says so."""
    style, limits = profile.numbers, profile.range()
    if style is None:
        return None
    if spec.name in context.percent and not style.percent:
        return style._replace(percent=context.percent[spec.name])
    if spec.unit == SHARE_UNIT and not style.percent and limits and limits[1] > LARGEST_SHARE:
        text = f"`{profile.name}` runs from {limits[0]:g} to {limits[1]:g}: is it in per cent?"
        question = Question(f"percent:{profile.name}", text, ("yes", "no"), "yes")
        percent = answer_to(question, context, questions) == "yes"
        said = style.said if percent else (*style.said, "percent")
        style = style._replace(percent=percent, said=said)
    if limits and spec.unit != SHARE_UNIT and spec.times is None:
        notes += _beyond(profile, spec, limits)
    return style


def _scale(
    profile: ColumnProfile, spec: FieldSpec, context: Context, questions: list[Question]
) -> Decimal | None:
    """Return the factor of a score that goes up to 1, 5 or 10 where the field goes up to 100; it is asked about."""
    limits = profile.range()
    if not is_hundred(spec) or limits is None or profile.filled < FEWEST_VALUES:
        return None
    signed = profile.numbers is not None and profile.numbers.percent
    if signed or spec.name in context.declared or not 0 < limits[1] <= _SCALES[-1]:
        return None
    options = [str(each) for each in (*_SCALES, 100) if each >= limits[1]]
    text = (
        f"`{profile.name}` runs from {limits[0]:g} to {limits[1]:g}, and `{spec.name}` goes up to 100: "
        "what is the best score?"
    )
    question = Question(f"scale:{profile.name}", text, tuple(options), options[0])
    best = int(answer_to(question, context, questions))
    return Decimal(100) / best if best < 100 else None


def _beyond(profile: ColumnProfile, spec: FieldSpec, limits: tuple[float, float]) -> list[str]:
    """Return notes about values that the field does not allow."""
    # The profile takes `92 %` for 0.92; a field that counts in per cent has 92.
    counted = 100 if profile.numbers and profile.numbers.percent and spec.unit == "percent" else 1
    least, most = (counted * each for each in limits)
    if spec.maximum is not None and most > spec.maximum:
        return [f"`{profile.name}` goes up to {most:g}, and `{spec.name}` ends at {spec.maximum:g}"]
    if spec.minimum is not None and least < spec.minimum:
        return [f"`{profile.name}` begins at {least:g}, and `{spec.name}` at {spec.minimum:g}"]
    return []


def _with_words(
    read: ReadColumn, spec: FieldSpec, context: Context, questions: list[Question]
) -> ReadColumn:
    """Return the column with its words translated; unknown words are asked about."""
    options = spec.values or BOOLEANS
    opposite = context.preset is not None and read.column.name in context.preset.opposite
    translate = dict(zip(BOOLEANS, reversed(BOOLEANS), strict=True)) if opposite else {}
    unknown: list[str] = []
    refused: list[str] = []
    ignored = {word.lower() for word in spec.missing}
    for word in read.column.values:
        value = spec.translate.get(word) or _meaning_here(word, spec, opposite)
        if value is None and word.lower() in ignored:
            value = NO_MEANING
        if value is None:
            text = f"What does `{word}` in `{read.column.name}` mean for `{spec.name}`?"
            question = Question(
                f"word:{spec.name}:{word}", text, (*options, NO_MEANING), NO_MEANING
            )
            value = answer_to(question, context, questions)
            if value == NO_MEANING and question.key in context.answers:
                refused.append(word)
        if value == NO_MEANING:
            unknown.append(word)
        elif opposite or not is_read_as(word, value, spec):
            translate[word] = value
    read = read._replace(translate=translate, unknown=tuple(unknown), refused=tuple(refused))
    return read._replace(default=_of_blanks(read, spec, context, questions))


def _of_blanks(
    read: ReadColumn, spec: FieldSpec, context: Context, questions: list[Question]
) -> str:
    """Return the value of empty cells: no, where the others have a tick each; that is asked about."""
    column = read.column
    ticks = {meaning(word, spec) for word in column.values} == {BOOLEANS[0]}
    if spec.type != "boolean" or not ticks or column.missing or column.filled == column.rows:
        return ""
    if spec.name in context.declared or spec.default is not None:
        return ""
    opposite = context.preset is not None and column.name in context.preset.opposite
    text = (
        f"`{column.name}` has `{column.values[0]}` in {column.filled:,} of {column.rows:,} rows, and is empty in the "
        "others: do these mean no?"
    )
    question = Question(f"blank:{column.name}", text, ("yes", "no"), "yes")
    return BOOLEANS[not opposite] if answer_to(question, context, questions) == "yes" else ""


def _meaning_here(word: str, spec: FieldSpec, opposite: bool) -> str | None:
    """Return the value that a word means, in a column that may say the opposite of its field."""
    value = meaning(word, spec)
    if value is None or not opposite:
        return value
    return BOOLEANS[value == BOOLEANS[0]]


def is_read_as(word: str, value: str, spec: FieldSpec) -> bool:
    """Return whether a run reads a word as this value anyway."""
    if spec.type == "boolean":
        return word.strip().lower() in _PLAIN_BOOLEANS
    return word == value


def holds_codes(read: ReadColumn) -> bool:
    """Return whether a column has codes of two letters: `NA` is Namibia there, and `NC` North Carolina."""
    examples = read.column.examples
    return read.field in _CODED and (not examples or any(len(each) == 2 for each in examples))


def _with_codes(read: ReadColumn) -> ReadColumn:
    """Return a column of codes with those among them that mean nothing elsewhere."""
    profile = read.column
    codes = [word for word in profile.missing if len(word) == 2 and word.isupper()]
    if not codes or not holds_codes(read):
        return read
    rows = sum(rows for word, rows in profile.words if word in codes)
    column = profile._replace(
        kind="text",
        filled=profile.filled + rows,
        distinct=profile.distinct + len(codes),
        missing=tuple(word for word in profile.missing if word not in codes),
    )
    return read._replace(column=column)
