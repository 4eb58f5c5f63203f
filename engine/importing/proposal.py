"""Proposal of an import: which column fills which field, how its values are read, and what has to be asked.

A pure function of the profile and the answers given so far. A question that has no answer has a default, which the
proposal takes; so the same function proposes, and decides once all is answered.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..fields.catalogue import PLAIN_NUMBERS, FieldSpec
from ..runs.share_checks import LARGEST_SHARE, SHARE_UNIT
from ..sources.convert import convert
from .column_profile import ColumnProfile, as_dates
from .knowledge import (
    Preset,
    boolean_words,
    header_names,
    header_spellings,
    plain_header,
    plain_word,
    words_of,
)
from .known_places import OTHER_REGION, REGION, are_regions, countries_of
from .multiplied import (
    MONTHLY,
    MONTHS,
    RECURRING_AMOUNTS,
    YEARLY,
    factor_of,
    spelling_without_cents,
)
from .written_numbers import WrittenNumbers

NO_MEANING = "nothing"
"""The answer for a word that means no value, and for a column that fills no field."""
_NAMED_LIKE = "it is named like the"
_KNOWN_WORDS = 0.5
"""The share of rows whose words must be known for a doubtful column to be one of such words."""
_FUTURE = 0.6
"""The share of dates that must be in the future for a column to be one of renewals."""
_MOST_WORDS = 25
"""A field with given values is not read from a column with more words."""
_CODED = ("country", "region", "language")
"""Fields in which two capital letters are a code."""
_BOOLEANS = ("true", "false")
_PLAIN_BOOLEANS = frozenset(("true", "yes", "1", "false", "no", "0"))
_ID_WORDS = frozenset(("id", "key", "code", "nr", "no", "number", "ref", "numero", "nummer"))
"""Words in the names of columns with ids."""
_STAFF_WORDS = frozenset(
    [
        "owner",
        "csm",
        "manager",
        "rep",
        "representative",
        "executive",
        "sales",
        "agent",
        "assignee",
        "user",
        "created",
        "betreuer",
        "betreuerin",
        "vertrieb",
        "mitarbeiter",
        "verkaufer",
        "responsable",
        "proprietaire",
        "commercial",
        "conseiller",
        "gestionnaire",
    ]
)
"""Words in the names of columns about a company's own people."""
_CURRENCY_OF = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}


class Question(NamedTuple):
    """A question that only a person can answer, with the answers to choose from and the one that is taken else."""

    key: str
    text: str
    options: tuple[str, ...]
    default: str


class ReadColumn(NamedTuple):
    """A column that fills a field, and how its values are read.

    `why` says how it was recognised; one that is not `sure` is asked about.
    """

    field: str
    column: ColumnProfile
    why: str
    sure: bool = True
    translate: Mapping[str, str] = MappingProxyType({})
    unknown: tuple[str, ...] = ()
    """Words that mean none of the field's values; they are read as missing."""
    format: str = ""
    numbers: WrittenNumbers | None = None
    times: Decimal | None = None
    """The factor of its numbers."""
    own: bool = False
    """True for a field that the workspace adds to the standard ones."""
    refused: tuple[str, ...] = ()
    """Those of the unknown words of which a person said that they mean nothing."""


class Proposal(NamedTuple):
    """A proposal of what an import writes."""

    profiles: tuple[ColumnProfile, ...]
    columns: Mapping[str, ReadColumn]
    """The columns by the fields that they fill, in the catalogue's order."""
    unread: Mapping[str, str]
    """Why each of the other columns is not read."""
    defaults: Mapping[str, str]
    """Values of fields that no column fills."""
    ignored: tuple[str, ...]
    """Columns that must fill no field by their name."""
    missing: tuple[str, ...]
    """The export's words for nothing."""
    questions: tuple[Question, ...]
    preset: Preset | None = None
    notes: tuple[str, ...] = ()


