"""The shipped schemas: in step with the shapes, valid, and complete for editors."""

import json
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from tenure.engine.fields.catalogue_loader import load_catalogue
from tenure.engine.workspace.settings_schema import ACTION_KINDS
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
    for inner in schema.get("allOf", []):
        yield from () if "if" in inner else parts(inner)


def rules(schema):
    """Every rule about which keys go together."""
    for part in parts(schema):
        yield from (inner for inner in part.get("allOf", []) if "if" in inner)


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
        assert not {"anyOf", "oneOf"} & part.keys(), "editors complete poorly from alternatives"


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


def test_every_value_says_in_words_what_it_wants(schema):
    for part in parts(schema):
        scalar_or_list = "type" in part and part["type"] != "object"
        assert not scalar_or_list or part["errorMessage"].startswith("write ")


def test_every_rule_is_one_that_editors_report_in_our_words(schema):
    for rule in rules(schema):
        assert rule.keys() == {"if", "then"}
        assert rule["then"]["errorMessage"]
        for side in rule.values():
            assert side.keys() <= {"required", "properties", "errorMessage"}
            assert not any(side.get("properties", {}).values())


def test_a_key_that_takes_text_first_is_not_begun_as_a_list(schema):
    for part in parts(schema):
        if isinstance(part.get("type"), list):
            assert not {"items", "properties"} & part.keys()


def test_a_key_shows_its_own_words_before_those_of_what_it_refers_to(schema):
    for part in parts(schema):
        for inner in part.get("properties", {}).values():
            if "$ref" in inner.get("allOf", [{}])[-1]:
                assert inner["allOf"][0]["title"] == inner["title"]
                assert inner["allOf"][0]["markdownDescription"] == inner["markdownDescription"]


def test_no_snippet_has_the_name_of_a_key(schema):
    for part in parts(schema):
        labels = {snippet["label"] for snippet in part.get("defaultSnippets", [])}
        assert not labels & part.get("properties", {}).keys()


def test_steps_and_actions_come_with_snippets():
    definitions = json.loads(schema_file("playbook"))["$defs"]
    assert [s["label"] for s in definitions["step"]["defaultSnippets"]] == ["step with an email"]
    assert [s["label"].split()[0] for s in definitions["action"]["defaultSnippets"]] == [
        "email",
        "call",
        "task",
    ]


STANDARD_FIELDS = load_catalogue(None)[0].fields


def condition_keys(name: str) -> Any:
    """The keys that an editor offers in a structured condition."""
    for part in parts(json.loads(schema_file(name))):
        if {"all", "any", "not"} <= part.get("properties", {}).keys():
            yield part["properties"]


@pytest.mark.parametrize("name", ["fields", "playbook", "workspace"])
def test_structured_conditions_offer_fields_and_their_values(name):
    offered = list(condition_keys(name))
    assert offered
    for keys in offered:
        assert keys.keys() == {"all", "any", "not", *STANDARD_FIELDS}
        for field, spec in STANDARD_FIELDS.items():
            tests = keys[field].get("properties", {})
            if spec.values:
                assert tests["is"]["examples"] == list(spec.values)
                assert tests["in"]["items"]["examples"] == list(spec.values)


def test_the_catalogue_offers_the_standard_fields():
    offered = json.loads(schema_file("fields"))["properties"]["fields"]["properties"]
    assert offered.keys() == STANDARD_FIELDS.keys()
    assert offered["arr"]["description"] == STANDARD_FIELDS["arr"].about


@pytest.mark.parametrize(
    ("condition", "valid"),
    [
        ({"segment": {"is": "growth"}}, True),
        ({"segment": {"is": "a value of the workspace"}}, True),
        ({"segment": {"in": ["growth", "other"]}}, True),
        ({"own_field": {"below": 3}}, True),
        ({"segment": {"iss": "growth"}}, False),
        ({"health_score": {"bellow": 3}}, False),
        ({"own_field": {"bellow": 3}}, False),
        ({"segment": "growth"}, False),
    ],
)
def test_what_is_offered_limits_nothing(condition, valid):
    schema = json.loads(schema_file("playbook"))
    checked = {"$ref": "#/$defs/condition", "$defs": schema["$defs"]}
    assert Draft202012Validator(checked).is_valid(condition) == valid


def test_the_kinds_that_are_suppressed_are_offered():
    suppress = json.loads(schema_file("workspace"))["properties"]["contact_policy"]["properties"]
    kinds = suppress["suppress"]["items"]["properties"]["kinds"]
    assert set(kinds["items"]["enum"]) == set(ACTION_KINDS)
