"""Shapes of maps: with known keys, with one key that names the kind, with keys that users choose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from collections.abc import Mapping as Map

from ...core.problems import Problem, Span
from ..suggest import suggest
from ..written_values import fold
from ..yaml_nodes import Entry, Mapping, Node, Scalar
from .scalars import SHORT_LIST, TextShape, join_words
from .shapes import Schema, Shape, kind


def with_article(noun: str) -> str:
    """Return the noun with its article: `a step`, `an action`."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


MOST_SUGGESTED = 20
"""Unknown keys of one map that get a suggestion: a map with more is another kind of file."""


class Key:
    """A key of a map: the shape of its value, whether it is required, and what an editor shows for it.

    `example` is what an editor writes first, where the shape's example would mislead.
    """

    __slots__ = ("about", "example", "needed", "shape", "title")

    def __init__(
        self, shape: Shape, title: str, about: str, needed: bool, example: str | int | None
    ) -> None:
        self.shape, self.title, self.about = shape, title, about
        self.needed, self.example = needed, example


def required_key(shape: Shape, title: str, about: str, example: str | int | None = None) -> Key:
    """Return a key that is required."""
    return Key(shape, title, about, True, example)


def optional_key(shape: Shape, title: str, about: str, example: str | int | None = None) -> Key:
    """Return a key that may be left out."""
    return Key(shape, title, about, False, example)


_SYNONYMS = {
    **dict.fromkeys(("if", "condition", "wenn", "si", "quand", "bedingung"), "when"),
    **dict.fromkeys(("else", "default", "sinon", "sonst"), "otherwise"),
    **dict.fromkeys(("text", "message"), "say"),
    **dict.fromkeys(("actions", "action", "aktionen", "faire", "tun"), "do"),
    **dict.fromkeys(("name", "label", "titel", "titre"), "title"),
    **dict.fromkeys(("description", "comment", "note", "beschreibung"), "about"),
    **dict.fromkeys(("cron", "zeitplan", "planning", "calendrier", "horaire"), "schedule"),
    **dict.fromkeys(("per", "period", "window", "innerhalb"), "within"),
    **dict.fromkeys(("pour", "fuer"), "for"),
    **dict.fromkeys(("anker", "ancre"), "anchor"),
    **dict.fromkeys(("etapes", "schritte"), "steps"),
    **dict.fromkeys(("schritt", "etape"), "step"),
    **dict.fromkeys(("resultats", "ergebnisse"), "outcomes"),
    **dict.fromkeys(("responsable", "proprietaire", "besitzer", "verantwortlich"), "owner"),
    **dict.fromkeys(("echeance", "faellig", "deadline"), "due"),
    **dict.fromkeys(("minuten", "duration", "duree", "dauer"), "minutes"),
    **dict.fromkeys(("priorite", "prioritaet"), "priority"),
    **dict.fromkeys(("objet", "betreff", "sujet"), "subject"),
    **dict.fromkeys(("corps", "texte"), "body"),
    "nachrichten": "messages",
    **dict.fromkeys(("langue", "sprache"), "language"),
    **dict.fromkeys(("pays", "land"), "country"),
    "rollen": "roles",
    "liens": "links",
    **dict.fromkeys(("champ", "feld", "spalte", "colonne", "column"), "field"),
    **dict.fromkeys(("champs", "felder"), "fields"),
}
"""Keys of other tools and languages, folded, and the key that means the same here, in a map that has it."""