class Context(NamedTuple):
    """The input of a proposal apart from the profile."""

    fields: Mapping[str, FieldSpec]
    on: dt.date
    """The snapshot's date."""
    currency: str = "EUR"
    """The workspace's currency."""
    month_first: bool = False
    """True if dates of which the file proves no order have the month first."""
    decimal_comma: bool = False
    """True if the language of the columns' names writes decimals after a comma."""
    preset: Preset | None = None
    key: str | None = None
    """The column of the accounts' ids, if it was named."""
    mapped: Mapping[str, str] = MappingProxyType({})
    """The fields by the columns from which the workspace reads them already."""
    percent: Mapping[str, bool] = MappingProxyType({})
    """True or false for the fields of which the workspace says that they are in per cent, or not."""
    marked: frozenset[str] = frozenset()
    """The fields of whose numbers the workspace says which marks they have."""
    ignored: frozenset[str] = frozenset()
    """The columns that the workspace reads no field from by their name."""
    country: str = ""
    """The workspace's country."""
    declared: frozenset[str] = frozenset()
    """The fields that `fields.yaml` has already."""
    answers: Mapping[str, str] = MappingProxyType({})


class _Candidate(NamedTuple):
    """A field that a column may fill; a smaller rank is likelier."""

    rank: int
    field: str
    why: str
    sure: bool


_Rank = tuple[bool, bool, bool, int, float]


def propose(profiles: Sequence[ColumnProfile], context: Context) -> Proposal:
    """Return the proposal for an export."""
    unread: dict[str, str] = {}
    notes: list[str] = []
    others = _of_other_meaning(profiles, context, notes)
    named = [profile for profile in profiles if profile.name not in others]
    chosen = _by_name(named, context, unread)
    chosen |= _by_values(named, chosen, unread, context)
    questions: list[Question] = []
    ignored = [name for name in others if name in context.fields]
    for field, each in list(chosen.items()):
        if not each.sure and _declined(each, context, questions):
            unread[each.column.name] = "you said that it is something else"
            ignored.append(each.column.name)
            del chosen[field]
    columns = {
        field: _read(chosen[field], context, questions, notes)
        for field in context.fields
        if field in chosen
    }
    notes += [
        f"`{profile.name}` is not read: {unread[profile.name]}"
        for profile in named
        if unread.get(profile.name, "").startswith(_NAMED_LIKE)
    ]
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
        if REGION not in {each.field for each in _named(profile, context)}:
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
        if profile.values and len(profile.values) <= _MOST_WORDS
        if not fits(profile, context.fields[profile.name])
    }


def _silent(profile: ColumnProfile, spec: FieldSpec) -> ReadColumn:
    """Return the column with the words that it may have translated, and the others read as missing."""
    meanings = {word: meaning(word, spec) for word in profile.values}
    translate = {
        word: value for word, value in meanings.items() if value and not _is_read(word, value, spec)
    }
    left = pl.Series([word for word in profile.values if word not in translate], dtype=pl.String)
    _, bad = convert(left, spec, "UTC")
    unknown = left.filter(bad).to_list() if bad is not None else []
    return ReadColumn(
        spec.name, profile, "by its name", translate=translate, unknown=tuple(unknown)
    )


def _by_name(
    profiles: Sequence[ColumnProfile], context: Context, unread: dict[str, str]
) -> dict[str, ReadColumn]:
    """Return the columns by the fields that their names mean, the likeliest for each field."""
    best: dict[str, tuple[_Rank, ReadColumn]] = {}
    for profile in profiles:
        candidates, reason = _candidates(profile, context)
        unread[profile.name] = reason
        for candidate in candidates:
            rank = _rank(candidate, profile)
            if candidate.field in best and best[candidate.field][0] <= rank:
                taken = best[candidate.field][1].column.name
                unread[profile.name] = f"`{candidate.field}` is read from `{taken}`"
                continue
            if candidate.field in best:
                former = best[candidate.field][1].column.name
                unread[former] = f"`{candidate.field}` is read from `{profile.name}`"
            read = ReadColumn(candidate.field, profile, candidate.why, candidate.sure)
            best[candidate.field] = (rank, read)
            unread.pop(profile.name, None)
            break
    return {field: read for field, (_, read) in best.items()}


