"""A second import into a `fields.yaml` that people have written in: what is new is added, and nothing else changes.

Takes the file's text and the proposal for the new export. Returns the new text, and a sentence for each change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from ..documents.yaml_edit import (
    Splice,
    add_entry,
    add_written_entry,
    apply,
    line_end,
    replace_scalar,
    text_index,
)
from ..fields.yaml_values import child, list_texts, map_entries, text_of
from ..text.yaml_nodes import Entry, Node, Scalar, Sequence
from ..text.yaml_nodes import Mapping as MapNode
from .column_profile import ColumnProfile
from .fields_text import (
    default_text,
    entry_text,
    own_missing,
    quoted_text,
    shared_style,
    style_text,
)
from .proposal import Proposal, ReadColumn

CONVERSION_KEYS = frozenset(("from", "format", "translate", "numbers", "missing"))
"""Keys of a field that say nothing apart from how its column is read."""


class Merge(NamedTuple):
    """The new text of `fields.yaml`, and what changed in it."""

    text: str
    changes: tuple[str, ...]


def has_entries(node: Node | None) -> bool:
    """Return whether a `fields.yaml` says anything at all."""
    return any(
        not isinstance(entry.value, MapNode) or entry.value.entries for entry in map_entries(node)
    )


def merge_fields(text: str, node: Node, proposal: Proposal) -> Merge:
    """Return the file with what the proposal adds; what is written in it stays."""
    written = {entry.key: entry for entry in map_entries(child(node, "fields"))}
    merger = _Merger(text, node, proposal)
    for field, read in proposal.columns.items():
        if field in written:
            merger.update(written[field], read)
    for field in written.keys() - proposal.columns.keys():
        merger.retire(written[field])
    merger.add({field: read for field, read in proposal.columns.items() if field not in written})
    merger.add_defaults({f: v for f, v in proposal.defaults.items() if f not in written})
    merger.add_missing()
    return Merge(apply(text, merger.splices), tuple(merger.changes))


class _Merger:
    """The splices and changes of one merge."""

    def __init__(self, text: str, node: Node, proposal: Proposal) -> None:
        self.text, self.node, self.proposal = text, node, proposal
        self.splices: list[Splice] = []
        self.changes: list[str] = []
        self.present = {profile.name for profile in proposal.profiles}
        self.shared = shared_style(proposal.columns.values())
        stated = list_texts(child(node, "missing"))
        known = {word.lower() for word in stated}
        self.new_missing = [word for word in proposal.missing if word.lower() not in known]
        self.missing = (*stated, *self.new_missing)

    def add(self, columns: Mapping[str, ReadColumn]) -> None:
        """Add fields that the file does not have yet."""
        new = {
            field: read
            for field, read in columns.items()
            if _needs_entry(field, read) or own_missing(read, self.missing)
        }
        for field, read in new.items():
            self.changes.append(f"`{field}` is now read from `{read.column.name}`")
        lines = (entry_text(read, self.shared, self.missing) for read in new.values())
        self._append("".join(lines))

    def add_defaults(self, defaults: Mapping[str, str]) -> None:
        """Add defaults that the file does not have yet."""
        for field, value in defaults.items():
            self.changes.append(f"`{field}` is now `{value}` for all accounts")
        self._append("".join(default_text(field, value) for field, value in defaults.items()))

    def _append(self, lines: str) -> None:
        if not lines:
            return
        fields = child(self.node, "fields")
        entries = map_entries(fields)
        if not entries or fields is None or self._in_braces(fields):
            # A map in braces has no lines to add to: the block goes to the end, where one can read what to do.
            self.changes.append(
                "`fields` is not written in lines: add what the comments at its end say"
            )
            lines = "".join(f"# {line}\n" for line in lines.splitlines())
            self.splices.append(Splice(len(self.text), len(self.text), f"\n{lines}"))
            return
        at = line_end(self.text, self._last_part(entries[-1].value).span)
        indent = " " * (entries[0].key_span.column - 1)
        own = "".join(f"{indent}{line[2:]}\n" for line in lines.splitlines())
        self.splices.append(Splice(at, at, "\n" + own.rstrip("\n")))

    def _last_part(self, node: Node) -> Node:
        """Return the last node in the lines of a block: the block's own end is where the next one begins."""
        while isinstance(node, MapNode | Sequence) and not self._in_braces(node):
            parts = node.items if isinstance(node, Sequence) else [e.value for e in node.entries]
            if not parts:
                break
            node = parts[-1]
        return node

    def _in_braces(self, node: Node) -> bool:
        start = text_index(self.text, node.span.line, node.span.column)
        return self.text.startswith(("{", "["), start)

    def update(self, entry: Entry, read: ReadColumn) -> None:
        """Follow a column that has another name now, and dates and words that are written otherwise."""
        source = child(entry.value, "from")
        column = text_of(source) or entry.key
        if column not in self.present and isinstance(source, Scalar):
            self.splices.append(replace_scalar(self.text, source, read.column.name))
            self.changes.append(
                f"`{entry.key}` was read from `{column}`, which is gone: now from `{read.column.name}`"
            )
        elif column != read.column.name:
            return
        self._follow_dates(entry, read)
        self._follow_numbers(entry, read)
        self._follow_words(entry, read)
        self._keep_codes(entry, read)

    def retire(self, entry: Entry) -> None:
        """Make a comment of a field whose column is gone, with which no run could read the snapshot."""
        column = text_of(child(entry.value, "from"))
        if column is None or column in self.present or not isinstance(entry.value, MapNode):
            return
        if not {each.key for each in entry.value.entries} <= CONVERSION_KEYS:
            return
        start = text_index(self.text, entry.key_span.line, 1)
        end = line_end(self.text, self._last_part(entry.value).span)
        if self.text[start:end].lstrip().startswith("{"):
            return
        lines = self.text[start:end].split("\n")
        self.splices.append(Splice(start, end, "\n".join(f"# {line}" for line in lines)))
        self.changes.append(
            f"`{entry.key}` was read from `{column}`, which is gone: its lines are a comment now"
        )

    def _follow_dates(self, entry: Entry, read: ReadColumn) -> None:
        format = child(entry.value, "format")
        former = text_of(format) or ""
        dates = read.column.dates
        if dates is None or read.format == former or former == dates.other:
            return
        if isinstance(format, Scalar) and read.format:
            self.splices.append(replace_scalar(self.text, format, read.format))
        elif read.format:
            self._add_key(entry, f"format: {quoted_text(read.format)}")
        self.changes.append(
            f"the dates of `{read.column.name}` are now written `{read.format or '%Y-%m-%d'}`, "
            f"no longer `{former or '%Y-%m-%d'}`"
        )

    def _follow_numbers(self, entry: Entry, read: ReadColumn) -> None:
        stated = child(entry.value, "numbers") or child(self.node, "numbers")
        style = style_text(read.numbers.style._asdict(), keep_decimal=False) if read.numbers else ""
        if stated is None and style:
            self._add_key(entry, f"numbers: {style}")
            self.changes.append(f"the numbers of `{read.column.name}` are now written {style}")

    def _add_key(self, entry: Entry, pair: str) -> None:
        """Add a key to a field that has some."""
        if isinstance(entry.value, MapNode) and entry.value.entries:
            last = entry.value.entries[-1]
            self.splices.append(add_written_entry(self.text, entry.value, last, pair))

    def _follow_words(self, entry: Entry, read: ReadColumn) -> None:
        translate = child(entry.value, "translate")
        known = {each.key for each in map_entries(translate)}
        new = {word: value for word, value in read.translate.items() if word not in known}
        for word, value in new.items():
            self.changes.append(f"`{word}` in `{read.column.name}` is new: it means `{value}`")
        if new and isinstance(translate, MapNode) and translate.entries:
            last = translate.entries[-1]
            for word, value in reversed(new.items()):
                self.splices.append(add_entry(self.text, translate, last, quoted_text(word), value))
        elif new:
            self.changes.append(
                f"translate these words of `{entry.key}` in fields.yaml: {', '.join(new)}"
            )
        ignored = {*list_texts(child(entry.value, "missing"))}
        for word in read.unknown:
            if word not in known and word not in ignored:
                self.changes.append(
                    f"`{word}` in `{read.column.name}` is new and not translated: `{entry.key}` is unknown for it"
                )

    def _keep_codes(self, entry: Entry, read: ReadColumn) -> None:
        """Give a column of codes its own words for nothing, where new ones of the file are codes in it."""
        key = own_missing(read, self.missing)
        if self.new_missing and key and child(entry.value, "missing") is None and not read.unknown:
            self._add_key(entry, key)

    def add_missing(self) -> None:
        """Add new words for nothing to the list of the whole file."""
        node, new = child(self.node, "missing"), self.new_missing
        if not new:
            return
        self.changes.append(f"new words for no value: {', '.join(new)}")
        words = ", ".join(quoted_text(word) for word in new)
        if isinstance(node, Sequence) and node.items:
            last = node.items[-1].span
            at = text_index(self.text, last.end_line, last.end_column)
            start = text_index(self.text, node.span.line, node.span.column)
            if self.text.startswith("[", start):
                self.splices.append(Splice(at, at, f", {words}"))
                return
        if node is None:
            first = map_entries(self.node)[0].key_span
            at = text_index(self.text, first.line, 1)
            self.splices.append(Splice(at, at, f"missing: [{words}]\n\n"))


