"""Reader of the `snapshots` section: the source of account snapshots and the checks of their completeness."""

from __future__ import annotations

import re
from decimal import Decimal

from ..core.offsets import FIXED_DAYS, parse_offset
from ..core.problems import ProblemList, Span
from ..fields.yaml_values import child, list_texts, map_entries, text_of
from ..text.yaml_nodes import Mapping, Node
from .settings import SnapshotSource

FORMAT_BY_ENDING = {".csv": "csv", ".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl"}
"""File formats by the file name's extension."""

PLACEHOLDER = "{date}"
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
        format=text_of(child(node, "format")),
        max_age_days=read_days(problems, child(node, "max_age")),
        rows_file=_beside(problems, node, "rows_file"),
        checksum_file=_beside(problems, node, "checksum_file"),
        done_file=_beside(problems, node, "done_file"),
        span=node.span,
    )
    _paths(problems, node, source)
    return source


def asks_for_date(query: str) -> bool:
    """Return whether a query uses `$on`; such a query runs for one date and needs no date column."""
    return re.search(r"\$on\b", query) is not None


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


def _paths(problems: ProblemList, node: Mapping, source: SnapshotSource) -> None:
    files, file = node.get("files"), node.get("file")
    if files is not None and (text_of(files) or "").count(PLACEHOLDER) != 1:
        message = f"`files` must hold {PLACEHOLDER} once, where the file names have the date"
        hint = "a single file with a column of dates is `file:` with `date_column:`"
        problems.report("bad-path", message, files.span, hint)
    if file is not None and PLACEHOLDER in (text_of(file) or ""):
        message = f"`file` is one file; for one a date, with {PLACEHOLDER}, write `files:`"
        problems.report("bad-path", message, file.span)
    if source.format is None:
        tables = map_entries(node.get("tables"))
        for place in (files, file, *(entry.value for entry in tables)):
            if place is not None:
                check_ending(problems, place)


def check_ending(problems: ProblemList, place: Node) -> None:
    """Report a path whose ending does not say how the file is read."""
    path = text_of(place)
    if path is None or format_of(path) is not None:
        return
    hint = f"end it with {', '.join(FORMAT_BY_ENDING)}, or say `format: csv`"
    message = f"the ending of `{path}` does not say what kind of file it is"
    problems.report("unknown-format", message, place.span, hint)


def format_of(path: str) -> str | None:
    """Return the file format by a path's extension; None where it is unknown."""
    dot = path.rfind(".")
    return FORMAT_BY_ENDING.get(path[dot:].lower()) if dot >= 0 else None


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
