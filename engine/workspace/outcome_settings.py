"""Reader of the `outcomes` section: where outcomes of actions come from, before each run."""

from __future__ import annotations

from ..core.problems import ProblemList
from ..fields.yaml_values import child, text_of
from ..text.yaml_nodes import Mapping, Node
from .settings import OutcomeSource, asks_for_date
from .source_settings import check_address, read_tables


def read_outcome_source(problems: ProblemList, node: Node | None) -> OutcomeSource | None:
    """Return the source of outcomes; None where there is none."""
    if not isinstance(node, Mapping):
        return None
    source = OutcomeSource(
        text_of(child(node, "file")),
        text_of(child(node, "folder")),
        text_of(child(node, "query")),
        read_tables(node),
        text_of(child(node, "database")),
        node.span,
    )
    query = child(node, "query")
    if query is not None and not (node.get("tables") or node.get("database")):
        problems.report(
            "missing-key",
            "nothing says what the query reads",
            node.span,
            "name its files under `tables:`, or the address of a `database:`",
        )
    elif query is not None and asks_for_date(source.query or ""):
        message = "a query of outcomes gives those of all dates: it takes no `$on`"
        hint = "leave the condition on the date out: an outcome is recorded once"
        problems.report("conflicting-keys", message, query.span, hint)
    check_address(problems, node.get("database"))
    return source
