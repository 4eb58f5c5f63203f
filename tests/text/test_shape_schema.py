"""The shape check and the JSON Schemas made from the same shapes give one verdict."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator
from support.profiles import examples
from tenure.engine.fields.fields_schema import FIELDS_SHAPE
from tenure.engine.playbook.playbook_schema import PLAYBOOK_SHAPE
from tenure.engine.text.schema.shapes import json_schema, validate
from tenure.engine.text.yaml_nodes import Mapping, Scalar
from tenure.engine.text.yaml_reader import read_yaml
from tenure.engine.workspace.settings_schema import WORKSPACE_SHAPE

GOOD = sorted((Path(__file__).parent / "text_cases" / "good").glob("*.yaml"))
SHAPES = {"fields": FIELDS_SHAPE, "workspace": WORKSPACE_SHAPE, "workspace_query": WORKSPACE_SHAPE}
SCHEMAS = {
    shape.noun: json_schema(shape) for shape in (FIELDS_SHAPE, WORKSPACE_SHAPE, PLAYBOOK_SHAPE)
}
VALUES = [
    None, True, False, 0, 1, -1, 2.5, 5.0, 1000, "", "a", "Bad Id", "any", "skip", "-30 days", "7 days",
    "1 business day", "2026-01-31", "20 %", "FR", "fr", "Paris is fine", "renewal/grace", [], ["a"],
    ["a", "a"], [1, 2], [1, 1.0], [[]], {}, {"a": "a"}, {"a": None}, {"en": "Hello"}, {"below": 70},
    {"all": ["a"]}, {"not": {"any": []}}, {"when": "a", "then": "7 days"}, {"email": {}},
    {"email": {}, "call": {}}, {"offer": {}}, {"year": 1, "from_year": 2}, {"id": "a", "at": "1 day"},
    {"part": "a"}, {"part": "a", "en": "b"}, {"minutes": 5}, {"from": 45, "to": 60},
    {"take": 1, "from": [{"say": "a"}]},
]  # fmt: skip
KEYS = [
    "a", "id", "at", "when", "after", "every", "since", "do", "title", "then", "year", "machine",
    "timeline", "query", "file", "date_column", "field", "name", "Bad Key", "otherwise", "x-y",
    "part", "points", "minutes", "fr", "say", "take",
]  # fmt: skip


def plain(node):
    """A node as the values that a JSON Schema validator takes."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Mapping):
        return {entry.key: plain(entry.value) for entry in node}
    return [plain(item) for item in node.items]


def read(path):
    node, problems = read_yaml(path.read_text("utf-8"), path.name)
    assert problems == []
    return node


def shape_of(path):
    return SHAPES.get(path.stem, PLAYBOOK_SHAPE)


def containers(value):
    """Every list and map within, the outermost first."""
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from containers(inner)


@st.composite
def mutated(draw):
    """A good document with one to three changes."""
    path = draw(st.sampled_from(GOOD))
    document = copy.deepcopy(plain(read(path)))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(list(containers(document))))
        value = copy.deepcopy(draw(st.sampled_from(VALUES)))
        if isinstance(place, list):
            index = draw(st.integers(0, max(0, len(place) - 1)))
            if place and draw(st.booleans()):
                place[index] = value
            elif place and draw(st.booleans()):
                place.append(copy.deepcopy(place[index]))
            elif place and draw(st.booleans()):
                del place[index]
            else:
                place.insert(index, value)
            continue
        change = draw(st.sampled_from(["replace", "remove", "rename", "add"]))
        if place and change != "add":
            key = draw(st.sampled_from(sorted(place)))
            if change == "replace":
                place[key] = value
            elif change == "remove":
                del place[key]
            else:
                place[draw(st.sampled_from(KEYS))] = place.pop(key)
        else:
            place[draw(st.sampled_from(KEYS))] = value
    return shape_of(path), document


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_document_has_no_problem(path):
    node = read(path)
    assert validate(node, shape_of(path)) == []
    Draft202012Validator(SCHEMAS[shape_of(path).noun]).validate(plain(node))


@settings(examples(400), suppress_health_check=list(HealthCheck))
@given(mutated())
def test_check_and_schema_give_one_verdict_whatever_is_changed(case):
    shape, document = case
    node, problems = read_yaml(json.dumps(document), "f.yaml")
    if node is None:
        assert document is None
        return
    assert problems == []
    assert plain(node) == document
    found = validate(node, shape)
    # A schema knows how a language's tag is written, not whether there is such a language.
    if any("is not a language" in problem.message for problem in found):
        return
    fits = not found
    schema = SCHEMAS[shape.noun]
    assert Draft202012Validator(schema).is_valid(document) is fits
    assert Draft7Validator(schema).is_valid(document) is fits


@settings(examples(100), suppress_health_check=list(HealthCheck))
@given(mutated())
def test_every_problem_has_its_place_in_the_text(case):
    shape, document = case
    text = json.dumps(document, indent=1)
    lines = text.split("\n")
    node, _ = read_yaml(text, "f.yaml")
    for problem in validate(node, shape) if node else []:
        assert 1 <= problem.span.line <= problem.span.end_line <= len(lines)
        assert 1 <= problem.span.column <= len(lines[problem.span.line - 1]) + 1
        assert problem.hint is None or problem.hint[0] != " "


def test_every_name_beneath_a_field_is_the_languages_own():
    from tenure.engine.language.yaml_conditions import OPERATORS

    condition = json_schema(PLAYBOOK_SHAPE)["$defs"]["condition"]
    (tests,) = [part["additionalProperties"] for part in condition["allOf"] if "properties" in part]
    assert set(tests["properties"]) == set(OPERATORS)
