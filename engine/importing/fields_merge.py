"""A second import into a `fields.yaml` that people have written in: what is new is added, and nothing else changes.

Takes the file's text and the proposal for the new export. Returns the new text, and a sentence for each change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import polars as pl

from ..documents.yaml_edit import apply, line_end, replace_scalar, scalar_text
from ..fields.catalogue import EITHER, PLAIN_NUMBERS, FieldSpec, NumberStyle
from ..fields.catalogue_loader import stated_numbers
from ..fields.yaml_values import child, list_texts, map_entries, text_of
from ..sources.convert import convert
from ..text.yaml_nodes import Entry, Node, Scalar
from ..text.yaml_nodes import Mapping as MapNode
from .column_profile import ColumnProfile
from .fields_text import (
    SharedStyle,
    default_text,
    entry_text,
    key_text,
    other_mark,
    own_missing,
    pair_text,
    quoted_text,
    shared_style,
    style_text,
)
from .proposal import Proposal, ReadColumn
from .written_numbers import WrittenNumbers
from .yaml_additions import YamlAdditions

CONVERSION_KEYS = frozenset(("from", "format", "translate", "numbers", "times", "missing"))
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
    merger.follow_shared_numbers(written)
    for field, read in proposal.columns.items():
        if field in written:
            merger.update(written[field], read)
    for field in written.keys() - proposal.columns.keys():
        merger.retire(written[field])
    merger.add({field: read for field, read in proposal.columns.items() if field not in written})
    merger.add_defaults({f: v for f, v in proposal.defaults.items() if f not in written})
    merger.add_missing()
    merger.add_ignored()
    merger.remember_repeated()
    merger.flush()
    return Merge(apply(text, merger.edit.splices), tuple(merger.changes))


class _Merger:
    """The splices and changes of one merge."""

    def __init__(self, text: str, node: Node, proposal: Proposal) -> None:
        self.text, self.node, self.proposal = text, node, proposal
        self.edit = YamlAdditions(text)
        self.lines: list[str] = []
        self.pairs: list[str] = []
        """The new fields, as lines and as pairs of a map in braces."""
        self.changes: list[str] = []
        self.present = {profile.name for profile in proposal.profiles}
        self.shared = shared_style(proposal.columns.values())
        stated = list_texts(child(node, "missing"))
        known = {word.lower() for word in stated}
        self.new_missing = [word for word in proposal.missing if word.lower() not in known]
        self.missing = (*stated, *self.new_missing)
        self.numbers = stated_numbers(child(node, "numbers"), PLAIN_NUMBERS)
        """How the file says that the numbers of all columns are written."""

    def add(self, columns: Mapping[str, ReadColumn]) -> None:
        """Add fields that the file does not have yet."""
        new = {
            field: read
            for field, read in columns.items()
            if _needs_entry(field, read) or own_missing(read, self.missing)
        }
        for field, read in new.items():
            self.changes.append(f"`{field}` is now read from `{read.column.name}`")
        written = child(self.node, "numbers", "decimal") is not None
        decimal, thousands, _, currency = self.numbers
        stated = SharedStyle(decimal, thousands, currency, written)
        for read in new.values():
            self.lines += entry_text(read, stated, self.missing).splitlines()
            self.pairs.append(pair_text(read, stated, self.missing))

    def add_defaults(self, defaults: Mapping[str, str]) -> None:
        """Add defaults that the file does not have yet."""
        for field, value in defaults.items():
            self.changes.append(f"`{field}` is now `{value}` for all accounts")
            self.lines += default_text(field, value).splitlines()
            self.pairs.append(f"{field}: {{default: {scalar_text(value)}}}")

    def flush(self) -> None:
        """Write the new fields: as lines after those of the others, or as pairs of a map in braces."""
        fields, newline = child(self.node, "fields"), self.edit.newline
        entries = map_entries(fields)
        if not self.lines:
            return
        if self.edit.in_braces(fields or self.node) and (entries or self.edit.in_braces(self.node)):
            whole = [f"fields: {{{', '.join(self.pairs)}}}"]
            self.edit.add_pairs(fields or self.node, self.pairs if fields else whole)
        elif fields is None:
            gap = "" if self.text.endswith("\n") else newline
            added = "".join(f"{line}{newline}" for line in ("fields:", *self.lines))
            self.edit.add(len(self.text), len(self.text), f"{gap}{newline}{added}")
        elif not entries:
            self.edit.replace(fields, "".join(f"{newline}{line}" for line in self.lines).lstrip())
        else:
            at = line_end(self.text, self.edit.last_part(entries[-1].value).span)
            indent = " " * (entries[0].key_span.column - 1)
            self.edit.add(at, at, "".join(f"{newline}{indent}{line[2:]}" for line in self.lines))

    def update(self, entry: Entry, read: ReadColumn) -> None:
        """Follow a column that has another name now, and dates, numbers and words that are written otherwise."""
        source = child(entry.value, "from")
        column = text_of(source) or entry.key
        pairs: list[str] = []
        if column not in self.present:
            if not self._follow_name(entry, read, pairs):
                return
        elif column != read.column.name:
            return
        self._follow_dates(entry, read, pairs)
        self._follow_numbers(entry, read, pairs)
        self._follow_words(entry, read, pairs)
        self._keep_codes(entry, read, pairs)
        self.edit.add_pairs(entry.value, pairs)

    def _follow_name(self, entry: Entry, read: ReadColumn, pairs: list[str]) -> bool:
        """Read a field from the column that it has now; return whether the file could be changed for it."""
        source, name = child(entry.value, "from"), read.column.name
        former = text_of(source)
        if former is not None and isinstance(source, Scalar):
            self.edit.splices.append(replace_scalar(self.text, source, name))
            self.changes.append(
                f"`{entry.key}` was read from `{former}`, which is gone: now from `{name}`"
            )
            return True
        if source is not None or not isinstance(entry.value, MapNode):
            return False
        if any(entry.value.get(key) is not None for key in ("derive", "rank")):
            return False
        pairs.append(f"from: {key_text(name)}")
        self.changes.append(f"no column is called `{entry.key}`: it is now read from `{name}`")
        return True

    def retire(self, entry: Entry) -> None:
        """Make a comment of a field whose column is gone, with which no run could read the snapshot."""
        column = text_of(child(entry.value, "from"))
        if column is None or column in self.present or not isinstance(entry.value, MapNode):
            return
        if not {each.key for each in entry.value.entries} <= CONVERSION_KEYS:
            return
        start = self.edit.at(entry.key_span.line, 1)
        end = line_end(self.text, self.edit.last_part(entry.value).span)
        if self.text[start:end].lstrip().startswith("{"):
            return
        lines = self.text[start:end].split("\n")
        self.edit.add(start, end, "\n".join(f"# {line}" for line in lines))
        self.changes.append(
            f"`{entry.key}` was read from `{column}`, which is gone: its lines are a comment now"
        )

    def _follow_dates(self, entry: Entry, read: ReadColumn, pairs: list[str]) -> None:
        format = child(entry.value, "format")
        former = text_of(format) or ""
        dates = read.column.dates
        if dates is None or read.format == former or former == dates.other:
            return
        if (read.format or "%Y-%m-%d") in former.split(EITHER):
            return
        if isinstance(format, Scalar):
            self.edit.splices.append(replace_scalar(self.text, format, read.format or "%Y-%m-%d"))
        elif format is None and isinstance(entry.value, MapNode):
            pairs.append(f"format: {quoted_text(read.format)}")
        else:
            return
        self.changes.append(
            f"the dates of `{read.column.name}` are now written `{read.format or '%Y-%m-%d'}`, "
            f"no longer `{former or '%Y-%m-%d'}`"
        )

    def follow_shared_numbers(self, written: Mapping[str, Entry]) -> None:
        """Follow the style of all columns where the numbers in them are written otherwise."""
        node = child(self.node, "numbers")
        reads = [
            read
            for field, read in self.proposal.columns.items()
            if field in written and child(written[field].value, "numbers") is None
        ]
        if not isinstance(node, MapNode) or not any(
            _marks_differ(read, self.numbers) for read in reads
        ):
            return
        shared = self.shared
        style = NumberStyle(
            shared.decimal or ".", shared.thousands, False, shared.currency or self.numbers.currency
        )
        if style[:2] == self.numbers[:2]:
            return
        self.numbers = style
        text = style_text(style._asdict(), keep_decimal=True)
        self.edit.replace(node, text)
        self.changes.append(f"the numbers of the export are now written {text}")

    def _follow_numbers(self, entry: Entry, read: ReadColumn, pairs: list[str]) -> None:
        own = child(entry.value, "numbers")
        stated = stated_numbers(own, self.numbers)
        if read.numbers is None:
            return
        if not _numbers_differ(read, stated):
            self._remember_numbers(own, read.numbers, pairs)
            return
        text = style_text(_own_style(read.numbers.style, self.numbers), keep_decimal=True)
        if isinstance(own, MapNode):
            self.edit.replace(own, text)
        elif own is None and isinstance(entry.value, MapNode):
            pairs.append(f"numbers: {text}")
        else:
            return
        self.changes.append(f"the numbers of `{read.column.name}` are now written {text}")

    def _remember_numbers(
        self, own: Node | None, numbers: WrittenNumbers, pairs: list[str]
    ) -> None:
        """Write what a question decided about numbers, though it is the usual style: so it is not asked again."""
        said = {"decimal": f"decimal: {quoted_text(numbers.decimal)}", "percent": "percent: false"}
        new = [said[key] for key in numbers.said if child(own, key) is None]
        if new and not self.edit.add_pairs(own, new):
            pairs.append(f"numbers: {{{', '.join(new)}}}")

    def _follow_words(self, entry: Entry, read: ReadColumn, pairs: list[str]) -> None:
        translate = child(entry.value, "translate")
        known = {each.key for each in map_entries(translate)}
        new = {word: value for word, value in read.translate.items() if word not in known}
        words = [f"{quoted_text(word)}: {scalar_text(value)}" for word, value in new.items()]
        added = self.edit.add_pairs(translate, words)
        if new and translate is None and isinstance(entry.value, MapNode):
            pairs.append(f"translate: {{{', '.join(words)}}}")
            added = True
        if added:
            for word, value in new.items():
                self.changes.append(f"`{word}` in `{read.column.name}` is new: it means `{value}`")
        elif new:
            self.changes.append(
                f"translate these words of `{entry.key}` in fields.yaml: {', '.join(new)}"
            )
        ignored = {*list_texts(child(entry.value, "missing"))}
        self._remember_words(entry, read, pairs)
        for word in read.unknown:
            if word not in known and word not in ignored and word not in read.refused:
                self.changes.append(
                    f"`{word}` in `{read.column.name}` is new and not translated: `{entry.key}` is unknown for it"
                )

    def _remember_words(self, entry: Entry, read: ReadColumn, pairs: list[str]) -> None:
        """Add words of which a person said that they mean nothing to the field's words for no value."""
        node = child(entry.value, "missing")
        if not read.refused:
            return
        if node is None:
            pairs.append(own_missing(read, self.missing))
        else:
            self.edit.add_items(node, [quoted_text(word) for word in read.refused])
        self.changes.append(f"`{entry.key}` is missing for: {', '.join(read.refused)}")

    def _keep_codes(self, entry: Entry, read: ReadColumn, pairs: list[str]) -> None:
        """Give a column of codes its own words for nothing, where new ones of the file are codes in it."""
        key = own_missing(read, self.missing)
        if self.new_missing and key and child(entry.value, "missing") is None and not read.unknown:
            pairs.append(key)

    def add_missing(self) -> None:
        """Add new words for nothing to the list of the whole file."""
        node, new = child(self.node, "missing"), self.new_missing
        if not new:
            return
        if self._add_to_list("missing", node, new):
            self.changes.append(f"new words for no value: {', '.join(new)}")

    def add_ignored(self) -> None:
        """Add columns that fill no field by their name to the list of the whole file."""
        node = child(self.node, "ignore")
        known = {*list_texts(node)}
        new = [column for column in self.proposal.ignored if column not in known]
        if new and self._add_to_list("ignore", node, new):
            self.changes.append(f"no field is read by its name from: {', '.join(new)}")

    def remember_repeated(self) -> None:
        """Write which row counts where an account has several, if a person said so now."""
        node, said = child(self.node, "repeated"), self.proposal.repeated
        if not said or text_of(node) == said:
            return
        if isinstance(node, Scalar):
            self.edit.splices.append(replace_scalar(self.text, node, said))
        elif not (
            self.edit.in_braces(self.node) and self.edit.add_pairs(self.node, [f"repeated: {said}"])
        ):
            at = self.edit.at(map_entries(self.node)[0].key_span.line, 1)
            self.edit.add(at, at, f"repeated: {said}{self.edit.newline}{self.edit.newline}")
        self.changes.append(f"of several rows of an account the import takes: {said}")

    def _add_to_list(self, key: str, node: Node | None, words: list[str]) -> bool:
        """Add words to a list of the whole file, in its layout, or a list to the file; return whether it could be."""
        quoted = [quoted_text(word) for word in words]
        if self.edit.add_items(node, quoted):
            return True
        if node is not None:
            return False
        pair = f"{key}: [{', '.join(quoted)}]"
        if self.edit.in_braces(self.node):
            return self.edit.add_pairs(self.node, [pair])
        first = map_entries(self.node)[0].key_span
        at = self.edit.at(first.line, 1)
        self.edit.add(at, at, f"{pair}{self.edit.newline}{self.edit.newline}")
        return True