class MapShape(Shape):
    """A map with known keys.

    Attributes:
        noun: Its name in messages: "step".
        one_of: Sets of keys of which exactly one key is written.
        some_of: Sets of keys of which at least one is written.
        not_both: Pairs of keys that exclude each other.
        together: Pairs of a key and another that it needs.
        others: The shape of values under any other key; None refuses other keys.
        names: The form of those keys.
    """

    __slots__ = (
        "about",
        "keys",
        "names",
        "not_both",
        "noun",
        "one_of",
        "others",
        "snippets",
        "some_of",
        "together",
        "what",
    )
    types = ("object",)

    def __init__(
        self,
        noun: str,
        about: str,
        keys: Map[str, Key],
        *,
        one_of: tuple[tuple[str, ...], ...] = (),
        some_of: tuple[tuple[str, ...], ...] = (),
        not_both: tuple[tuple[str, str], ...] = (),
        together: tuple[tuple[str, str], ...] = (),
        others: Shape | None = None,
        names: TextShape | None = None,
        snippets: tuple[Schema, ...] = (),
    ) -> None:
        self.noun, self.about, self.keys = noun, about, keys
        self.one_of, self.some_of = one_of, some_of
        self.not_both, self.together = not_both, together
        self.others, self.names, self.snippets = others, names, snippets
        self.what = with_article(noun)

    def problems(self, node: Node) -> Iterator[Problem]:
        """Yield problems of a wrong kind, of unknown, missing or conflicting keys, and those under the keys."""
        if not isinstance(node, Mapping):
            yield self.mismatch(node)
            return
        written = {entry.key: entry for entry in node}
        meant: set[str | None] = set()
        unknown = 0
        before: Entry | None = None
        for entry in node:
            previous, before = before, entry
            key = self.keys.get(entry.key)
            shape = key.shape if key else self._shape_of_other(entry.key)
            if shape:
                yield from under(entry, shape)
            else:
                unknown += 1
                joined = joined_pair(entry)
                word = entry.key.partition(":")[0] if joined else entry.key
                near = self._near(word, written) if unknown <= MOST_SUGGESTED else None
                meant.add(near)
                yield split_text(previous, entry) or joined or self._unknown(entry, near)
        for name, key in self.keys.items():
            # A misspelt required key has been reported as unknown already.
            if key.needed and name not in written and name not in meant:
                yield self._missing(node, f"`{name}`", _add(name, key))
        if self.others and not node.entries:
            yield Problem(
                "empty-value", f"the map is empty: {with_article(self.noun)} needs a key", node.span
            )
        yield from self._conflicts(node, written, meant)

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        """Return the schema of an object."""
        schema: Schema = {
            "type": "object",
            "title": self.noun[0].upper() + self.noun[1:],
            "description": self.about,
            "markdownDescription": self.about,
            "properties": {name: _property(key, definitions) for name, key in self.keys.items()},
            "additionalProperties": self.others.schema(definitions) if self.others else False,
        }
        if self.others:
            schema["minProperties"] = 1
        if self.others and self.names:
            schema["patternProperties"] = {
                f"^(?:{self.names.pattern})$": schema["additionalProperties"]
            }
            schema["additionalProperties"] = False
        if needed := [name for name, key in self.keys.items() if key.needed]:
            schema["required"] = needed
        if rules := list(self._rules()):
            schema["allOf"] = rules
        if self.snippets:
            schema["defaultSnippets"] = list(self.snippets)
        return schema

    def _rules(self) -> Iterator[Schema]:
        """Yield which keys go together. Editors show messages for `required` and `false` alone.

        `oneOf`, `not` and `dependentRequired` would check the same, and be reported in words about schemas.
        """
        for names in self.some_of:
            yield _needs(names, f"add {join_words(names, 'or')}")
        for names in self.one_of:
            yield _needs(names, f"add exactly one of {join_words(names)}")
            for index, name in enumerate(names[:-1], 1):
                message = f"keep exactly one of {join_words(names)}"
                yield _excludes(name, names[index:], message)
        for a, b in self.not_both:
            yield _excludes(a, (b,), f"`{a}` and `{b}` cannot stand together")
        for name, other in self.together:
            then = {"required": [other], "errorMessage": f"`{name}` needs `{other}` too"}
            yield {"if": {"required": [name]}, "then": then}

    def advice(self, node: Node) -> str | None:
        """Return the keys that it has; for a key without a value, how to write them."""
        if kind(node) == "null" and not any(key.needed for key in self.keys.values()):
            return "write its keys beneath, indented, or `{}` for none"
        needed = [(name, key.shape) for name, key in self.keys.items() if key.needed]
        if isinstance(node, Scalar) and node.text and len(needed) == 1:
            [(name, shape)] = needed
            if not any(shape.problems(node)):
                return f"write `{{{name}: {node.text}}}`"
        if its_keys := self._its_keys():
            return f"write {its_keys}"
        return "write its keys beneath, indented"

    def _its_keys(self) -> str | None:
        if 0 < len(self.keys) <= SHORT_LIST:
            return f"its keys: {join_words(self.keys)}"
        return None

    def _shape_of_other(self, key: str) -> Shape | None:
        """Return the shape for a key that is not among the known ones; None if there is none."""
        return self.others if self.names is None or self.names.matches(key) else None

    def _near(self, word: str, written: Map[str, Entry]) -> str | None:
        free = [name for name in self.keys if name not in written]
        synonym = _SYNONYMS.get(fold(word.lower()), "")
        meant = synonym if synonym in free else None
        return suggest(word, free) or meant or suggest(word, self.keys)

    def _unknown(self, entry: Entry, near: str | None) -> Problem:
        message = f"`{entry.key}` is not a key of {with_article(self.noun)}"
        hint = f"did you mean `{near}`?" if near else self._its_keys()
        return Problem("unknown-key", message, entry.key_span, hint)

    def _missing(self, node: Mapping, what: str, hint: str) -> Problem:
        message = f"{self._named(node)} lacks {what}"
        return Problem("missing-key", message, head(node), hint)

    def _named(self, node: Mapping) -> str:
        name = node.get("id")
        if isinstance(name, Scalar) and name.text:
            return f"the {self.noun} `{name.text}`"
        return f"the {self.noun}"

    def _conflicts(
        self, node: Mapping, written: Map[str, Entry], meant: Set[str | None]
    ) -> Iterator[Problem]:
        for names in self.some_of:
            if not any(name in written or name in meant for name in names):
                either = join_words(names, "or")
                yield self._missing(node, either, f"add {either}")
        for names in self.one_of:
            present = [written[name] for name in names if name in written]
            if not present and meant.isdisjoint(names):
                hint = f"add exactly one of {join_words(names)}"
                yield self._missing(node, join_words(names, "or"), hint)
            elif len(present) > 1:
                yield self._conflict(present, f"keep exactly one of {join_words(names)}")
        for pair in self.not_both:
            if all(name in written for name in pair):
                yield self._conflict([written[name] for name in pair], "keep one of the two")
        for name, other in self.together:
            if name in written and other not in written and other not in meant:
                hint = _add(other, self.keys[other])
                yield self._missing(node, f"`{other}`, which `{name}` needs", hint)

    def _conflict(self, present: list[Entry], hint: str) -> Problem:
        present = sorted(present, key=lambda entry: (entry.key_span.line, entry.key_span.column))
        *others, last = present
        message = f"{join_words([entry.key for entry in present])} cannot stand together"
        also = tuple((entry.key_span, "conflicts with this") for entry in others)
        return Problem("conflicting-keys", message, last.key_span, hint, also)