def _rank(candidate: _Candidate, profile: ColumnProfile) -> _Rank:
    """Return the place of a column among those of a field: what a person has said, then what is sure, then filled."""
    said = candidate.rank < 0
    empty = profile.kind == "empty" and not said
    return not said, not candidate.sure, empty, candidate.rank, -profile.share


def _candidates(profile: ColumnProfile, context: Context) -> tuple[list[_Candidate], str]:
    """Return the fields that a column may fill, the likeliest first; and why it is not read if none takes it."""
    if context.key is not None and profile.name == context.key:
        return [_Candidate(-1, ACCOUNT_ID, "you named it", True)], ""
    preset = context.preset
    known = profile.name in context.mapped
    if profile.name in context.ignored and not known:
        return [], "fields.yaml leaves it out"
    if preset is not None and profile.name in preset.unneeded and not known:
        return [], preset.unneeded[profile.name]
    named = _named(profile, context)
    if context.key is not None:
        named = [each for each in named if each.field != ACCOUNT_ID]
    fitting = [each for each in named if fits(profile, context.fields[each.field], each.rank)]
    if named and not fitting:
        field = context.fields[named[0].field]
        shown = f", such as `{_unlike(profile, field)}`" if profile.examples else ""
        return (
            [],
            f"{_NAMED_LIKE} {field.type} `{field.name}`, but its values are not{shown}",
        )
    return fitting, "no field is known for it"


def _unlike(profile: ColumnProfile, spec: FieldSpec) -> str:
    """Return an example of a column that the field cannot have, or else its first."""
    examples = pl.Series(profile.examples, dtype=pl.String)
    _, bad = convert(examples, spec, "UTC")
    wrong: list[str] = examples.filter(bad).to_list() if bad is not None else []
    return (*wrong, *profile.examples)[0]


def _named(profile: ColumnProfile, context: Context) -> list[_Candidate]:
    """Return the fields that a column's name means."""
    preset = context.preset
    found: list[_Candidate] = []
    if profile.name in context.mapped:
        found.append(_Candidate(-1, context.mapped[profile.name], "as fields.yaml says", True))
    if preset is not None and profile.name in preset.columns:
        place = list(preset.columns).index(profile.name)
        found.append(_Candidate(place, preset.columns[profile.name], preset.title, True))
    in_cents = spelling_without_cents(profile.name)
    spellings = header_spellings(profile.name)
    for spelling in (*spellings, *([in_cents] if in_cents else [])):
        field = spelling.replace(" ", "_")
        if field in context.fields:
            found.append(_Candidate(0, field, "by its name", True))
        found.extend(
            _Candidate(100 + known.place, known.field, "by its name", known.sure)
            for known in header_names().get(spelling, ())
        )
    unique: dict[str, _Candidate] = {}
    for each in sorted(found, key=lambda each: (not each.sure, each.rank)):
        unique.setdefault(each.field, each)
    return list(unique.values())


def fits(profile: ColumnProfile, spec: FieldSpec, rank: int = 0) -> bool:
    """Return whether a column's values can be those of a field; an empty column fits all.

    A field with given values takes a column of which most words are known, or whose name leaves no doubt.
    """
    if profile.kind == "empty":
        return True
    if spec.type == "number":
        return profile.kind == "number"
    if spec.type == "date":
        return profile.kind == "date" or bool(profile.epoch)
    if spec.type == "boolean":
        few = len(profile.values) <= _MOST_WORDS
        return few and known_share(profile, spec) > _KNOWN_WORDS
    if spec.values:
        words = profile.values
        if not words or len(words) > _MOST_WORDS:
            return False
        return rank < 102 or known_share(profile, spec) >= _KNOWN_WORDS
    if spec.name == ACCOUNT_ID:
        return True
    return profile.kind not in ("date", "boolean") and not holds_lists(profile)


