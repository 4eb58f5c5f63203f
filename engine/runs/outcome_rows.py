"""Outcomes as rows of CSV files and JSON lines, each with its place, validated by the schema of an outcome.

A row that cannot be used becomes a warning that names its line and what to write; the others are returned.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from ..core.date_texts import iso_date
from ..core.problems import Problem
from ..text.schema.scalars import join_words
from ..text.schema.shapes import json_schema
from ..text.suggest import suggest
from .outcome_schema import OUTCOME_COLUMNS, OUTCOME_MEANINGS, OUTCOME_SHAPE

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

BAD_OUTCOME = "bad-outcome"
_SEPARATORS = (",", ";", "\t")
_DATES = ("on", "until")
_HEX = re.compile("[0-9a-fA-F]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """An outcome as it was written; `place` says where: "closed.csv, line 3". `on` is None if it was left out."""

    place: str
    action_id: str
    outcome: str
    on: dt.date | None = None
    by: str | None = None
    note: str | None = None
    result: str | None = None
    until: dt.date | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True)
class WrittenOutcomes:
    """The rows that can be read, and the problems of the others, in the order of the text."""

    rows: tuple[OutcomeRow, ...]
    problems: tuple[Problem, ...] = ()
    ignored: tuple[str, ...] = ()
    """Columns of a table that are none of an outcome."""


NO_DEFAULTS: Mapping[str, Any] = MappingProxyType({})


def read_outcomes(
    text: str, name: str, defaults: Mapping[str, Any] = NO_DEFAULTS
) -> WrittenOutcomes:
    """Return the outcomes of a text: JSON lines if it begins with a brace, else CSV with a header.

    Args:
        text: The content.
        name: The name of the file in messages.
        defaults: Values by name for rows that lack them.
    """
    text = text.removeprefix("\ufeff")
    if text.lstrip().startswith("["):
        hint = 'write one object a line: {"action_id": "…", "outcome": "done", "on": "2026-03-02"}'
        return WrittenOutcomes(
            (), (refuse_row(f"{name}, line 1", "a JSON array is not read", hint),)
        )
    if text.lstrip().startswith("{"):
        return collect_rows(_json_lines(text, name, defaults))
    return _csv(text, name, defaults)


def collect_rows(
    found: Iterable[OutcomeRow | Problem], ignored: tuple[str, ...] = ()
) -> WrittenOutcomes:
    """Return rows and problems apart."""
    every = list(found)
    return WrittenOutcomes(
        tuple(each for each in every if isinstance(each, OutcomeRow)),
        tuple(each for each in every if isinstance(each, Problem)),
        ignored,
    )


def to_row(
    values: Mapping[str, Any], place: str, defaults: Mapping[str, Any] = NO_DEFAULTS
) -> OutcomeRow | Problem:
    """Return the outcome of named values, or the problem of the first of them that is wrong."""
    given = {name: _value(each) for name, each in values.items()}
    given = {**defaults, **{name: each for name, each in given.items() if each is not None}}
    if isinstance(given.get("action_id"), str):
        given["action_id"] = read_action_id(given["action_id"])
    error = min(_validator().iter_errors(given), key=_order, default=None)
    if error is not None:
        return _problem(error, place)
    dates = {name: iso_date(given[name]) for name in _DATES if name in given}
    for name, day in dates.items():
        if day is None:
            return refuse_row(
                place, f"`{name}` is `{given[name]}`, which is not a date", "write it as 2026-03-02"
            )
    return OutcomeRow(place, **given | dates)


def read_action_id(written: str) -> str:
    """Return an action's id as it is stored: mail programs and spreadsheets add spaces or write capitals."""
    id = written.strip()
    return id.lower() if _HEX.fullmatch(id) else id


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    return value.isoformat() if isinstance(value, dt.date) else value


def _json_lines(
    text: str, name: str, defaults: Mapping[str, Any]
) -> Iterator[OutcomeRow | Problem]:
    # Not `splitlines`: a text in JSON may contain U+2028.
    for number, line in enumerate(text.split("\n"), 1):
        place = f"{name}, line {number}"
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            values = None
        if isinstance(values, dict):
            yield to_row(values, place, defaults)
        else:
            hint = 'write {"action_id": "…", "outcome": "done", "on": "2026-03-02"}'
            yield refuse_row(place, "it is not an object in JSON", hint)


