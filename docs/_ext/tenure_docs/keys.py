"""Write the pages on the keys of YAML files, out of the JSON Schemas that editors use.

A page has one section for each map that the file may hold, and one table row for each key of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tenure.schemas import schema_file

from .markdown import code, contents, sentence, table

FOLDER = "reference/keys"
Schema = dict[str, Any]

TITLES = {
    "playbook": "Playbook",
    "workspace": "Settings: tenure.yaml",
    "fields": "Field catalogue: fields.yaml",
    "plan": "Success plan: plans/ACCOUNT.yaml",
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


@dataclass
class _Page:
    """The sections of one page so far, and the maps that have one already."""

    schema: Schema
    sections: list[str] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)

    def add(self, path: str, node: Schema) -> None:
        """Add the section of a map, then those of the maps below it."""
        properties = _properties(node)
        if not properties:
            return
        mark = json.dumps(properties, sort_keys=True)
        if mark in self.seen:
            self.sections.append(
                f"## `{path}`\n\nThe same keys as [`{self.seen[mark]}`](#{_anchor(self.seen[mark])}).\n"
            )
            return
        self.seen[mark] = path
        about = sentence(node["description"]) + "\n\n" if node.get("description") else ""
        needed = set(node.get("required", ()))
        rows = [_row(key, value, key in needed) for key, value in properties.items()]
        self.sections.append(f"## `{path}`\n\n{about}" + table(("key", "type", "meaning"), rows))
        for key, value in properties.items():
            for suffix, inner in _maps(value):
                self.add(f"{path}.{key}{suffix}".removeprefix("(file)."), inner)


def _anchor(path: str) -> str:
    return "".join(c for c in path.lower().replace(" ", "-") if c.isalnum() or c in "-_")


def _page(name: str, title: str) -> str:
    schema: Schema = json.loads(schema_file(name))
    page = _Page(schema)
    page.add("(file)", schema)
    for define, node in schema.get("$defs", {}).items():
        for suffix, inner in _maps(node):
            page.add(f"{define}{suffix}", inner)
    return f"# {title}\n\n{sentence(schema['description'])}\n\n" + "\n".join(page.sections)


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


def _row(key: str, node: Schema, needed: bool) -> tuple[str, str, str]:
    about = [sentence(node.get("description") or node.get("title") or key)]
    if needed:
        about.insert(0, "**Required.**")
    about += _values(node)
    if examples := node.get("examples"):
        about.append(f"Example: {', '.join(code(e) for e in examples)}.")
    return code(key), _type(node), " ".join(about)


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