def holds_lists(profile: ColumnProfile) -> bool:
    """Return whether a column has lists or objects, as JSON and Parquet have them."""
    return bool(profile.examples) and all(
        each.startswith(("[", "{")) and each.endswith(("]", "}")) for each in profile.examples
    )


def known_share(profile: ColumnProfile, spec: FieldSpec) -> float:
    """Return the share of filled rows whose word has a meaning among a field's values, or is a known yes or no."""
    rows = {word: count for word, count in profile.words if word not in profile.missing}
    known = sum(count for word, count in rows.items() if meaning(word, spec) is not None)
    return known / max(1, sum(rows.values()))


def meaning(word: str, spec: FieldSpec) -> str | None:
    """Return the field's value that a word of the export means; None for an unknown word."""
    if spec.type == "boolean":
        known = boolean_words().get(plain_word(word))
        return None if known is None else _BOOLEANS[not known]
    if word in spec.values:
        return word
    value = words_of(spec.name).get(plain_word(word))
    return value if value in spec.values else None


def _by_values(
    profiles: Sequence[ColumnProfile],
    chosen: Mapping[str, ReadColumn],
    unread: dict[str, str],
    context: Context,
) -> dict[str, ReadColumn]:
    """Return columns for the most important fields that no name gives, by what they hold."""
    free = [each for each in profiles if unread.get(each.name) == "no field is known for it"]
    tests: dict[str, Callable[[ColumnProfile], bool]] = {
        "status": lambda each: (
            bool(each.values)
            and len(each.values) > 1
            and known_share(each, context.fields["status"]) >= 0.8
        ),
        "renewal_date": lambda each: future_share(each, context.on) >= _FUTURE,
        "contact_email": lambda each: each.emails and not _of_staff(each),
        ACCOUNT_ID: lambda each: (
            each.unique
            and each.kind in ("text", "number")
            and not each.emails
            and (
                _named_like_an_id(each) or (_has_codes(each) and bool(accounts & {*chosen, *found}))
            )
        ),
    }
    accounts = {"account_name", "status"}
    found: dict[str, ReadColumn] = {}
    for field, test in tests.items():
        fitting = [each for each in free if field not in chosen and test(each)]
        if field == ACCOUNT_ID and context.key is not None:
            continue
        if field == ACCOUNT_ID:
            fitting.sort(key=lambda each: not _named_like_an_id(each))
        elif len(fitting) > 1:
            continue
        if fitting:
            found[field] = ReadColumn(field, fitting[0], "by its values", sure=False)
            free.remove(fitting[0])
            unread.pop(fitting[0].name)
    return found


def _of_staff(profile: ColumnProfile) -> bool:
    """Return whether a column is named after the people who look after accounts, to whom no letter may go."""
    return bool(_STAFF_WORDS & {*plain_header(profile.name).split()})


def _named_like_an_id(profile: ColumnProfile) -> bool:
    """Return whether a column's name is like that of an id; `Number of employees` is an amount."""
    words = {*plain_header(profile.name).split()}
    return bool(_ID_WORDS & words) and "of" not in words


def _has_codes(profile: ColumnProfile) -> bool:
    """Return whether a column's values look like ids: plain numbers may as well be amounts."""
    return profile.kind == "text" and all(
        " " not in each and any(sign.isdigit() for sign in each) for each in profile.examples
    )


def future_share(profile: ColumnProfile, on: dt.date) -> float:
    """Return the share of a column's examples that are dates after the snapshot's date; 0 for other columns."""
    if profile.kind != "date" or profile.least is None or profile.most is None:
        return 0.0
    least, most = dt.date.fromisoformat(profile.least), dt.date.fromisoformat(profile.most)
    days = (most - least).days or 1
    return min(1.0, max(0.0, (most - on).days / days))


def _declined(read: ReadColumn, context: Context, questions: list[Question]) -> bool:
    """Return whether a doubtful column was declined; ask about it if there is no answer yet."""
    title = context.fields[read.field].title
    shown = f" ({', '.join(read.column.examples)})" if read.column.examples else ""
    text = f"Is `{read.column.name}`{shown} the field `{read.field}`, {title}?"
    question = Question(f"column:{read.column.name}", text, ("yes", "no"), "yes")
    return _answer(question, context, questions) == "no"