def _csv(text: str, name: str, defaults: Mapping[str, Any]) -> WrittenOutcomes:
    head = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=head.count)
    # Without `strict`, a quote that is not closed would make all that follows a part of one text.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        columns = ["_".join(each.lower().split()) for each in next(reader, [])]
    except csv.Error as error:
        return WrittenOutcomes((), (_unreadable_csv(f"{name}, line 1", error),))
    twice = [each for each in OUTCOME_COLUMNS if columns.count(each) > 1]
    if twice:
        problem = refuse_row(
            f"{name}, line 1", f"there are two columns `{twice[0]}`", "rename one of them"
        )
        return WrittenOutcomes((), (problem,))
    missing = [
        each for each in ("action_id", "outcome") if each not in columns and each not in defaults
    ]
    if missing:
        if not text.strip():
            return WrittenOutcomes(())
        near = suggest(missing[0], columns)
        hint = (
            f"rename the column `{near}` to `{missing[0]}`"
            if near
            else f"write a header: {','.join(OUTCOME_COLUMNS)}; for a run, a query under `outcomes` in tenure.yaml"
            " gives other columns these names"
        )
        problem = refuse_row(f"{name}, line 1", f"there is no column `{missing[0]}`", hint)
        return WrittenOutcomes((), (problem,))
    ignored = tuple(each for each in columns if each not in OUTCOME_COLUMNS)
    return collect_rows(_csv_rows(reader, columns, name, defaults), ignored)


def _csv_rows(
    reader: Any, columns: list[str], name: str, defaults: Mapping[str, Any]
) -> Iterator[OutcomeRow | Problem]:
    line = reader.line_num
    while True:
        place = f"{name}, line {line + 1}"
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if reader.line_num > line + 1:
                place = f"{name}, lines {line + 1} to {reader.line_num}"
            line = reader.line_num
            yield _unreadable_csv(place, error)
            continue
        if cells is None:
            return
        line = reader.line_num
        if not any(each.strip() for each in cells):
            continue
        if len(cells) > len(columns):
            found = f"it has {len(cells)} cells, and the header has {len(columns)}"
            yield refuse_row(place, found, 'put a text with a separator in it into quotes: "a, b"')
            continue
        pairs = zip(columns, cells, strict=False)
        values = {key: cell for key, cell in pairs if key in OUTCOME_COLUMNS}
        yield to_row(values, place, defaults)


def _unreadable_csv(place: str, error: csv.Error) -> Problem:
    hint = 'close each quote, and write a quote within a text twice: "said ""yes"" twice"'
    return refuse_row(place, f"it cannot be read: {error}", hint)


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json_schema(OUTCOME_SHAPE))


def _order(error: ValidationError) -> tuple[int, str]:
    """Return a key by which a key that is wrong comes before one that is missing because of that."""
    kinds = ["additionalProperties", "required"]
    return kinds.index(str(error.validator)) if error.validator in kinds else 2, error.json_path


def _problem(error: ValidationError, place: str) -> Problem:
    """Return the problem in plain words."""
    instance: Any = cast(Any, error.instance)
    if error.validator == "additionalProperties":
        key = sorted(each for each in instance if each not in OUTCOME_COLUMNS)[0]
        near = suggest(key, OUTCOME_COLUMNS)
        hint = f"did you mean `{near}`?" if near else f"there are {', '.join(OUTCOME_COLUMNS)}"
        return refuse_row(place, f"an outcome has no `{key}`", hint)
    if error.validator == "required":
        key = next(each for each in ("action_id", "outcome") if each not in instance)
        hints = {"action_id": "write the id that `tenure actions` shows", "outcome": _choices()}
        return refuse_row(place, f"`{key}` is missing", hints[key])
    key = str(error.path[0]) if error.path else "the row"
    written = (
        json.dumps(instance, ensure_ascii=False) if not isinstance(instance, str) else instance
    )
    if key == "outcome":
        near = suggest(str(instance), OUTCOME_MEANINGS)
        hint = f"did you mean `{near}`?" if near else _choices()
        return refuse_row(place, f"`outcome` is `{written}`", hint)
    if key in _DATES:
        return refuse_row(
            place, f"`{key}` is `{written}`, which is not a date", "write it as 2026-03-02"
        )
    return refuse_row(
        place, f"`{key}` is `{written}`, which is not a text", f'write `"{key}": "…"`'
    )


def _choices() -> str:
    return f"write {join_words(OUTCOME_MEANINGS, 'or')}"


def refuse_row(place: str, what: str, hint: str) -> Problem:
    """Return the warning of a row that cannot be used."""
    return Problem(BAD_OUTCOME, f"{place}: {what}", None, hint, severity="warning")