def split_text(before: Entry | None, entry: Entry) -> Problem | None:
    """Return the problem of a text with a comma between braces, which YAML splits; None for another key.

    `{when: first(a, b) > 3}` has a key `b) > 3`.
    """
    text = before.value if before is not None else None
    if not isinstance(text, Scalar) or text.style or kind(entry.value) != "null":
        return None
    if text.text.count("(") <= text.text.count(")") or ")" not in entry.key:
        return None
    whole = f"{text.text}, {entry.key}"
    quote = "'" if '"' in whole else '"'
    span = text.span.up_to(entry.key_span)
    message = "between braces, a text that holds a comma needs quotes"
    return Problem("unknown-key", message, span, f"write {quote}{whole}{quote}")


_JOINED_PAIR = re.compile(r"([^\W\d][\w-]*):(?=[^\s/])(.+)")


def joined_pair(entry: Entry) -> Problem | None:
    """Return the problem of `en:Value` between braces, without a space after the colon; None for another key."""
    match = _JOINED_PAIR.fullmatch(entry.key)
    if match is None or kind(entry.value) != "null":
        return None
    message = "between braces, a space follows the colon"
    return Problem("unknown-key", message, entry.key_span, f"write `{match[1]}: {match[2]}`")


def _needs(names: tuple[str, ...], message: str) -> Schema:
    none = {"properties": dict.fromkeys(names, False)}
    return {"if": none, "then": {"required": [names[0]], "errorMessage": message}}


