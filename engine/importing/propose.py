"""Propose how an export is read: a pure function of its profile and of the answers given so far."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from ..fields.catalogue import FieldSpec
from ..sources.convert import convert
from .column_fit import MOST_WORDS, fits, holds_lists, meaning
from .column_profile import ColumnProfile
from .column_reading import is_read_as, read_column
from .columns_by_name import NAMED_LIKE, by_name, named_candidates
from .columns_by_values import by_values
from .knowledge import plain_header
from .known_places import OTHER_REGION, REGION, are_regions, countries_of
from .multiplied import MONTHLY, MONTHS, RECURRING_AMOUNTS, YEARLY
from .proposal import Context, Proposal, Question, ReadColumn, answer_to
from .written_numbers import CROWNS, CURRENCY_OF

_CROWN_SIGNS = tuple(sign for sign, code in CURRENCY_OF.items() if not code)
_SHOWN = 3
"""The most values that a note shows."""


def propose(profiles: Sequence[ColumnProfile], context: Context) -> Proposal:
    """Return the proposal for an export."""
    unread: dict[str, str] = {}
    notes: list[str] = []
    others = _of_other_meaning(profiles, context, notes)
    named = [profile for profile in profiles if profile.name not in others]
    chosen = by_name(named, context, unread)
    chosen |= by_values(named, chosen, unread, context)
    questions: list[Question] = []
    ignored = [name for name in others if name in context.fields]
    for field, each in list(chosen.items()):
        if not each.sure and _declined(each, context, questions):
            unread[each.column.name] = "you said that it is something else"
            ignored.append(each.column.name)
            del chosen[field]
    columns = {
        field: read_column(chosen[field], context, questions, notes)
        for field in context.fields
        if field in chosen
    }
    notes += [
        f"`{profile.name}` is not read: {unread[profile.name]}"
        for profile in named
        if unread.get(profile.name, "").startswith(NAMED_LIKE)
    ]
    notes += [_of_another_kind(each) for each in columns.values() if each.column.bad]
    columns |= _yearly(columns, context, notes)
    lists = [each.name for each in named if each.name in context.fields and holds_lists(each)]
    ignored += [name for name in lists if name not in columns]
    columns |= _silenced(named, columns, context)
    columns |= {each.field: each for each in others.values() if each.field not in columns}
    defaults = _defaults(columns, context, questions)
    return Proposal(
        tuple(profiles),
        columns,
        {profile.name: unread[profile.name] for profile in profiles if profile.name in unread},
        defaults,
        tuple(ignored),
        _missing(columns.values()),
        tuple(questions),
        context.preset,
        tuple(notes),
    )


def _of_other_meaning(
    profiles: Sequence[ColumnProfile], context: Context, notes: list[str]
) -> dict[str, ReadColumn]:
    """Return by name a column that is named like a region and has none, as a field of the workspace."""
    countries: list[str] = []
    for profile in profiles:
        if profile.name in {*context.mapped, *context.ignored, context.key}:
            continue
        if REGION not in {each.field for each in named_candidates(profile, context)}:
            continue
        countries = countries or countries_of(profiles, context.country)
        if are_regions(profile, countries):
            continue
        shown = ", ".join(profile.examples)
        notes.append(
            f"few values of `{profile.name}` ({shown}) are regions with holidays, so it fills `{OTHER_REGION}` and "
            f"not `{REGION}`"
        )
        return {profile.name: ReadColumn(OTHER_REGION, profile, "by its values", own=True)}
    return {}


def _of_another_kind(read: ReadColumn) -> str:
    """Return a note about values of a column that no run can read: they are missing."""
    shown = ", ".join(f"`{text}`" for text in read.column.bad[:_SHOWN])
    return f"`{read.column.name}` has values that are not a {read.column.kind}: {shown}; they are missing"


def _yearly(
    columns: Mapping[str, ReadColumn], context: Context, notes: list[str]
) -> dict[str, ReadColumn]:
    """Return the field of the revenue of a year, if only that of a month has a column: twelve times as much."""
    monthly, spec = columns.get(MONTHLY), context.fields[YEARLY]
    if monthly is None or YEARLY in columns or monthly.column.kind != "number":
        return {}
    times = MONTHS * (monthly.times or 1)
    if YEARLY in context.declared:
        if spec.times is None or spec.column != monthly.column.name:
            return {}
        times = spec.times
    notes.append(f"no column has `{YEARLY}`: it is {times} times `{monthly.column.name}`")
    return {YEARLY: monthly._replace(field=YEARLY, times=times)}


def _silenced(
    profiles: Sequence[ColumnProfile], columns: Mapping[str, ReadColumn], context: Context
) -> dict[str, ReadColumn]:
    """Return the columns that have a field's name and other values: a run would read them, so their words are named."""
    return {
        profile.name: _silent(profile, context.fields[profile.name])
        for profile in profiles
        if profile.name in context.fields and profile.name not in columns
        if profile.name not in context.ignored and not holds_lists(profile)
        if profile.values and len(profile.values) <= MOST_WORDS
        if not fits(profile, context.fields[profile.name])
    }