def _needs_entry(field: str, read: ReadColumn) -> bool:
    """Return whether a column that has the field's name needs more than that."""
    return read.column.name != field or bool(
        read.format or read.translate or read.unknown or (read.numbers and not read.numbers.plain)
    )


def export_changes(before: Collection[ColumnProfile], now: Collection[ColumnProfile]) -> list[str]:
    """Return what changed from one export to the next: columns gone, new, and of another kind."""
    former = {profile.name: profile for profile in before}
    present = {profile.name: profile for profile in now}
    gone = [f"the column `{name}` is gone" for name in former if name not in present]
    new = [f"the column `{name}` is new" for name in present if name not in former]
    changed = [
        change
        for name, profile in present.items()
        if name in former and (change := _kind_change(former[name], profile))
    ]
    return [*gone, *new, *changed]


def _kind_change(before: ColumnProfile, now: ColumnProfile) -> str:
    if "empty" in (before.kind, now.kind):
        if before.kind == now.kind:
            return ""
        return f"`{now.name}` {'is empty now' if now.kind == 'empty' else 'is filled now'}"
    if before.kind != now.kind:
        return f"`{now.name}` was {_a(before.kind)} and is {_a(now.kind)} now"
    if before.numbers and now.numbers and _clash(before.numbers.decimal, now.numbers.decimal):
        return f"`{now.name}` has the decimal sign `{now.numbers.decimal}` now"
    return ""


def _a(kind: str) -> str:
    return f"a {kind}" if kind != "text" else "text"


def _clash(before: str, now: str) -> bool:
    return bool(before and now and before != now)
