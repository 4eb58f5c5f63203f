"""Check that a query's text is one SELECT over its tables whose result depends on nothing else.

DuckDB's parser reads the text alone, and the checks walk its syntax tree. They run in the query's process
(see `query_child`), which has no access to anything in any case: the checks give clear problems, and refuse what the
process can't prevent, such as the machine's clock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

PARAMETER = "on"

TABLE_FUNCTIONS = frozenset(
    {"generate_series", "json_each", "json_tree", "range", "repeat", "repeat_row", "unnest"}
)
"""Table functions that compute from their arguments alone; every other one is refused."""

UNSTABLE = frozenset(
    {
        "current_date",
        "current_localtime",
        "current_localtimestamp",
        "current_time",
        "current_timestamp",
        "gen_random_uuid",
        "get_current_time",
        "get_current_timestamp",
        "localtime",
        "localtimestamp",
        "now",
        "random",
        "reservoir_quantile",
        "setseed",
        "today",
        "transaction_timestamp",
        "uuid",
        "uuidv4",
        "uuidv7",
    }
)
"""Functions of the clock or of chance in every DuckDB version; the installed one adds those that it lists."""

STABLE = frozenset({"error", "vector_type"})
"""Functions that DuckDB calls volatile so that it does not move them."""

BARE = frozenset(
    {
        "current_catalog",
        "current_date",
        "current_schema",
        "current_time",
        "current_timestamp",
        "localtime",
        "localtimestamp",
    }
)
"""Functions that SQL calls without brackets, so that the tree has a column instead."""

_CLOCK = re.compile("date|time|now|today|^age$|^ago$")

_PARTS = frozenset(
    {
        "ASCENDING",
        "BASE_TABLE",
        "CTE_NODE",
        "DESCENDING",
        "DISTINCT_MODIFIER",
        "EMPTY",
        "EXPRESSION_LIST",
        "JOIN",
        "LIMIT_MODIFIER",
        "LIMIT_PERCENT_MODIFIER",
        "ORDER_DEFAULT",
        "ORDER_MODIFIER",
        "PIVOT",
        "RECURSIVE_CTE_NODE",
        "SELECT_NODE",
        "SET_OPERATION_NODE",
        "SUBQUERY",
        "TABLE_FUNCTION",
    }
)
"""The parts of a SELECT, except expressions. WITH may also hold INSERT, DELETE or COPY: these are not here."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A query that passed: its text, and whether it uses the date."""

    text: str
    takes_date: bool


