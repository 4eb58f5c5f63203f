"""Read YAML text as ruamel.yaml's stream of events. Only this module imports it (20 ms, so import this late)."""

from __future__ import annotations

from typing import Any

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import ScalarEvent
from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import Reader, ReaderError
from ruamel.yaml.scanner import Scanner
from ruamel.yaml.tokens import ValueToken

__all__ = ["MarkedYAMLError", "ReaderError", "RuamelEvents", "YAMLError"]

LONGEST_TAG = 200


class RuamelEvents(Reader, Scanner, Parser):
    """ruamel.yaml's loader without the parts that resolve and build. `get_event` returns the next event."""

    processing_version = (1, 2)
    comment_handling = None

    def __init__(self, text: str) -> None:
        self._resolver = self
        Reader.__init__(self, text, loader=self)
        Scanner.__init__(self, loader=self)
        Parser.__init__(self, loader=self)

    def fetch_directive(self) -> None:
        """Refuse a directive: ruamel.yaml would act on `%YAML 1.1`."""
        raise MarkedYAMLError("while scanning a directive", self.get_mark())

    def scan_to_next_token(self) -> None:
        """Skip tabs too, where they separate or trail: YAML forbids them as indentation only."""
        super().scan_to_next_token()
        while (
            self.peek() == "\t" and self.buffer[self.pointer - self.column : self.pointer].strip()
        ):
            self.forward()
            super().scan_to_next_token()

    def parse_block_mapping_value(self) -> Any:
        """Parse a value; one that is not written is right after its colon, not at the next key."""
        after_colon = self.peek_token().end_mark if self.check_token(ValueToken) else None
        event = super().parse_block_mapping_value()
        if after_colon and isinstance(event, ScalarEvent) and event.start_mark is event.end_mark:
            event.start_mark = event.end_mark = after_colon
        return event

    def fetch_tag(self) -> None:
        """Scan a tag of ordinary length; ruamel.yaml takes minutes over a megabyte of `!`."""
        if not set(self.prefix(LONGEST_TAG)) & set(" \t\r\n\0"):
            raise MarkedYAMLError("while scanning a tag", self.get_mark())
        super().fetch_tag()
