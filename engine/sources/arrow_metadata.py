"""Types that a database gives to the columns of a result, from the metadata of the Arrow stream of its driver.

Polars drops these metadata, and the types that Arrow lacks come as others: PostgreSQL's `money` as a whole number.
The layout is that of Arrow's C data interface: https://arrow.apache.org/docs/format/CDataInterface.html
"""

from __future__ import annotations

import ctypes
import struct
from typing import Any

_TYPE_KEYS = (b"ADBC:postgresql:typname", b"POSTGRESQL:type")
"""The keys under which versions of the driver for PostgreSQL name a type."""


class _Schema(ctypes.Structure):
    """The beginning of Arrow's `ArrowSchema`."""


_Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_void_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_Schema))),
]


def declared_types(stream: Any) -> dict[str, str]:
    """Return the database's type of each column for which the driver names one.

    Args:
        stream: A result with `__arrow_c_schema__`, which is not read.
    """
    capsule = stream.__arrow_c_schema__()
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    schema = _Schema.from_address(pointer(capsule, b"arrow_schema"))
    fields = [schema.children[place].contents for place in range(schema.n_children)]
    types = {field.name.decode(): _pairs(field.metadata) for field in fields}
    return {
        name: pairs[key].decode()
        for name, pairs in types.items()
        for key in _TYPE_KEYS
        if key in pairs
    }


def _pairs(address: int | None) -> dict[bytes, bytes]:
    """Return the keys and values of a field: their number, and for each its length and its bytes."""
    if not address:
        return {}
    at = address + 4
    texts: list[bytes] = []
    for _ in range(2 * _whole(address)):
        length = _whole(at)
        texts.append(ctypes.string_at(at + 4, length))
        at += 4 + length
    return dict(zip(texts[::2], texts[1::2], strict=True))


def _whole(address: int) -> int:
    number: int = struct.unpack("=i", ctypes.string_at(address, 4))[0]
    return number
