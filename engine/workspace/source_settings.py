"""Reader of the `snapshots` section: the source of account snapshots and the checks of their completeness."""

from __future__ import annotations

import re
from decimal import Decimal

from ..core.file_formats import (
    FORMAT_BY_ENDING,
    LAKE_FORMATS,
    OBJECT_FORMATS,
    SHEET_FORMATS,
    FileFormat,
    codec_name,
    format_of,
    in_object_storage,
    packing_of,
    separator_of,
)
from ..core.offsets import FIXED_DAYS, parse_offset
from ..core.problems import ProblemList, Span
from ..fields.yaml_values import child, list_texts, map_entries, text_of
from ..language.condition_schema import TEXT
from ..text.schema.maps import optional_key
from ..text.schema.scalars import file_and_line
from ..text.yaml_nodes import Mapping, Node
from .database_address import ADDRESSES, SECRET, has_plain_secret, scheme_of
from .settings import PLACEHOLDER, SnapshotSource, asks_for_date

QUERY_FORMATS = ("csv", "parquet", "jsonl")
"""The formats that a query's tables may have."""

QUERY_KEY = optional_key(
    TEXT,
    "Query",
    "A SQL query: DuckDB runs it over the files under `tables`, or `database` answers it.",
)
DATABASE_KEY = optional_key(
    TEXT,
    "Database",
    "The address of a database that answers `query`, or `spark`. Secrets in it are `${NAME}`, from the environment.",
    example="postgresql://tenure:${CRM_PASSWORD}@crm.example.com/crm",
)
"""Keys of a source that is a query, of files or of a database."""

_BYTES = {"MB": 1 << 20, "GB": 1 << 30}
_SECONDS = {"second": 1, "minute": 60}


def read_source(problems: ProblemList, node: Node | None, place: Span) -> SnapshotSource:
    """Return the source of snapshots; `place` is its position where the section is missing."""
    if not isinstance(node, Mapping):
        return SnapshotSource(span=place)
    _dating(problems, node)
    files, file = text_of(child(node, "files")), text_of(child(node, "file"))
    source = SnapshotSource(
        path=files if files is not None else file,
        date_column=text_of(child(node, "date_column")),
        query=text_of(child(node, "query")),
        files=read_tables(node),
        allow_folders=list_texts(child(node, "allow_folders")),
        query_memory=_measure(child(node, "limits", "memory"), _BYTES)
        or SnapshotSource().query_memory,
        query_seconds=_measure(child(node, "limits", "time"), _SECONDS)
        or SnapshotSource().query_seconds,
        file_format=read_file_format(problems, node),
        max_age_days=read_days(problems, child(node, "max_age")),
        rows_file=_beside(problems, node, "rows_file"),
        checksum_file=_beside(problems, node, "checksum_file"),
        done_file=_beside(problems, node, "done_file"),
        database=text_of(child(node, "database")),
        keep_days=read_days(problems, child(node, "keep")) or SnapshotSource().keep_days,
        span=node.span,
    )
    _paths(problems, node, source)
    _arriving(problems, node, source)
    return source


def read_days(problems: ProblemList, node: Node | None, least: int = 1) -> int | None:
    """Return a length of time in days, written in days or weeks and at least `least` days."""
    written = text_of(node)
    if node is None or written is None:
        return None
    offset = parse_offset(written)
    if offset is None or offset.unit not in FIXED_DAYS or offset.count < least:
        hint = "write `3 days` or `2 weeks`"
        problems.report("bad-offset", f"`{written}` is no stretch of days", node.span, hint)
        return None
    return offset.count * FIXED_DAYS[offset.unit]


def _dating(problems: ProblemList, node: Mapping) -> None:
    """Check that the date of each row is known; the schema checks that the source has exactly one kind."""
    query, column = text_of(node.get("query")), node.get("date_column")
    if query is not None and not (node.get("tables") or node.get("database")):
        problems.report(
            "missing-key",
            "nothing says what the query reads",
            node.span,
            "name its files under `tables:`, or the address of a `database:`",
        )
        return
    if node.get("database") is not None:
        _asked_daily(problems, node)
        return
    if query is not None and column is None and not asks_for_date(query):
        problems.report(
            "missing-key",
            "nothing says which date the query's rows are true of",
            node.span,
            "name the column with `date_column:`, or use `$on`, the date asked for, in the query",
        )
    if column is not None and node.get("files") is not None:
        message = "`date_column` means nothing beside `files`: the file's name has the date"
        problems.report("conflicting-keys", message, column.span)


def _asked_daily(problems: ProblemList, node: Mapping) -> None:
    """Check a database's query, whose answer is true of the day on which it is asked."""
    for key in ("allow_folders", "date_column", "format", "encoding"):
        if (place := node.get(key)) is not None:
            message = f"`{key}` means nothing for a `database`: it is asked each day, and its answer is of that day"
            problems.report("conflicting-keys", message, place.span, f"leave out `{key}`")
    query = node.get("query")
    if query is not None and asks_for_date(text_of(query) or ""):
        message = (
            "`$on` means nothing for a `database`: each answer is of the day on which it is asked"
        )
        hint = "use the database's own clock, or leave the date out"
        problems.report("conflicting-keys", message, query.span, hint)


