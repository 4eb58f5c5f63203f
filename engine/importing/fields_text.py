"""The text of `fields.yaml` for a proposal: a map of columns with comments that say what was recognised, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..documents.yaml_edit import scalar_text
from ..fields.catalogue import NumberStyle
from .column_reading import holds_codes
from .proposal import Proposal, ReadColumn
from .written_numbers import WrittenNumbers

SCHEMA_LINE = "# yaml-language-server: $schema=schemas/fields.json\n"
_WIDEST = 110


class SharedStyle(NamedTuple):
    """How most columns of a file write their numbers."""

    decimal: str = ""
    thousands: str = ""
    currency: str = ""
    written: bool = True
    """True if the file says which sign is before decimals, though it is a point."""


def fields_text(proposal: Proposal, source: str) -> str:
    """Return a whole `fields.yaml`; `source` says what was imported."""
    shared = shared_style(proposal.columns.values())
    return "".join(
        (
            SCHEMA_LINE,
            "#\n",
            f"# Which column of the export fills which field; by `tenure import` from {source}.\n",
            "# Change what you like: the next import keeps it. `tenure fields` lists every field.\n",
            *_shared_lines(proposal, shared),
            *_ignored_lines(proposal.ignored),
            *_repeated_lines(proposal.repeated),
            "\nfields:\n",
            *(entry_text(each, shared, proposal.missing) for each in proposal.columns.values()),
            *(default_text(field, value) for field, value in proposal.defaults.items()),
            *_unread_lines(proposal),
        )
    )


def _shared_lines(proposal: Proposal, shared: SharedStyle) -> Iterable[str]:
    style = style_text(
        NumberStyle(shared.decimal, shared.thousands, False, shared.currency)._asdict(),
        keep_decimal=says_decimal(proposal.columns.values()),
    )
    if style:
        example = _example(proposal.columns.values())
        yield f"\n# How numbers are written: {_line(example)}\nnumbers: {style}\n"
    if proposal.missing:
        words = ", ".join(quoted_text(word) for word in proposal.missing)
        yield f"\n# The words for no value.\nmissing: [{words}]\n"


def says_decimal(columns: Iterable[ReadColumn]) -> bool:
    """Return whether a question decided that a point is before decimals, which is then written."""
    return any(each.numbers is not None and "decimal" in each.numbers.said for each in columns)


def _ignored_lines(ignored: tuple[str, ...]) -> Iterable[str]:
    if ignored:
        yield f"\n# Columns that fill no field by their name.\nignore: {ignored_text(ignored)}\n"


def _repeated_lines(repeated: str) -> Iterable[str]:
    if repeated:
        yield f"\n# The row that the import takes where an account has several.\nrepeated: {repeated}\n"


def ignored_text(columns: Iterable[str]) -> str:
    """Return the list of columns that fill no field by their name."""
    return f"[{', '.join(quoted_text(column) for column in columns)}]"


def _example(columns: Iterable[ReadColumn]) -> str:
    return next(
        (each.column.examples[0] for each in columns if each.numbers and not each.numbers.plain), ""
    )


def shared_style(columns: Iterable[ReadColumn]) -> SharedStyle:
    """Return how most of the columns with marks in their numbers write them."""
    styles = [each.numbers for each in columns if each.numbers is not None]
    decimals = Counter(style.decimal for style in styles if style.decimal)
    decimal = decimals.most_common(1)[0][0] if decimals else ""
    fitting = [style for style in styles if style.decimal in ("", decimal)]
    thousands = Counter(style.thousands for style in fitting if style.thousands)
    currencies = Counter(style.currency for style in styles if style.currency)
    return SharedStyle(
        decimal,
        thousands.most_common(1)[0][0] if thousands else "",
        currencies.most_common(1)[0][0] if currencies else "",
    )


def entry_text(
    read: ReadColumn, shared: SharedStyle, missing: tuple[str, ...] = (), indent: str = "  "
) -> str:
    """Return the lines of one field, with a comment of examples and of what is not certain."""
    parts = _parts(read, shared, missing)
    comment = _comment(read)
    line = f"{indent}{read.field}: {{{', '.join(parts)}}}"
    if not read.translate and len(line) + len(comment) <= _WIDEST:
        return f"{line}{comment}\n"
    lines = "".join(f"{indent}  {part}\n" for part in parts)
    return f"{indent}{read.field}:{comment}\n{lines}" if parts else f"{line}{comment}\n"


def pair_text(read: ReadColumn, shared: SharedStyle, missing: tuple[str, ...] = ()) -> str:
    """Return one field as a pair of a map in braces."""
    return f"{read.field}: {{{', '.join(_parts(read, shared, missing))}}}"


def _parts(read: ReadColumn, shared: SharedStyle, missing: tuple[str, ...]) -> list[str]:
    """Return the keys of a field with their values."""
    column = read.column
    parts = ["type: text"] if read.own else []
    if column.name != read.field:
        parts.append(f"from: {key_text(column.name)}")
    if read.times is not None:
        parts.append(f"times: {read.times.normalize():f}")
    if read.format:
        parts.append(f"format: {quoted_text(read.format)}")
    if read.numbers is not None and (style := _own_style(read.numbers, shared)):
        parts.append(f"numbers: {style}")
    if read.translate:
        pairs = (
            f"{key_text(word)}: {scalar_text(value)}" for word, value in read.translate.items()
        )
        parts.append(f"translate: {{{', '.join(pairs)}}}")
    if read.default:
        parts.append(f"default: {read.default}")
    if words := own_missing(read, missing):
        parts.append(words)
    return parts


def own_missing(read: ReadColumn, missing: tuple[str, ...]) -> str:
    """Return the key for a field's own words for nothing; empty where those of the whole file do."""
    words = missing
    if holds_codes(read):
        words = tuple(word for word in missing if len(word) != 2 or not word.isalpha())
    if words == missing and not read.unknown:
        return ""
    return f"missing: [{', '.join(quoted_text(word) for word in (*words, *read.unknown))}]"


