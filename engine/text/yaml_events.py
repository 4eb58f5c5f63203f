"""Read YAML text as a stream of events: libyaml's where it is installed, which reads eighteen times as fast.

The events of both libraries have the same names and attributes. libyaml reads ordinary text alone. Whatever it refuses,
what Tenure refuses, and what the two might read differently is ruamel.yaml's: errors and spans are the same with and
without libyaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal, Protocol

EventName = Literal[
    "AliasEvent",
    "DocumentStartEvent",
    "MappingEndEvent",
    "MappingStartEvent",
    "ScalarEvent",
    "SequenceEndEvent",
    "StreamEndEvent",
]

_UNUSUAL = re.compile(
    r"\A\s*[|>]|^(?:%|---|\.\.\.)|(?:^|[-?:,\[{]) *\?(?:[ \n]|\Z)|[|>][-+\d]*#|[^\n]\Z"
    r"|[^\n -~\u00a1-\u2027\u2030-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]",
    re.MULTILINE,
)
"""Text that the libraries read differently, or place elsewhere.

A block text that is all there is, directives and the marks of documents, keys after `?`, a comment right after `|`, an
end without a line break, tabs and rare line breaks.
"""


class Events(Protocol):
    """A stream of events."""

    def get_event(self) -> Any:
        """Return the next event."""
        ...


class LibyamlEvents:
    """The events of an ordinary text, which libyaml has read."""

    def __init__(self, events: Iterable[Any]) -> None:
        self._events = iter(events)

    def get_event(self) -> Any:
        """Return the next event."""
        return next(self._events)


def is_event(event: Any, name: EventName) -> bool:
    """Return whether an event is of this kind."""
    return type(event).__name__ == name


def read_by_libyaml(text: str, most: int, deepest: int) -> LibyamlEvents | None:
    """Return the events of a text, or None where libyaml is missing or ruamel.yaml has to read.

    Args:
        text: The text.
        most: How many events are read at once; ruamel.yaml reads more one by one.
        deepest: How deep lists and maps may be nested.
    """
    if _UNUSUAL.search(text):
        return None
    try:
        from yaml import CSafeLoader, YAMLError
    except ImportError:
        return None
    loader = CSafeLoader(text)
    events: list[Any] = []
    # Of each list and map that the event is in: whether it is written in brackets.
    nested: list[bool] = []
    try:
        while (event := loader.get_event()) is not None:
            events.append(event)
            name = type(event).__name__
            if name.endswith("StartEvent"):
                nested.append(bool(getattr(event, "flow_style", False)))
            elif name.endswith("EndEvent"):
                nested.pop()
            unusual = _is_refused(event) or (nested[-1:] == [True] and _is_unwritten(event))
            if unusual or len(events) > most or len(nested) > deepest:
                return None
    except YAMLError:
        return None
    return LibyamlEvents(events)


def _is_unwritten(event: Any) -> bool:
    """Return whether an event is a value that is not written, as in `{a: }`: the libraries differ in its place."""
    return is_event(event, "ScalarEvent") and event.start_mark.index == event.end_mark.index


def _is_refused(event: Any) -> bool:
    return getattr(event, "anchor", None) is not None or getattr(event, "tag", None) is not None