def _silent(profile: ColumnProfile, spec: FieldSpec) -> ReadColumn:
    """Return the column with the words that it may have translated, and the others read as missing."""
    meanings = {word: meaning(word, spec) for word in profile.values}
    translate = {
        word: value
        for word, value in meanings.items()
        if value and not is_read_as(word, value, spec)
    }
    left = pl.Series([word for word in profile.values if word not in translate], dtype=pl.String)
    _, bad = convert(left, spec, "UTC")
    unknown = left.filter(bad).to_list() if bad is not None else []
    return ReadColumn(
        spec.name, profile, "by its name", translate=translate, unknown=tuple(unknown)
    )


def _declined(read: ReadColumn, context: Context, questions: list[Question]) -> bool:
    """Return whether a doubtful column was declined; ask about it if there is no answer yet."""
    title = context.fields[read.field].title
    shown = f" ({', '.join(read.column.examples)})" if read.column.examples else ""
    text = f"Is `{read.column.name}`{shown} the field `{read.field}`, {title}?"
    question = Question(f"column:{read.column.name}", text, ("yes", "no"), "yes")
    return answer_to(question, context, questions) == "no"


def _defaults(
    columns: Mapping[str, ReadColumn], context: Context, questions: list[Question]
) -> dict[str, str]:
    """Return the currency of amounts where no column has it: that of their signs or names, else asked about."""
    amounts = [columns[name] for name in RECURRING_AMOUNTS if name in columns]
    if "currency" in columns or not amounts or "currency" in context.declared:
        return {}
    for each in amounts:
        found = _currency_of(each)
        if found:
            return {"currency": found}
    text = f"In which currency are the amounts of `{amounts[0].column.name}`?"
    options = tuple(dict.fromkeys((context.currency, "EUR", "USD", "GBP", "CHF")))
    if any(each.numbers and each.numbers.currency in _CROWN_SIGNS for each in amounts):
        options = tuple(sorted(CROWNS, key=lambda code: code != context.currency))
    question = Question("currency", text, options, options[0])
    return {"currency": answer_to(question, context, questions)}


def _currency_of(read: ReadColumn) -> str | None:
    """Return the currency that an amount's sign, or the column's name, says."""
    sign = read.numbers.currency if read.numbers else ""
    if sign:
        return CURRENCY_OF.get(sign, sign)
    words = plain_header(read.column.name).split()
    for mark, code in CURRENCY_OF.items():
        alone = rf"(?<![^\W\d_]){re.escape(mark)}(?![^\W\d_])"
        if code and (re.search(alone, read.column.name) or code.lower() in words):
            return code
    return None


def _missing(columns: Iterable[ReadColumn]) -> tuple[str, ...]:
    """Return the words for nothing of the columns that are read."""
    words: dict[str, str] = {}
    for read in columns:
        for word in read.column.missing:
            if word not in read.translate:
                words.setdefault(word.lower(), word)
    return tuple(words.values())
