"""Fields and their values in the schemas, so that editors complete them: they are offered, and others stay allowed."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from ..engine.fields.catalogue import FieldSpec
from ..engine.fields.standard_fields import STANDARD

Schema = dict[str, Any]

_ONE = ("is", "is_not")
_LISTED = ("in", "not_in")


def offer_tested_fields(schema: Schema, noun: str) -> None:
    """Offer the standard fields, and the values of those with a list, wherever a test of any field is allowed.

    Args:
        schema: The schema, which is changed.
        noun: The title of the schema of such a test.
    """
    for part in [each for each in _maps(schema) if _titled(each, noun)]:
        test = part["additionalProperties"]
        schema.setdefault("$defs", {}).setdefault("test", test)
        part["additionalProperties"] = {"$ref": "#/$defs/test"}
        for spec in STANDARD:
            part["properties"].setdefault(spec.name, _tested(spec, test))


def offer_field_names(schema: Schema) -> None:
    """Offer the standard fields in the schema of `fields.yaml`, which is changed."""
    fields = schema["properties"]["fields"]
    schema.setdefault("$defs", {})["field"] = fields["additionalProperties"]
    fields["additionalProperties"] = {"$ref": "#/$defs/field"}
    fields["properties"] = {spec.name: _described(spec, "field") for spec in STANDARD}


def _maps(part: Any) -> Iterator[Schema]:
    """Yield every map in a schema."""
    if isinstance(part, dict):
        yield part
        for each in part.values():
            yield from _maps(each)
    elif isinstance(part, list):
        for each in part:
            yield from _maps(each)


def _titled(part: Schema, noun: str) -> bool:
    others = part.get("additionalProperties")
    return isinstance(others, dict) and others.get("title") == noun


def _described(spec: FieldSpec, definition: str) -> Schema:
    """Return the schema of a field: its own words, and the definition that it has in common with the others."""
    words = _words(spec)
    own = {name: words[name] for name in ("title", "markdownDescription")}
    return {"type": "object", **words, "allOf": [own, {"$ref": f"#/$defs/{definition}"}]}


def _words(spec: FieldSpec) -> Schema:
    about = spec.about or spec.title
    return {"title": spec.title, "description": about, "markdownDescription": about}


def _tested(spec: FieldSpec, test: Schema) -> Schema:
    """Return the schema of a test of a field, with its values as examples."""
    if not spec.values:
        return _described(spec, "test")
    own = {**deepcopy(test), **_words(spec)}
    for name in _ONE:
        own["properties"][name]["examples"] = list(spec.values)
    for name in _LISTED:
        own["properties"][name]["items"]["examples"] = list(spec.values)
    return own