def _excludes(name: str, others: tuple[str, ...], message: str) -> Schema:
    then = {"properties": dict.fromkeys(others, False), "errorMessage": message}
    return {"if": {"required": [name]}, "then": then}


def _add(name: str, key: Key) -> str:
    about = key.about.rstrip(".")
    return f"add `{name}: ...` ({about[0].lower()}{about[1:]})"


class KeyedShape(Shape):
    """A map with exactly one key, which names its kind: `email: {...}`."""

    __slots__ = ("about", "kinds", "noun", "snippets", "what")
    types = ("object",)

    def __init__(
        self, noun: str, about: str, kinds: Map[str, Key], snippets: tuple[Schema, ...] = ()
    ) -> None:
        self.noun, self.about, self.kinds, self.snippets = noun, about, kinds, snippets
        self.what = f"{with_article(noun)} such as `{next(iter(kinds))}: {{...}}`"

    def problems(self, node: Node) -> Iterator[Problem]:
        """Yield problems of a wrong kind, of no key, several or an unknown one, and those under it."""
        if not isinstance(node, Mapping):
            yield self.mismatch(node)
            return
        known = [entry for entry in node if entry.key in self.kinds]
        for entry in node:
            if entry.key in self.kinds:
                # Keys that belong under a kind but are next to it are the one thing to correct.
                if len(node.entries) == 1 or kind(entry.value) != "null":
                    yield from under(entry, self.kinds[entry.key].shape)
            elif not known and entry is node.entries[0]:
                yield self._unknown(entry)
        if len(node.entries) != 1 and (known or not node.entries):
            yield self._several(node, known)

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        """Return the schema of an object with exactly one property."""
        schema: Schema = {
            "type": "object",
            "title": self.noun[0].upper() + self.noun[1:],
            "description": self.about,
            "markdownDescription": self.about,
            "properties": {name: _property(key, definitions) for name, key in self.kinds.items()},
            "additionalProperties": False,
            "errorMessage": f"{with_article(self.noun)} has one key, its kind: {join_words(self.kinds, 'or')}",
            "minProperties": 1,
            "maxProperties": 1,
        }
        return schema | ({"defaultSnippets": list(self.snippets)} if self.snippets else {})

    def advice(self, node: Node) -> str | None:
        """Return the text as a key, or the keys that there are."""
        if isinstance(node, Scalar) and node.text in self.kinds:
            return f"write `{node.text}: {{}}`, with its keys between the braces"
        return f"it begins with one of {join_words(self.kinds, 'or')}"

    def _unknown(self, entry: Entry) -> Problem:
        message = f"`{entry.key}` is not a kind of {self.noun}"
        near = suggest(entry.key, self.kinds)
        hint = f"did you mean `{near}`?" if near else self.advice(entry.value)
        if isinstance(entry.value, Scalar) and entry.value.text in self.kinds:
            hint = f"the kind is the key: `- {entry.value.text}: {{...}}`"
        return Problem("unknown-key", message, entry.key_span, hint)

    def _several(self, node: Mapping, known: list[Entry]) -> Problem:
        if not node.entries:
            return Problem("empty-value", f"the {self.noun} is empty", node.span, self.advice(node))
        first, second = node.entries[0], node.entries[1]
        name = known[0].key
        if len(known) > 1:
            hint = f"begin each {self.noun} with `- `"
        else:
            hint = f"indent what belongs to `{name}` deeper than `{name}` itself"
        message = f"{with_article(self.noun)} has one key, its kind; this one has more"
        also = ((first.key_span, "the first key"),)
        return Problem("conflicting-keys", message, second.key_span, hint, also)


