"""The settings of snapshots in `tenure.yaml`, changed for an export: only these lines, all else stays as it is."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.problems import Problem, Problems
from ..documents.yaml_edit import Splice, add_entry, apply, replace_scalar, scalar_text, text_index
from ..fields.yaml_values import child, map_entries, text_of
from ..text.yaml_nodes import Mapping as MapNode
from ..text.yaml_nodes import Node, Scalar
from ..workspace.settings import SETTINGS

SOURCE_KEYS = ("format", "encoding", "separator", "sheet")
"""The keys that say how a snapshot file is read."""


def snapshot_pattern(node: Node | None) -> str:
    """Return the path of snapshots with its `{date}`.

    Raises:
        Problems: The workspace has its snapshots from elsewhere, so that a file cannot be added to them.
    """
    files = text_of(child(node, "snapshots", "files"))
    if files is not None:
        return files
    place = child(node, "snapshots")
    raise Problems(
        [
            Problem(
                "not-importable",
                "the snapshots of this workspace are not files by date, so an export cannot be added to them",
                place.span if place is not None else None,
                "write `snapshots: {files: data/accounts-{date}.csv}`, or import into another folder with --into",
            )
        ]
    )


def edit_settings(text: str, node: Node, pattern: str, stated: Mapping[str, str | None]) -> str:
    """Return the settings with this path of snapshots, and with what is stated about its files and nothing else."""
    snapshots = child(node, "snapshots")
    if not isinstance(snapshots, MapNode):
        raise ValueError(f"{SETTINGS} has no snapshots")
    splices: list[Splice] = []
    entries = {entry.key: entry for entry in snapshots.entries}
    files = entries["files"]
    if isinstance(files.value, Scalar) and files.value.text != pattern:
        splices.append(replace_scalar(text, files.value, pattern))
    for key in SOURCE_KEYS:
        value, entry = stated.get(key), entries.get(key)
        if value is not None and entry is None:
            splices.append(add_entry(text, snapshots, files, key, value))
        elif value is not None and entry is not None and isinstance(entry.value, Scalar):
            if entry.value.text != value:
                splices.append(replace_scalar(text, entry.value, value))
        elif entry is not None:
            splices.append(_without(text, snapshots, key))
    return apply(text, splices)


def _without(text: str, snapshots: MapNode, key: str) -> Splice:
    """Return the splice that removes a key with its line; in braces its value becomes the one left out."""
    entry = next(each for each in map_entries(snapshots) if each.key == key)
    start = text_index(text, entry.key_span.line, entry.key_span.column)
    end = text_index(text, entry.value.span.end_line, entry.value.span.end_column)
    opening = text_index(text, snapshots.span.line, snapshots.span.column)
    if text.startswith("{", opening):
        before = text.rfind(",", opening, start)
        return Splice(before if before >= 0 else start, end, "")
    line = text.rfind("\n", 0, start) + 1
    after = text.find("\n", end)
    return Splice(line, len(text) if after < 0 else after + 1, "")


def stated_text(stated: Mapping[str, str | None]) -> str:
    """Return what is stated about a file, for a sentence."""
    return ", ".join(f"{key}: {scalar_text(value)}" for key, value in stated.items() if value)
