"""The shipped schemas: in step with the shapes, valid, and complete for editors."""

import json

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from tenure.schemas import NAMES, schema_file
from tenure.schemas.write import SHAPES, schema_text

NEWER_THAN_DRAFT_7 = {
    "prefixItems",
    "unevaluatedProperties",
    "unevaluatedItems",
    "$dynamicRef",
    "minContains",
}


def parts(schema):
    """Every schema within a schema, itself first."""
    yield schema
    for key in ("items", "additionalProperties", "propertyNames", "not"):
        if isinstance(schema.get(key), dict):
            yield from parts(schema[key])
    for key in ("properties", "$defs"):
        for inner in schema.get(key, {}).values():
            yield from parts(inner)
    for key in ("allOf", "oneOf"):
        for inner in schema.get(key, []):
            yield from parts(inner)


@pytest.fixture(params=NAMES)
def schema(request):
    return json.loads(schema_file(request.param))


@pytest.mark.parametrize("name", NAMES)
def test_file_is_what_the_shape_gives(name):
    assert schema_file(name) == schema_text(name), "run python -m tenure.schemas.write"


def test_every_shape_is_shipped():
    assert sorted(SHAPES) == list(NAMES)


def test_schema_is_valid_in_both_drafts(schema):
    Draft202012Validator.check_schema(schema)
    Draft7Validator.check_schema(schema)


def test_schema_keeps_to_what_draft_7_knows(schema):
    for part in parts(schema):
        assert not NEWER_THAN_DRAFT_7 & part.keys()
        assert "$ref" not in part or len(part) == 1, "draft 7 ignores what stands beside $ref"
        assert "anyOf" not in part, "editors complete poorly from alternatives"


def test_every_property_has_a_type_and_words_for_the_editor(schema):
    for part in parts(schema):
        for name, inner in part.get("properties", {}).items():
            assert {"type", "title", "description", "markdownDescription"} <= inner.keys(), name


def test_every_map_with_known_keys_is_closed_and_described(schema):
    for part in parts(schema):
        if "properties" in part:
            assert "title" in part
            assert "markdownDescription" in part
            assert part["additionalProperties"] is not True


def test_every_pattern_says_in_words_what_it_wants(schema):
    for part in parts(schema):
        assert "pattern" not in part or part["patternErrorMessage"]


def test_steps_and_actions_come_with_snippets():
    definitions = json.loads(schema_file("playbook"))["$defs"]
    assert definitions["steps"]["items"]["defaultSnippets"]
    assert [s["label"] for s in definitions["actions"]["items"]["defaultSnippets"]] == [
        "email",
        "call",
        "task",
    ]
