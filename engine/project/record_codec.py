"""Turn records into JSON and back: named tuples and dataclasses of known classes, made of plain values.

Each object becomes one row, after the rows that it refers to by their number. An object that several records share
is one row, and is shared again when it is read. Reading calls the constructors of the known classes and nothing else,
whatever the text says.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import is_dataclass
from decimal import Decimal
from functools import partial
from types import MappingProxyType, ModuleType
from typing import Any

from ..core.problems import Span

Make = Callable[[list[Any]], Any]

_PLAIN: dict[str, Make] = {
    "span": lambda row: Span(*row),
    "int": lambda row: int(row[0]),
    "date": lambda row: dt.date.fromisoformat(row[0]),
    "decimal": lambda row: Decimal(row[0]),
}
"""Kinds of rows that hold values, not numbers of rows."""

_GROUPS: dict[str, Make] = {
    "tuple": tuple,
    "frozenset": frozenset,
    "dict": lambda row: dict(zip(row[::2], row[1::2], strict=True)),
    "view": lambda row: MappingProxyType(dict(zip(row[::2], row[1::2], strict=True))),
}
_KINDS: dict[type, str] = {
    tuple: "tuple",
    frozenset: "frozenset",
    dict: "dict",
    MappingProxyType: "view",
}


def record_classes(modules: Iterable[ModuleType]) -> dict[str, type]:
    """Return the classes of records that these modules define, by name; no two may have the same."""
    found: dict[str, type] = {}
    for module in modules:
        for name, value in vars(module).items():
            own = isinstance(value, type) and value.__module__ == module.__name__
            if own and (hasattr(value, "_fields") or is_dataclass(value)):
                if name in found:
                    raise ValueError(f"two classes are called {name}")
                found[name] = value
    return found


def encode_record(value: object, classes: Mapping[str, type]) -> str:
    """Return a record as JSON.

    Raises:
        TypeError: A part is of another class than these.
    """
    encoder = _Encoder(classes)
    encoder.number(value)
    return json.dumps(
        {"kinds": list(encoder.kinds), "rows": encoder.rows},
        ensure_ascii=False,
        separators=(",", ":"),
    )


def decode_record(text: str, classes: Mapping[str, type]) -> Any:
    """Return the record that `encode_record` wrote.

    Raises:
        ValueError, KeyError, IndexError, TypeError, AttributeError: The text is not such a record.
    """
    written = json.loads(text)
    makers = [_maker(kind, classes) for kind in written["kinds"]]
    values: list[Any] = []
    add = values.append
    for kind, *row in written["rows"]:
        make, plain = makers[kind]
        if not plain:
            row = [values[part] if part.__class__ is int else part for part in row]
        add(make(row))
    return values[-1]


def _maker(kind: str, classes: Mapping[str, type]) -> tuple[Make, bool]:
    if kind in _PLAIN:
        return _PLAIN[kind], True
    if kind in _GROUPS:
        return _GROUPS[kind], False
    record: Any = classes[kind]
    if hasattr(record, "_fields"):
        return record._make, False
    return partial(_construct, record), False


def _construct(record: Callable[..., Any], row: list[Any]) -> Any:
    return record(*row)


class _Encoder:
    """The rows of one record; lives as long as its writing."""

    def __init__(self, classes: Mapping[str, type]) -> None:
        self.names = {record: name for name, record in classes.items()}
        self.kinds: dict[str, int] = {}
        self.rows: list[list[Any]] = []
        # By id: the number of the row. The objects are parts of the record, so that no others get their ids.
        self.numbers: dict[int, int] = {}

    def number(self, value: Any) -> int:
        """Return the number of an object's row, adding it if it is new."""
        number = self.numbers.get(id(value))
        if number is None:
            kind, row = self._row(value)
            row = [self.kinds.setdefault(kind, len(self.kinds)), *row]
            number = len(self.rows)
            self.rows.append(row)
            self.numbers[id(value)] = number
        return number

    def _row(self, value: Any) -> tuple[str, list[Any]]:
        record = type(value)
        if record is Span:
            return "span", [value.file, value.line, value.column, value.end_line, value.end_column]
        if record is int:
            return "int", [value]
        if record is dt.date:
            return "date", [value.isoformat()]
        if record is Decimal:
            return "decimal", [str(value)]
        if record in self.names:
            parts = [getattr(value, name) for name in record.__match_args__]
            return self.names[record], self._parts(parts)
        kind = _KINDS.get(record)
        if kind is None:
            raise TypeError(f"{record.__qualname__} is not a record")
        if kind in ("dict", "view"):
            return kind, self._parts([part for entry in value.items() for part in entry])
        return kind, self._parts(sorted(value) if kind == "frozenset" else list(value))

    def _parts(self, parts: list[Any]) -> list[Any]:
        """Return parts as they are written in a row: simple values themselves, others as numbers of their rows."""
        inline = (str, float, bool, type(None))
        return [part if type(part) in inline else self.number(part) for part in parts]
