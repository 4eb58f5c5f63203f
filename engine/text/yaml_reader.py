"""Read YAML text into nodes with spans.

Takes a file's bytes or text, and returns a `Node`, or None if none can be built, with every problem.
The engine reads what an editor shows (1.2 core scalars). Whatever hides meaning (anchors, aliases,
merge keys, tags, several documents) is refused in the event stream.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any

from ..core.problems import Problem, ProblemList, Span
from .input_files import MAX_BYTES, TOO_LARGE
from .positions import position, split_lines
from .yaml_events import Events, is_event, read_by_libyaml
from .yaml_nodes import Entry, Mapping, Node, Scalar, Sequence
from .yaml_scalars import scalar_value

MAX_LINES = 20_000
MAX_NODES = 50_000
"""Keys and values: two per line at `MAX_LINES`, with room. Reading this many takes over a second."""
MAX_DEPTH = 64
MAX_PROBLEMS = 50
"""A person corrects no more than these at once, and an alias bomb has thousands."""


def read_yaml(text: str, file: str) -> tuple[Node | None, list[Problem]]:
    """Read the only document in `text`.

    Returns:
        The node and every problem. The node is None after a syntax error or a refused part of YAML.
        Duplicate and wrong keys are left out of the node, so that its other problems can be reported too.
    """
    text = text.removeprefix("\ufeff")
    start = Span(file, 1, 1, 1, 1)
    if len(text) > MAX_BYTES:
        message = f"the file has {len(text):,} characters; at most {MAX_BYTES:,} are read"
        return None, [Problem("too-large", message, start, TOO_LARGE)]
    lines = text.count("\n") + 1
    if lines > MAX_LINES:
        message = f"the file has {lines:,} lines; at most {MAX_LINES:,} are read"
        return None, [Problem("too-large", message, start, TOO_LARGE)]
    problems = ProblemList()
    events = read_by_libyaml(text, MAX_NODES, MAX_DEPTH)
    compose = _compose_by_ruamel if events is None else partial(_compose, events)
    node = compose(text, file, problems)
    return (None if len(problems) >= MAX_PROBLEMS else node), problems[:MAX_PROBLEMS]


def _compose_by_ruamel(text: str, file: str, problems: ProblemList) -> Node | None:
    # Imported here because most texts do not need it, and it takes 20 ms.
    from .ruamel_events import RuamelEvents, YAMLError
    from .yaml_errors import explain_yaml_error

    try:
        return _compose(RuamelEvents(text), text, file, problems)
    except YAMLError as error:
        problems.append(explain_yaml_error(error, text, file))
        return None


def _compose(events: Events, text: str, file: str, problems: ProblemList) -> Node | None:
    try:
        return _Composer(events, text, file, problems).document()
    except _Stop:
        return None


_HALF = "write both halves one after the other, or the character itself"
_QUOTES = 'write all of it in quotes: "{{ contact_first_name }}, ..."'


class _Stop(Exception):
    """Raised when reading cannot go on; the problems say why."""


class _Composer:
    """Builder of one document from the event stream; lives as long as the reading of one text."""

    def __init__(self, events: Events, text: str, file: str, problems: ProblemList) -> None:
        self.events, self.text, self.file, self.problems = events, text, file, problems
        self.refused = False
        self.nodes = 0

    @cached_property
    def source_lines(self) -> list[str]:
        """The lines of the file, which texts over several lines need."""
        return split_lines(self.text)

    def document(self) -> Node | None:
        events = self.events
        events.get_event()
        start = events.get_event()
        if is_event(start, "StreamEndEvent"):
            self._empty(Span(self.file, 1, 1, 1, 1))
            return None
        node = self._node(events.get_event(), 0)
        events.get_event()
        after = events.get_event()
        if is_event(after, "DocumentStartEvent"):
            hint = "put each document into a separate file"
            self._refuse("a second document (after `---`)", hint, self._span(after))
        if isinstance(node, Scalar) and node.value is None and not self.problems:
            self._empty(node.span)
            return None
        return None if self.refused else node

    def _empty(self, span: Span) -> None:
        self.problems.report("empty-file", "the file is empty", span)

    def _node(self, event: Any, depth: int) -> Node:
        if len(self.problems) >= MAX_PROBLEMS:
            raise _Stop
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            self._too_much(event, depth)
        if is_event(event, "AliasEvent"):
            span = self._span(event)
            self._refuse(f"an alias (`*{event.anchor}`)", "write the value out", span)
            return Scalar(None, "", span)
        if event.anchor is not None:
            hint = "remove it, and write the value out wherever it is needed"
            self._refuse(
                f"an anchor (`&{event.anchor}`)", hint, self._span(event, 1 + len(event.anchor))
            )
        if event.tag is not None:
            tag = str(event.tag)
            hint = "remove it; for text that looks like something else, use quotes"
            self._refuse(f"a tag (`{_short_tag(tag)}`)", hint, self._span(event, 1))
        if is_event(event, "ScalarEvent"):
            return self._scalar(event)
        if is_event(event, "MappingStartEvent"):
            return self._mapping(event, depth)
        return self._sequence(event, depth)

    def _scalar(self, event: Any) -> Scalar:
        style = event.style or ""
        span = self._block_span(event) if style in "|>" and style else self._span(event)
        if style or not event.implicit[0]:
            text = self._joined(event.value, span) if style == '"' else event.value
            lines = self._lines(text, span) if style in ("|", ">") else ()
            return Scalar(text, text, span, style, lines)
        try:
            lines = self._lines(event.value, span)
            return Scalar(scalar_value(event.value), event.value, span, "", lines)
        except ValueError as error:
            message = f"`{_short(event.value)}` {error}"
            hint = "if it is meant as text, put it in quotes"
            self.problems.report("bad-number", message, span, hint)
            # One fits most limits, so that the number is reported only once.
            return Scalar(1, event.value, span)

    def _lines(self, text: str, span: Span) -> tuple[tuple[int, int, int], ...]:
        """Return where the lines of a text begin in it, with their places; empty for one on its key's line."""
        if span.line == span.end_line:
            return ()
        found, index = [], 0
        for line in range(span.line, span.end_line + 1):
            written = self.source_lines[line - 1]
            indent = (
                span.column - 1 if line == span.line else len(written) - len(written.lstrip(" "))
            )
            content = written[indent:].rstrip(" ")
            if line == span.line and written[indent : indent + 1] in ("|", ">"):
                continue
            begins = text.find(content, index)
            if begins < 0 or text[index:begins].strip():
                return ()
            found.append((begins, line, indent + 1))
            index = begins + len(content)
        return tuple(found)

    def _joined(self, text: str, span: Span) -> str:
        """Return the text of double quotes, joining characters that are escaped as two halves, as JSON does."""
        if not any("\ud800" <= character <= "\udfff" for character in text):
            return text
        halves = text.encode("utf-16", "surrogatepass")
        try:
            return halves.decode("utf-16")
        except UnicodeDecodeError:
            message = "this text has half of a character: a `\\ud...` escape without its other half"
            self.problems.report("bad-character", message, span, _HALF)
            return halves.decode("utf-16", "replace")

    def _sequence(self, start: Any, depth: int) -> Sequence:
        items = []
        while not is_event(event := self.events.get_event(), "SequenceEndEvent"):
            items.append(self._node(event, depth + 1))
        return Sequence(
            tuple(items), self._collection_span(start, event, items[-1].span if items else None)
        )

    def _mapping(self, start: Any, depth: int) -> Mapping | Scalar:
        begins = start.start_mark.index
        template = start.flow_style and self.text.startswith("{{", begins)
        entries: dict[str, Entry] = {}
        last: Span | None = None
        is_item, joined = self._is_item(start), False
        while not is_event(event := self.events.get_event(), "MappingEndEvent"):
            key = self._key(event, depth)
            value = self._node(self.events.get_event(), depth + 1)
            last = value.span
            if key is None:
                continue
            name, span = key
            if name in entries:
                begins_item = is_item and name == next(iter(entries))
                if not joined:
                    self._duplicate(name, span, entries[name].key_span, begins_item)
                joined = joined or begins_item
            else:
                entries[name] = Entry(name, span, value)
        span = self._collection_span(start, event, last)
        if template:
            # Reported at its key; read as the text that was meant.
            written = self.text[begins : event.end_mark.index]
            return Scalar(written, written, span)
        return Mapping(tuple(entries.values()), span)

    def _key(self, event: Any, depth: int) -> tuple[str, Span] | None:
        """Return a key and its span. Numbers and booleans are taken as the text they were written as."""
        node = self._node(event, depth + 1)
        if isinstance(node, Scalar) and (node.value is not None or node.style):
            if node.text == "<<" and not node.style:
                self._refuse("a merge key (`<<`)", "write the keys out", node.span)
                return None
            return node.text, node.span
        message = f"a key must be text, not {_nothing_or(node)}"
        hint = "write a word before the colon, or put the key in quotes"
        begins = event.start_mark.index
        if self.text[max(0, begins - 1) : begins + 1] == "{{":
            message, hint = "text that begins with `{{` needs quotes", _QUOTES
        if not self.refused:
            self.problems.report("yaml-key", message, node.span, hint)
        return None

    def _is_item(self, start: Any) -> bool:
        """Return whether a map in block style is an item of a list: a dash is before its first key."""
        begins = start.start_mark.index
        before = self.text[begins - start.start_mark.column : begins]
        return not start.flow_style and before.rstrip(" ").endswith("-")

    def _duplicate(self, name: str, second: Span, first: Span, begins_item: bool) -> None:
        """Report a key that is written twice; the first key of an item perhaps begins the next one."""
        message = f"the key `{_short(name)}` is written twice in the same map"
        hint = "keep one of the two"
        if begins_item:
            hint = f"if the next item begins here, write `- {_short(name)}:`; otherwise {hint}"
        self.problems.report(
            "duplicate-key", message, second, hint, ((first, "first written here"),)
        )

    def _refuse(self, what: str, hint: str, span: Span) -> None:
        self.refused = True
        self.problems.report("yaml-feature", f"{what} is not allowed here", span, hint)

    def _too_much(self, event: Any, depth: int) -> None:
        self.refused = True
        span = self._span(event, 1)
        if depth > MAX_DEPTH:
            message = f"lists and maps are nested more than {MAX_DEPTH} deep here"
            self.problems.report("too-deep", message, span)
        else:
            message = f"the file holds more than {MAX_NODES:,} values; the rest is not read"
            self.problems.report("too-large", message, span, TOO_LARGE)
        raise _Stop

    def _span(self, event: Any, length: int | None = None) -> Span:
        start, end = event.start_mark, event.end_mark
        line, column = start.line + 1, start.column + 1
        if length is not None:
            return Span(self.file, line, column, line, column + length)
        return Span(self.file, line, column, end.line + 1, end.column + 1)

    def _block_span(self, event: Any) -> Span:
        """Return a block text's span, without the blank lines that follow it."""
        start, end = event.start_mark, event.end_mark
        text = self.text[start.index : end.index].rstrip()
        after = position(text, len(text), self.file)
        line = start.line + after.line
        column = after.column + (start.column if after.line == 1 else 0)
        return Span(self.file, start.line + 1, start.column + 1, line, column)

    def _collection_span(self, start: Any, end: Any, last: Span | None) -> Span:
        """Return a list's or map's span: in block style it ends where its last value does."""
        mark = start.start_mark
        if start.flow_style or last is None:
            stop = end.end_mark.line + 1, end.end_mark.column + 1
        else:
            stop = last.end_line, last.end_column
        return Span(self.file, mark.line + 1, mark.column + 1, *stop)


def _nothing_or(node: Node) -> str:
    if isinstance(node, Scalar):
        return f"`{node.text}`, which means nothing" if node.text else "nothing"
    return "a list" if isinstance(node, Sequence) else "a map"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _short_tag(tag: str) -> str:
    return _short(tag.replace("tag:yaml.org,2002:", "!!"))
