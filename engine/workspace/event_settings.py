"""Reader of `events` in `fields.yaml`: tables of dated events of accounts, such as tickets, logins and payments."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from ..core.ids import ACCOUNT_ID
from ..core.problems import ProblemList
from ..fields.catalogue import EVENT_DATE, Catalogue, EventTable, FieldSpec, NumberStyle
from ..fields.catalogue_loader import FIELD_TYPES, CatalogueReader, read_conversion
from ..fields.yaml_values import child, list_texts, map_entries, text_of
from ..language.expressions import BUILTIN_NAMES, Type
from ..language.lexer import KEYWORDS
from ..text.yaml_nodes import Entry, Node
from .settings import PLACEHOLDER, asks_for_date
from .source_settings import (
    check_formats,
    read_file_format,
    read_tables,
)


def read_events(problems: ProblemList, node: Node | None, catalogue: Catalogue) -> Catalogue:
    """Return the catalogue with the tables of events that `fields.yaml` declares; `node` is its content."""
    words = list_texts(child(node, "missing"))
    numbers = CatalogueReader({}, problems, {}).read_numbers(child(node, "numbers"))
    events = {}
    for entry in map_entries(child(node, "events")):
        if not _hides(problems, entry, catalogue.fields):
            events[entry.key] = _table(problems, entry, words, numbers)
    return catalogue._replace(events=events)


def _hides(problems: ProblemList, entry: Entry, fields: Collection[str]) -> bool:
    """Report a name that has another meaning in conditions, and return whether it has."""
    if entry.key not in (*fields, *BUILTIN_NAMES, *KEYWORDS):
        return False
    message = f"`{entry.key}` is already a field or a word of the language"
    problems.report("hidden-name", message, entry.key_span, "choose another name")
    return True


def _table(
    problems: ProblemList, entry: Entry, words: tuple[str, ...], numbers: NumberStyle
) -> EventTable:
    body = entry.value
    reader = CatalogueReader({}, problems, {})
    reader.numbers = numbers
    columns = {
        each.key: _column(reader, each, words)
        for each in map_entries(child(body, "columns"))
        if not _hides(problems, each, (ACCOUNT_ID,))
    }
    date = FieldSpec(EVENT_DATE, "date", missing=words)
    written = child(body, "date")
    date = read_conversion(reader, written, date) if written is not None else date
    table = EventTable(
        entry.key,
        FieldSpec(ACCOUNT_ID, "text", column=text_of(child(body, "account"))),
        date._replace(column=date.column or text_of(written)),
        columns,
        text_of(child(body, "file")),
        text_of(child(body, "query")),
        read_tables(body),
        read_file_format(problems, body),
        entry.key_span,
    )
    _check_source(problems, body, table)
    return table


def _column(reader: CatalogueReader, entry: Entry, words: tuple[str, ...]) -> FieldSpec:
    """Return a column, written as its type alone or as a map."""
    written = text_of(entry.value) or text_of(child(entry.value, "type"))
    type = cast(Type, written) if written in FIELD_TYPES else "text"
    spec = read_conversion(reader, entry.value, FieldSpec(entry.key, type, span=entry.key_span))
    return spec if child(entry.value, "missing") is not None else spec._replace(missing=words)


def _check_source(problems: ProblemList, body: Node, table: EventTable) -> None:
    """Check that the file's name says how it is read, and that a query gives the events of all dates."""
    file, query = child(body, "file"), child(body, "query")
    if file is not None and PLACEHOLDER in (table.path or ""):
        message = f"`file` is one file with the events of all dates, without {PLACEHOLDER}"
        hint = "for several files, write a `query:` over `tables:`"
        problems.report("bad-path", message, file.span, hint)
        return
    check_formats(problems, body, table.file_format)
    if query is not None and asks_for_date(table.query or ""):
        message = "a query of events gives those of all dates: it takes no `$on`"
        hint = "leave the condition on the date out; events after the evaluated date don't count"
        problems.report("conflicting-keys", message, query.span, hint)