def _comment(read: ReadColumn) -> str:
    notes = []
    if not read.sure:
        notes.append("check: recognised " + read.why)
    if read.unknown:
        notes.append("words without a meaning are read as missing: translate them")
    if read.field != "account_name" and read.column.examples and not read.translate:
        notes.append(", ".join(read.column.examples[:2]))
    return f"  # {_line('; '.join(notes))}" if notes else ""


def _own_style(style: WrittenNumbers, shared: SharedStyle) -> str:
    """Return the map of a column's numbers where it differs from that of the file."""
    differs = (
        (style.decimal and style.decimal != shared.decimal)
        or (style.thousands and style.thousands != shared.thousands)
        or ("decimal" in style.said and not shared.written)
    )
    own: dict[str, str | bool] = {}
    if differs or (style.currency and style.currency != shared.currency):
        own = {
            "decimal": style.decimal or ("." if shared.decimal == "," else ""),
            "thousands": style.thousands or other_mark(style.decimal, shared.thousands),
            "currency": style.currency,
        }
    if style.percent:
        own["percent"] = True
    return style_text(own, keep_decimal=bool(differs), no_percent="percent" in style.said)


def other_mark(decimal: str, thousands: str) -> str:
    """Return the mark between thousands that must be named, where that of the file is this column's decimal mark."""
    if not decimal or decimal != thousands:
        return ""
    return "," if decimal == "." else "."


def style_text(
    style: Mapping[str, str | bool], *, keep_decimal: bool, no_percent: bool = False
) -> str:
    """Return the map of a style of numbers; empty where plain numbers need none.

    Args:
        style: The map.
        keep_decimal: True to write a decimal point too, which is the usual one.
        no_percent: True to write that the numbers are not per cent.
    """
    parts = {key: value for key, value in style.items() if value}
    if parts.get("decimal") == "." and not keep_decimal:
        del parts["decimal"]
    written = [
        f"{key}: {'true' if value is True else quoted_text(str(value))}"
        for key, value in parts.items()
    ]
    text = ", ".join([*written, *(["percent: false"] if no_percent else [])])
    return f"{{{text}}}" if text else ""


def default_text(field: str, value: str) -> str:
    """Return the line of a field with a default."""
    return f"  {field}: {{default: {scalar_text(value)}}}  # for all accounts\n"


def _unread_lines(proposal: Proposal) -> Iterable[str]:
    if proposal.unread:
        yield "\n# Columns that no field is read from:\n"
    for name, why in proposal.unread.items():
        yield f"#   {_line(name)}: {_line(why)}\n"


def key_text(text: str) -> str:
    """Return a text as a key or value of YAML."""
    return scalar_text(text)


def quoted_text(text: str) -> str:
    """Return a text in double quotes, with what YAML would read otherwise escaped."""
    return scalar_text(text, '"')


def _line(text: str) -> str:
    """Return a text for a comment, on one line and of bounded length."""
    shown = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return shown if len(shown) <= 90 else shown[:89] + "…"