class Refused(Exception):
    """Raised for a query that can't be run: the problem's code, message and hint."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


def check_query(
    database: duckdb.DuckDBPyConnection,
    text: str,
    tables: Collection[str],
    unstable: Collection[str],
) -> Statement:
    """Return the query if it is one SELECT over `tables` that calls no function of `unstable`.

    Raises:
        Refused: It is anything else, or it depends on the clock or on chance.
        duckdb.Error: It is not SQL.
    """
    try:
        tree = _tree(database, text)
        parts = list(_walk(tree))
    except RecursionError:
        raise Refused("query-not-select", "the query is nested too deeply to be checked") from None
    _check_parts(parts)
    _check_parameters(parts)
    _check_tables(parts, tables)
    _check_functions(parts, unstable)
    return Statement(text, any(part.get("class") == "PARAMETER" for part in parts))


def _tree(database: duckdb.DuckDBPyConnection, text: str) -> dict[str, Any]:
    statements = database.extract_statements(text)
    if len(statements) != 1:
        raise Refused(
            "query-not-select",
            f"the query has {len(statements)} statements, and it must be one SELECT",
        )
    # All rows: a result that is not read to its end blocks the connection.
    rows = database.execute("SELECT json_serialize_sql(?::VARCHAR)", [text]).fetchall()
    tree = json.loads(rows[0][0])
    if tree["error"] or len(tree["statements"]) != 1:
        kind = statements[0].type.name.replace("_", " ")
        if kind == "MULTI":
            raise Refused(
                "query-not-select",
                "the query is a statement that DuckDB turns into several",
                "name the values of a PIVOT: `PIVOT t ON column IN ('a', 'b') USING sum(x)`",
            )
        raise Refused(
            "query-not-select", f"the query is a statement of the kind {kind}, not SELECT"
        )
    return dict(tree["statements"][0])


def _walk(node: object) -> Iterator[dict[str, Any]]:
    """Yield every map of the tree, the outer ones first."""
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from _walk(child)
    elif isinstance(node, list):
        for child in node:
            yield from _walk(child)


def _check_parts(parts: Collection[dict[str, Any]]) -> None:
    for part in parts:
        kind = part.get("type")
        if isinstance(kind, str) and "class" not in part and not _known(kind):
            what = kind.removesuffix("_NODE").removesuffix("_QUERY").removesuffix("_REF")
            message = f"the query contains {what.replace('_', ' ')}, and it must be only SELECT"
            raise Refused("query-not-select", message)
        if part.get("sample") is not None:
            message = "the query takes a sample, so each run could give other rows"
            raise Refused("query-unstable", message, "choose rows by a condition, or by `hash(id)`")


def _known(kind: str) -> bool:
    return kind in _PARTS or kind.endswith("_TYPE_INFO")


def _check_parameters(parts: Collection[dict[str, Any]]) -> None:
    for part in parts:
        if part.get("class") == "PARAMETER" and part["identifier"] != PARAMETER:
            message = (
                f"the query has the parameter `${part['identifier']}`, and only `$on` has a value"
            )
            raise Refused("query-failed", message)


def _check_tables(parts: Collection[dict[str, Any]], tables: Collection[str]) -> None:
    named = {entry["key"].casefold() for part in parts for entry in _ctes(part)}
    known = named | {name.casefold() for name in tables}
    for part in parts:
        if part.get("type") != "BASE_TABLE" or "class" in part:
            continue
        path = [part["catalog_name"], part["schema_name"], part["table_name"]]
        if path[0] or path[1] not in ("", "main") or path[2].casefold() not in known:
            name = ".".join(step for step in path if step)
            raise Refused(
                "query-outside",
                f"the query reads `{name}`, which is not one of its tables",
                f"name the file under `tables`; there: {', '.join(sorted(tables))}",
            )


def _ctes(part: dict[str, Any]) -> list[dict[str, Any]]:
    definitions = part.get("cte_map")
    return list(definitions["map"]) if isinstance(definitions, dict) else []


def _check_functions(parts: Collection[dict[str, Any]], unstable: Collection[str]) -> None:
    for part in parts:
        if part.get("type") == "TABLE_FUNCTION" and isinstance(part.get("function"), dict):
            name = str(part["function"].get("function_name", "")).casefold()
            if name not in TABLE_FUNCTIONS:
                hint = "a query reads its tables; name the file under `tables`"
                raise Refused("query-outside", f"the query calls the table function `{name}`", hint)
        name = _function(part)
        if name in unstable or (name == "age" and len(part["arguments"]) == 1):
            _refuse_unstable(name)


def _function(part: dict[str, Any]) -> str:
    """Return the function that a node calls; empty if it calls none."""
    if isinstance(part.get("function_name"), str):
        return str(part["function_name"]).casefold()
    if part.get("class") == "COLUMN_REF" and len(part["column_names"]) == 1:
        name = str(part["column_names"][0]).casefold()
        return name if name in BARE else ""
    return ""


def _refuse_unstable(name: str) -> None:
    if _CLOCK.search(name):
        raise Refused(
            "query-unstable",
            f"the query calls `{name}`, which follows the machine's clock",
            "write `$on`, the date that is evaluated; a column of that name needs its table: "
            f"`accounts.{name}`",
        )
    raise Refused(
        "query-unstable",
        f"the query calls `{name}`, so that the same tables can give other rows",
        "leave it out; to choose rows or make ids, use `hash(id)` or `md5(id)`",
    )


def unstable_functions(database: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Return the functions whose result depends on more than their arguments: the clock, chance or the session."""
    rows = database.execute(
        "SELECT function_name, function_type, stability, macro_definition FROM duckdb_functions()"
    ).fetchall()
    levels: dict[str, set[str]] = {}
    for name, kind, level, _ in rows:
        if kind == "scalar":
            levels.setdefault(name, set()).add(level)
    functions = {
        name for name, level in levels.items() if "CONSISTENT" not in level or "VOLATILE" in level
    }
    functions = (functions | UNSTABLE | BARE) - STABLE
    tables = {name for name, kind, _, _ in rows if kind in ("table", "table_macro")}
    macros = [
        (name, set(re.findall(r"\w+", text))) for name, kind, _, text in rows if kind == "macro"
    ]
    return frozenset(_with_macros(functions, macros, tables - TABLE_FUNCTIONS))


def _with_macros(
    functions: set[str], macros: Collection[tuple[str, set[str]]], tables: Collection[str]
) -> set[str]:
    """Add to the functions each macro that calls one of them, or reads a table of DuckDB's catalogue."""
    while True:
        more = {
            name for name, words in macros if not words.isdisjoint(functions | set(tables))
        } - functions
        if not more:
            return functions
        functions |= more