class MapOf(Shape):
    """A map from names that users choose to values of one shape."""

    __slots__ = ("item", "key", "least", "what")
    types = ("object",)

    def __init__(self, item: Shape, key: TextShape, what: str, least: int = 1) -> None:
        self.item, self.key, self.what, self.least = item, key, what, least

    def problems(self, node: Node) -> Iterator[Problem]:
        """Yield problems of a wrong kind, of an empty map, of names of the wrong form, and those under the names."""
        if not isinstance(node, Mapping):
            yield self.mismatch(node)
            return
        if len(node.entries) < self.least:
            yield Problem("empty-value", "the map is empty", node.span, self.advice(node))
        if self._lacks_a_level(node):
            written = join_words(entry.key for entry in node)
            belong = "belongs" if len(node.entries) == 1 else "belong"
            why = f"{written} {belong} one level deeper, under a name"
            yield Problem("wrong-type", why, node.entries[0].key_span, self.advice(node))
            return
        for entry in node:
            if joined := joined_pair(entry):
                yield joined
                continue
            yield from self.key.problems(Scalar(entry.key, entry.key, entry.key_span))
            yield from under(entry, self.item)

    def _lacks_a_level(self, node: Mapping) -> bool:
        """Return whether a map has the keys of one item: `{subject: ..., body: ...}` in place of `{en: {...}}`."""
        if not isinstance(self.item, MapShape) or not node.entries:
            return False
        own = self.item.keys
        return all(each.key in own and not isinstance(each.value, Mapping) for each in node)

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        """Return the schema of an object whose properties are alike."""
        # An editor offers the title as a key to write over: without it, the word "property".
        words = {"title": self.key.what.rpartition(" ")[2], "description": self.what}
        names = words | self.key.schema(definitions)
        schema: Schema = {
            "type": "object",
            "additionalProperties": self.item.schema(definitions),
            "propertyNames": names,
            "errorMessage": f"write {self.what}",
        }
        return schema | ({"minProperties": self.least} if self.least else {})

    def advice(self, node: Node) -> str | None:
        """Return what it is a map of."""
        del node
        return f"write {self.what}"


def _property(key: Key, definitions: dict[str, Schema]) -> Schema:
    """Return the schema of the value under a key, with the key's title and description."""
    schema = key.shape.schema(definitions)
    words: Schema = {
        "title": key.title,
        "description": key.about,
        "markdownDescription": key.about,
    }
    if key.example is not None:
        words["examples"] = [key.example]
    if "$ref" in schema:
        # Draft 7 ignores what is next to `$ref`, so the reference is apart. Editors show the message of
        # the innermost part that comes first: without the key's message, `for` would be shown as a `when`.
        types = list(key.shape.types)
        message = f"write {key.shape.what}"
        words = {"type": types[0] if len(types) == 1 else types, **words, "errorMessage": message}
        shown = {name: words[name] for name in ("title", "markdownDescription")}
        return words | {"allOf": [shown, schema]}
    return {"type": schema["type"], **words} | {
        name: value for name, value in schema.items() if name not in words and name != "type"
    }


def under(entry: Entry, shape: Shape) -> Iterator[Problem]:
    """Yield the problems of a value under its key; one without a value is reported at the key."""
    value = entry.value
    if kind(value) == "null":
        hint = shape.advice(value) or f"write {shape.what}"
        message = f"nothing is written under `{entry.key}`"
        yield Problem("wrong-type", message, entry.key_span, hint)
    else:
        yield from shape.problems(value)


def head(node: Mapping) -> Span:
    """Return the span to point to for a map: all of it if it is on one line, else its first key."""
    if node.entries and node.span.line != node.span.end_line:
        return node.entries[0].key_span
    return node.span