def _answer(question: Question, context: Context, questions: list[Question]) -> str:
    if question.key not in context.answers and question.key not in {q.key for q in questions}:
        questions.append(question)
    asked = next((each for each in questions if each.key == question.key), question)
    return context.answers.get(question.key, asked.default)


def _read(
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
        times = factor_of(column.name, spec)
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
    if style.other is None or spec.format == style.format:
        return style.format
    if spec.format == style.other:
        return style.other
    stated = _stated_order(style.separator, context)
    if stated is not None:
        return style.settled(stated).format
    example = profile.examples[0]
    options = ("month first", "day first") if context.month_first else ("day first", "month first")
    text = f"Dates such as `{example}` in `{profile.name}`: does the day or the month come first?"
    # One file is written by one program: one answer is for all of its columns.
    question = Question(f"order:{style.separator}", text, options, options[0])
    return style.settled(_answer(question, context, questions) == "day first").format


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
    return _answer(question, context, questions) == "thousands"


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
        percent = _answer(question, context, questions) == "yes"
        said = style.said if percent else (*style.said, "percent")
        style = style._replace(percent=percent, said=said)
    if limits and spec.unit != SHARE_UNIT and spec.times is None:
        notes += _beyond(profile, spec, limits)
    return style


def _beyond(profile: ColumnProfile, spec: FieldSpec, limits: tuple[float, float]) -> list[str]:
    """Return notes about values that the field does not allow."""
    least, most = limits
    if spec.maximum is not None and most > spec.maximum:
        return [f"`{profile.name}` goes up to {most:g}, and `{spec.name}` ends at {spec.maximum:g}"]
    if spec.minimum is not None and least < spec.minimum:
        return [f"`{profile.name}` begins at {least:g}, and `{spec.name}` at {spec.minimum:g}"]
    if spec.maximum == 100 and 0 < most <= 1:
        return [
            f"`{profile.name}` ends at {most:g}, and `{spec.name}` goes up to 100: is it a share?"
        ]
    return []


def _with_words(
    read: ReadColumn, spec: FieldSpec, context: Context, questions: list[Question]
) -> ReadColumn:
    """Return the column with its words translated; unknown words are asked about."""
    options = spec.values or _BOOLEANS
    opposite = context.preset is not None and read.column.name in context.preset.opposite
    translate = dict(zip(_BOOLEANS, reversed(_BOOLEANS), strict=True)) if opposite else {}
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
            value = _answer(question, context, questions)
            if value == NO_MEANING and question.key in context.answers:
                refused.append(word)
        if value == NO_MEANING:
            unknown.append(word)
        elif opposite or not _is_read(word, value, spec):
            translate[word] = value
    return read._replace(translate=translate, unknown=tuple(unknown), refused=tuple(refused))


def _meaning_here(word: str, spec: FieldSpec, opposite: bool) -> str | None:
    """Return the value that a word means, in a column that may say the opposite of its field."""
    value = meaning(word, spec)
    if value is None or not opposite:
        return value
    return _BOOLEANS[value == _BOOLEANS[0]]


def _is_read(word: str, value: str, spec: FieldSpec) -> bool:
    """Return whether a run reads a word as this value anyway."""
    if spec.type == "boolean":
        return word.strip().lower() in _PLAIN_BOOLEANS
    return word == value


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
    question = Question("currency", text, options, context.currency)
    return {"currency": _answer(question, context, questions)}


def _currency_of(read: ReadColumn) -> str | None:
    """Return the currency that an amount's sign, or the column's name, says."""
    sign = read.numbers.currency if read.numbers else ""
    if sign:
        return _CURRENCY_OF.get(sign, sign)
    for mark, code in _CURRENCY_OF.items():
        if mark in read.column.name or code.lower() in plain_header(read.column.name).split():
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