def _numbers_differ(read: ReadColumn, stated: NumberStyle) -> bool:
    """Return whether a column writes its numbers in another way than it is stated."""
    now = read.numbers
    if now is None:
        return False
    if (now.percent and not stated.percent) or (now.currency and now.currency != stated.currency):
        return True
    return _marks_differ(read, stated)


def _marks_differ(read: ReadColumn, stated: NumberStyle) -> bool:
    """Return whether a column's numbers prove other marks than those stated: `1.234` alone may be either."""
    now = read.numbers
    if now is None or not (
        _clash(stated.decimal, now.decimal) or (now.thousands and now.thousands != stated.thousands)
    ):
        return False
    if now.decimal and now.thousands:
        return True
    spec = FieldSpec("number", "number", numbers=stated)
    numbers, _ = convert(pl.Series("", read.column.examples, dtype=pl.String), spec, "UTC")
    return numbers.null_count() > 0


def _own_style(style: NumberStyle, shared: NumberStyle) -> dict[str, str | bool]:
    """Return the map of a column's numbers, in which no mark of the whole file is left that clashes with them."""
    own = style._asdict()
    own["thousands"] = style.thousands or other_mark(style.decimal, shared.thousands)
    return own


def _needs_entry(field: str, read: ReadColumn) -> bool:
    """Return whether a column that has the field's name needs more than that."""
    return read.column.name != field or bool(
        read.own
        or read.times
        or read.format
        or read.translate
        or read.unknown
        or (read.numbers and not read.numbers.plain)
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
