"""Schema and reader of the `people` section: the table of those who own actions, with their addresses."""

from __future__ import annotations

from ..core.problems import ProblemList
from ..fields.fields_schema import FILE_KEYS, TABLES_KEY
from ..fields.yaml_values import child, map_entries, text_of
from ..language.condition_schema import NAME_SHAPE, TEXT
from ..text.schema.maps import MapOf, MapShape, optional_key
from ..text.yaml_nodes import Node
from .settings import PLACEHOLDER, PeopleSource, SnapshotSource, asks_for_date
from .source_settings import (
    DATABASE_KEY,
    QUERY_KEY,
    check_address,
    check_formats,
    read_file_format,
    read_tables,
)

PEOPLE_COLUMNS = {
    "name": "The person's name, as the role's field has it.",
    "email": "The address to which the person's actions go.",
    "calendar": "The person's calendar, in place of `{calendar}` in the address of a channel.",
    "language": "The language in which the person reads; that of the workspace if empty.",
    "manager": "The name of the manager, to whom actions can be escalated.",
    "deputy": "The name of the person who gets the actions while this one is absent.",
    "absent_from": "The first day of an absence.",
    "absent_to": "The last day of an absence; open-ended if empty.",
    "capacity": "The number of tasks that the person is given for one day.",
}
"""The columns of the table of people, with their meaning; all but `name` may be missing."""

PEOPLE_SHAPE = MapShape(
    "people",
    "The table of people who own actions: their addresses, managers, deputies and absences.",
    {
        "file": optional_key(TEXT, "File", "The file with a row for each person: `people.csv`."),
        "query": QUERY_KEY,
        "tables": TABLES_KEY,
        "database": DATABASE_KEY,
        **FILE_KEYS,
        "columns": optional_key(
            MapOf(TEXT, NAME_SHAPE, "columns by name, such as `email: Work email`"),
            "Columns",
            "The table's columns where they have other names than `name`, `email`, `language`, `manager`, `deputy`, "
            "`absent_from`, `absent_to` and `capacity`.",
        ),
    },
    one_of=(("file", "query"),),
    not_both=(("tables", "database"),),
    together=(("tables", "query"), ("database", "query")),
)


def read_people_source(
    problems: ProblemList, node: Node | None, snapshots: SnapshotSource
) -> PeopleSource | None:
    """Return where the table of people comes from; None without the section.

    Limits and allowed folders of its query are those of the snapshots' query.
    """
    if node is None:
        return None
    source = SnapshotSource(
        path=text_of(child(node, "file")),
        query=text_of(child(node, "query")),
        files=read_tables(node),
        allow_folders=snapshots.allow_folders,
        query_memory=snapshots.query_memory,
        query_seconds=snapshots.query_seconds,
        file_format=read_file_format(problems, node),
        time_zone=snapshots.time_zone,
        database=text_of(child(node, "database")),
        span=node.span,
    )
    _check(problems, node, source)
    columns = {}
    for entry in map_entries(child(node, "columns")):
        if entry.key not in PEOPLE_COLUMNS:
            message = f"people have no column `{entry.key}`"
            hint = f"the columns are {', '.join(PEOPLE_COLUMNS)}"
            problems.report("unknown-word", message, entry.key_span, hint)
        elif written := text_of(entry.value):
            columns[entry.key] = written
    return PeopleSource(source, columns)


def _check(problems: ProblemList, node: Node, source: SnapshotSource) -> None:
    file, query = child(node, "file"), child(node, "query")
    if file is not None and PLACEHOLDER in (source.path or ""):
        message = f"`file` is one file with everyone in it, without {PLACEHOLDER}"
        problems.report("bad-path", message, file.span, "name the file, such as `people.csv`")
        return
    check_formats(problems, node, source.file_format)
    if query is None:
        return
    if asks_for_date(source.query or ""):
        message = "the query of people gives them as they are now: it takes no `$on`"
        problems.report("conflicting-keys", message, query.span, "leave the date out")
    if source.database is None and not source.files:
        hint = "name its files under `tables:`, or the address of a `database:`"
        problems.report("missing-key", "nothing says what the query reads", node.span, hint)
    check_address(problems, child(node, "database"))
