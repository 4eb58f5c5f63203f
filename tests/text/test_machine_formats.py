"""Problems for other programs."""

import json

from tenure.engine.core.problems import Fix, Problem, Span
from tenure.engine.text import problem_help
from tenure.engine.text.formatters import to_github, to_json, to_sarif
from tenure.engine.text.problem_codes import PROBLEM_CODES

PLACED = Problem(
    "unknown-key",
    "`a` is\n100% no key: see é",
    Span("play books/a,b:c.yaml", 2, 3, 2, 6),
    "did you mean `b`?",
    ((Span("play books/a,b:c.yaml", 1, 1, 1, 2), "first here"),),
)
LONG = Problem("wrong-type", "m", Span("a.yaml", 1, 1, 3, 2), severity="warning")
PLACELESS = Problem("empty-file", "m")


def test_json_has_one_object_a_problem_with_positions_from_one():
    assert json.loads(to_json([PLACED, PLACELESS])) == [
        {
            "severity": "error",
            "code": "empty-file",
            "message": "m",
            "hint": None,
            "file": None,
            "line": None,
            "column": None,
            "end_line": None,
            "end_column": None,
            "also": [],
            "fix": None,
        },
        {
            "severity": "error",
            "code": "unknown-key",
            "message": "`a` is\n100% no key: see é",
            "hint": "did you mean `b`?",
            "file": "play books/a,b:c.yaml",
            "line": 2,
            "column": 3,
            "end_line": 2,
            "end_column": 6,
            "also": [
                {
                    "message": "first here",
                    "file": "play books/a,b:c.yaml",
                    "line": 1,
                    "column": 1,
                    "end_line": 1,
                    "end_column": 2,
                }
            ],
            "fix": None,
        },
    ]
    assert json.loads(to_json([])) == []


def test_a_certain_correction_is_there_for_programs():
    span = Span("a b.yaml", 3, 9, 3, 10)
    problem = Problem("wrong-operator", "m", span, "write ==", fix=Fix(span, "==", "="))
    (plain,) = json.loads(to_json([problem]))
    assert plain["fix"] == {
        "text": "==",
        "file": "a b.yaml",
        "line": 3,
        "column": 9,
        "end_line": 3,
        "end_column": 10,
    }
    (result,) = json.loads(to_sarif([problem]))["runs"][0]["results"]
    region = {"startLine": 3, "startColumn": 9, "endLine": 3, "endColumn": 10}
    assert result["fixes"] == [
        {
            "description": {"text": "write =="},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "a%20b.yaml"},
                    "replacements": [{"deletedRegion": region, "insertedContent": {"text": "=="}}],
                }
            ],
        }
    ]


def test_github_commands_are_escaped():
    assert to_github([PLACED, LONG, PLACELESS]).split("\n") == [
        "::error title=empty-file::m",
        "::warning file=a.yaml,line=1,endLine=3,title=wrong-type::m",
        "::error file=play books/a%2Cb%3Ac.yaml,line=2,endLine=2,col=3,endColumn=5,title=unknown-key::"
        "`a` is%0A100%25 no key: see é%0Adid you mean `b`?",
    ]
    assert to_github([]) == ""


def test_sarif_names_the_tool_its_rules_and_the_regions():
    log = json.loads(to_sarif([PLACED, LONG, PLACELESS]))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["empty-file", "unknown-key", "wrong-type"]
    assert all(rule["shortDescription"]["text"] == PROBLEM_CODES[rule["id"]] for rule in rules)
    placeless, long, placed = run["results"]
    assert "locations" not in placeless
    assert long["level"] == "warning"
    assert rules[placed["ruleIndex"]]["id"] == placed["ruleId"] == "unknown-key"
    (location,) = placed["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "play%20books/a%2Cb%3Ac.yaml"},
        "region": {"startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 6},
    }
    assert placed["relatedLocations"][0]["message"] == {"text": "first here"}


def test_sarif_has_each_rules_help_and_the_address_of_its_page_if_that_is_known():
    (run,) = json.loads(to_sarif([PLACELESS]))["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    about = problem_help.HELP["empty-file"]
    assert rule["help"]["text"] == f"{about.why} {about.fix}"
    assert rule["help"]["markdown"].endswith(f"**How to fix it.** {about.fix}")
    assert "helpUri" not in rule
    (run,) = json.loads(to_sarif([PLACELESS], "https://example.com/docs/"))["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["helpUri"] == "https://example.com/docs/reference/problems/empty-file.html"


def test_sarif_of_no_problems_is_a_run_without_results():
    (run,) = json.loads(to_sarif([]))["runs"]
    assert run["results"] == run["tool"]["driver"]["rules"] == []