def _fetched(problems: ProblemList, node: Mapping, source: SnapshotSource) -> None:
    """Check that what lies in object storage or in a lake can be read from there."""
    stated, path = source.file_format, source.path or ""
    place = node.get("files") or node.get("file")
    if place is None or not source.fetched:
        return
    if source.folder:
        if stated.format not in (None, "parquet"):
            message = f"`{path}` is a folder, and of a folder the Parquet files are read"
            hint = "leave out `format`; or name one file, without the `/` at the end"
            problems.report("unknown-format", message, place.span, hint)
    elif (stated.format or format_of(path) or "") not in OBJECT_FORMATS or packing_of(path):
        message = f"`{path}` is in object storage, and its format is not read from there"
        hint = "say `format:` csv, parquet, jsonl, delta or iceberg; or copy the file into the workspace"
        problems.report("unknown-format", message, place.span, hint)
    if stated.format in LAKE_FORMATS and node.get("files") is not None:
        message = "a lake's table is one table, whose newest version is read each day"
        problems.report("conflicting-keys", message, place.span, "write `file:`, without a date")
    if stated.format == "iceberg" and len(path.split("/")) != 2:
        message = f"`{path}` does not say which Iceberg table it is"
        hint = "write the catalog and the table in it, such as `file: prod/crm.accounts`"
        problems.report("bad-path", message, place.span, hint)
    of_one_file = ("separator", "sheet") if source.folder else ()
    for key in ("date_column", "encoding", "checksum_file", *of_one_file):
        if (other := node.get(key)) is not None:
            message = (
                f"`{key}` means nothing for what is fetched from object storage, a folder or a lake"
            )
            problems.report("conflicting-keys", message, other.span, f"leave out `{key}`")


def _arriving(problems: ProblemList, node: Mapping, source: SnapshotSource) -> None:
    """Check the address of a database, and that `keep` is of what comes without a date."""
    _fetched(problems, node, source)
    keep = node.get("keep")
    if keep is not None and not source.arrives:
        message = (
            "`keep` is for snapshots without a date: a `database`, or a `file` that is overwritten"
        )
        problems.report(
            "conflicting-keys",
            message,
            keep.span,
            "leave it out: nothing of these files is deleted",
        )
    check_address(problems, node.get("database"))


def check_address(problems: ProblemList, place: Node | None) -> None:
    """Check the address of a database, under the key `database`: its kind, and that no secret is written out in it."""
    address = text_of(place)
    if place is None or address is None or SECRET.fullmatch(address):
        return
    if has_plain_secret(address):
        message = (
            f"{file_and_line(place)}: `database` has a password, which all who read the file see"
        )
        hint = "write `${NAME}` in its place, and set the variable NAME where Tenure runs"
        # Without the line: what is shown may be in a log that more people read than the file.
        problems.report("plain-secret", message, None, hint)
    elif scheme_of(address) is None:
        message = "the address is not of a database that Tenure can read"
        problems.report("bad-database", message, place.span, f"begin it with one of {ADDRESSES}")


def read_tables(node: Node | None) -> dict[str, str]:
    """Return the files of a query by the name that it uses for each: `tables`."""
    found = ((entry.key, text_of(entry.value)) for entry in map_entries(child(node, "tables")))
    return {name: path for name, path in found if path is not None}


def _measure(node: Node | None, units: dict[str, int]) -> int | None:
    """Return a size in bytes or a time in seconds; None if the shape refuses it."""
    match = re.fullmatch(r"([1-9]\d{0,5}) ?([A-Za-z]+?)s?", text_of(node) or "", re.ASCII)
    return int(match[1]) * units[match[2]] if match and match[2] in units else None


def _beside(problems: ProblemList, node: Mapping, key: str) -> str | None:
    """Return the path of a file about a snapshot; with one snapshot file a date, it must contain the date too."""
    place = node.get(key)
    path = text_of(place)
    if place is None or path is None:
        return None
    if node.get("query") is not None:
        message = f"`{key}` speaks of one file, and a query reads several"
        problems.report("conflicting-keys", message, place.span)
    elif node.get("files") is not None and PLACEHOLDER not in path:
        message = f"`{key}` must hold {PLACEHOLDER}: there is one a snapshot"
        problems.report("bad-path", message, place.span)
    elif node.get("file") is not None and PLACEHOLDER in path:
        message = f"`{key}` must not hold {PLACEHOLDER}: there is one file for all dates"
        problems.report("bad-path", message, place.span)
    return path


_OTHER_DATE = re.compile(r"\{\{ *date *\}\}|\{DATE\}|YYYY-MM-DD|%Y-%m-%d|\d{4}-\d\d-\d\d", re.ASCII)
"""The date in a file's name, as other tools and people write it."""
_WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/](?!/)|[^/]*\\")


def _without_windows(path: str) -> str:
    """Return a path of Windows as it is written here."""
    path = path.replace("\\", "/")
    return f"/mnt/{path[0].lower()}{path[2:]}" if path[1:2] == ":" else path


