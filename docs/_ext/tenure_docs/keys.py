"""Write the pages on the keys of YAML files, out of the JSON Schemas that editors use.

A page has one section for each map that the file may hold, and one table row for each key of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tenure.engine.text.schema.shapes import json_schema
from tenure.schemas.write import SHAPES

from .markdown import code, contents, sentence, table

FOLDER = "reference/keys"
Schema = dict[str, Any]

TITLES = {
    "playbook": "Playbook",
    "workspace": "Settings: tenure.yaml",
    "fields": "Field catalogue: fields.yaml",
    "plan": "Success plan: plans/ACCOUNT.yaml",
    "test": "Tests: tests/NAME.test.yaml",
    "assumptions": "Assumptions: assumptions/NAME.yaml",
}


def key_pages() -> dict[str, str]:
    """Return the index and one page for each kind of YAML file."""
    pages = {f"{FOLDER}/{name}.md": _page(name, title) for name, title in TITLES.items()}
    rows = [(f"[{title}]({name}.md)",) for name, title in TITLES.items()]
    index = (
        "# Keys of YAML files\n\n"
        "An editor with a YAML language server shows the same texts while you type.\n\n"
        + table(("file",), rows)
        + "\n"
        + contents(TITLES, "hidden:")
    )
    return {f"{FOLDER}/index.md": index, **pages}


TOP = "Top level"


@dataclass(frozen=True)
class _Section:
    """One map of the file: where it is, what it is, its keys."""

    path: str
    about: str
    keys: dict[str, Schema]
    needed: frozenset[str]


@dataclass
class _Page:
    """The sections of one page so far, and the path of each map by its keys: equal maps have one section."""

    sections: list[_Section] = field(default_factory=list)
    homes: dict[str, str] = field(default_factory=dict)

    def add(self, path: str, node: Schema) -> None:
        """Add the section of a map, then those of the maps below it."""
        keys = _properties(node)
        if not keys or _mark(keys) in self.homes:
            return
        self.homes[_mark(keys)] = path
        about = "" if path == TOP else node.get("description", "")
        self.sections.append(_Section(path, about, keys, frozenset(node.get("required", ()))))
        for key, value in keys.items():
            for suffix, inner in _maps(value):
                self.add(f"{path}.{key}{suffix}".removeprefix(f"{TOP}."), inner)

    def text(self) -> str:
        """Return all sections in Markdown."""
        return "\n".join(self._section(section) for section in self.sections)

    def _section(self, section: _Section) -> str:
        heading = section.path if section.path == TOP else code(section.path)
        about = f"{sentence(section.about)}\n\n" if section.about else ""
        rows = [
            (code(key), _type(value), self._meaning(key, value, key in section.needed))
            for key, value in section.keys.items()
        ]
        return f"## {heading}\n\n{about}" + table(("key", "type", "meaning"), rows)

    def _meaning(self, key: str, node: Schema, needed: bool) -> str:
        parts = ["**Required.**"] if needed else []
        parts.append(sentence(node.get("description") or node.get("title") or key))
        parts += _values(node)
        if examples := node.get("examples"):
            parts.append(f"Example: {', '.join(code(e) for e in examples)}.")
        homes = [self.homes[_mark(_properties(inner))] for _, inner in _maps(node)]
        homes += [name for name in _named(node) if name in self.homes.values()]
        links = [f"[{code(home)}](#{_anchor(home)})" for home in dict.fromkeys(homes)]
        return " ".join([*parts, f"Keys: {', '.join(links)}."] if links else parts)


def _mark(keys: dict[str, Schema]) -> str:
    return json.dumps(keys, sort_keys=True)


def _anchor(path: str) -> str:
    return "".join(c for c in path.lower().replace(" ", "-") if c.isalnum() or c in "-_")


def _page(name: str, title: str) -> str:
    # The shapes alone: the files offer every standard field too, which has a page of its own.
    schema: Schema = json_schema(SHAPES[name])
    page = _Page()
    page.add(TOP, schema)
    for define, node in schema.get("$defs", {}).items():
        for suffix, inner in _maps(node):
            page.add(f"{define}{suffix}", inner)
    return f"# {title}\n\n{sentence(schema['description'])}\n\n{page.text()}"


def _parts(node: Schema) -> Iterator[Schema]:
    """Yield a schema and the alternatives that its `allOf` adds."""
    yield node
    for part in node.get("allOf", ()):
        if "if" not in part:
            yield from _parts(part)


def _properties(node: Schema) -> dict[str, Schema]:
    return {k: v for part in _parts(node) for k, v in part.get("properties", {}).items()}


def _maps(node: Schema, suffix: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield each map below a key, with what its path adds: `[]` for an item, `.NAME` for a free name."""
    for part in _parts(node):
        if part.get("properties"):
            yield suffix, part
        if isinstance(part.get("items"), dict):
            yield from _maps(part["items"], f"{suffix}[]")
        if isinstance(part.get("additionalProperties"), dict):
            yield from _maps(part["additionalProperties"], f"{suffix}.NAME")


def _named(node: Schema) -> Iterator[str]:
    """Yield the definitions that a key, its items or its free names refer to, but for conditions: all may be one."""
    for part in _parts(node):
        for inner in (part, part.get("items"), part.get("additionalProperties")):
            if isinstance(inner, dict) and "$ref" in inner:
                name = str(inner["$ref"]).rpartition("/")[2]
                if name != "condition":
                    yield name


def _values(node: Schema) -> list[str]:
    values = [code(value) for value in node.get("enum", ())]
    return [f"One of {', '.join(values)}."] if values else []


def _type(node: Schema) -> str:
    if "$ref" in node:
        return str(node["$ref"]).rpartition("/")[2]
    kinds = node.get("type", "any")
    names = {
        "string": "text",
        "object": "map",
        "array": "list",
        "boolean": "true or false",
        "integer": "whole number",
    }
    listed = kinds if isinstance(kinds, list) else [kinds]
    return ", ".join(names.get(kind, kind) for kind in listed)
