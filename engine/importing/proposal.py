"""Proposal of an import: which column fills which field, how its values are read, and what has to be asked.

The records, and the one rule about questions: one that has no answer has a default, which the proposal takes. So the
same functions propose, and decide once all is answered.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from ..fields.catalogue import FieldSpec
from .column_profile import ColumnProfile
from .knowledge import Preset
from .written_numbers import WrittenNumbers

NO_MEANING = "nothing"
"""The answer for a word that means no value, and for a column that fills no field."""


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
    default: str = ""
    """The value of empty cells; without one they are missing."""
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
    repeated: str = ""
    """The row that counts where an account has several, if a person said so."""


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


def answer_to(question: Question, context: Context, questions: list[Question]) -> str:
    """Return the answer to a question, or else its default; it is asked once, also if several columns ask it."""
    if question.key not in context.answers and question.key not in {q.key for q in questions}:
        questions.append(question)
    asked = next((each for each in questions if each.key == question.key), question)
    return context.answers.get(question.key, asked.default)