def _paths(problems: ProblemList, node: Mapping, source: SnapshotSource) -> None:
    files, file = node.get("files"), node.get("file")
    written = text_of(files) or ""
    if files is not None and (written.count(PLACEHOLDER) != 1 or f"{{{PLACEHOLDER}}}" in written):
        message = f"`files` must hold {PLACEHOLDER} once, where the file names have the date"
        meant = _OTHER_DATE.sub(PLACEHOLDER, written)
        hint = "a single file with a column of dates is `file:` with `date_column:`"
        if meant != written and meant.count(PLACEHOLDER) == 1:
            hint = f"write `{meant}`"
        problems.report("bad-path", message, files.span, hint)
    for place in (files, file):
        if place is not None and _WINDOWS_PATH.match(text_of(place) or ""):
            message = "paths are written with `/`, and drives of Windows as WSL has them"
            hint = f"write `{_without_windows(text_of(place) or '')}`"
            problems.report("bad-path", message, place.span, hint)
    if file is not None and PLACEHOLDER in (text_of(file) or ""):
        message = f"`file` is one file; for one a date, with {PLACEHOLDER}, write `files:`"
        problems.report("bad-path", message, file.span)
    folder = (text_of(file) or "").rpartition("/")[0]
    if file is not None and "*" in folder and not in_object_storage(folder):
        message = "`*` means something in a file's name only, not in its folder"
        problems.report("bad-path", message, file.span, "name the folder")
    if not source.folder:
        check_formats(problems, node, source.file_format)


def read_file_format(problems: ProblemList, node: Node) -> FileFormat:
    """Return how a source's file is read, and report what does not fit the kind of file."""
    stated = FileFormat(
        text_of(child(node, "format")),
        text_of(child(node, "encoding")),
        separator_of(text_of(child(node, "separator"))),
        text_of(child(node, "sheet")),
    )
    encoding = child(node, "encoding")
    if encoding is not None and codec_name(stated.encoding) is None:
        hint = (
            "write `utf-8`, `windows-1252`, `latin-1`, `utf-16`, or another name that Python knows"
        )
        message = f"there is no text encoding called `{stated.encoding}`"
        problems.report("unknown-encoding", message, encoding.span, hint)
        stated = stated._replace(encoding=None)
    _check_keys(problems, node, stated)
    return stated


_KEYS_OF = {
    "encoding": ("csv", "json", "jsonl"),
    "separator": ("csv",),
    "sheet": SHEET_FORMATS,
}
"""The formats in which each key has a meaning."""


def _check_keys(problems: ProblemList, node: Node, stated: FileFormat) -> None:
    """Report keys that mean nothing for the kind of file, or for a query."""
    path = text_of(child(node, "files")) or text_of(child(node, "file"))
    format = stated.format or format_of(path or "")
    for key, formats in _KEYS_OF.items():
        place = child(node, key)
        if place is None:
            continue
        if child(node, "query") is not None:
            message = f"`{key}` is of one file, and a query reads several"
            problems.report("conflicting-keys", message, place.span)
        elif format is not None and format not in formats:
            message = f"`{key}` means nothing for a file of the format {format}"
            hint = f"leave it out; it is for {' and '.join(formats)}"
            problems.report("conflicting-keys", message, place.span, hint)


def check_formats(problems: ProblemList, node: Node, stated: FileFormat) -> None:
    """Report files whose format is not known, and tables of a query in formats that it cannot read."""
    for place in (child(node, "files"), child(node, "file")):
        path = text_of(place)
        if place is None or path is None or in_object_storage(path):
            continue
        if not (stated.format or format_of(path)):
            _report_ending(problems, place, tuple(FORMAT_BY_ENDING))
    for entry in map_entries(child(node, "tables")):
        path = text_of(entry.value) or ""
        if (stated.format or format_of(path)) not in QUERY_FORMATS or packing_of(path) == ".zip":
            known = (ending for ending, each in FORMAT_BY_ENDING.items() if each in QUERY_FORMATS)
            _report_ending(problems, entry.value, tuple(known))


def _report_ending(problems: ProblemList, place: Node, endings: tuple[str, ...]) -> None:
    path = text_of(place)
    if format_of(path or "") is None:
        message = f"the ending of `{path}` does not say what kind of file it is"
        hint = f"end it with {', '.join(endings)}, or say `format: csv`"
    else:
        message = f"a query cannot read `{path}`"
        hint = f"it reads {', '.join(endings)}, and these with .gz; export it as one of them"
    problems.report("unknown-format", message, place.span, hint)


def read_share(problems: ProblemList, node: Node | None, most: int = 100) -> float | None:
    """Return a percentage up to `most` as a share of 1; None where it is missing or invalid."""
    written = text_of(node)
    if node is None or written is None:
        return None
    match = re.fullmatch(r"(\d{1,3}(?:\.\d+)?) ?%", written, re.ASCII)
    if match is None or float(match[1]) > most:
        hint = f"write it like `20 %`, from 0 % to {most} %"
        problems.report("bad-percent", f"`{written}` is no share", node.span, hint)
        return None
    return float(Decimal(match[1]) / 100)
