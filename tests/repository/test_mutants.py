"""The changes that a mutation run makes, which tests it tries, and that it tells which of them notice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path, PurePath

import pytest

ROOT = Path(__file__).parents[2]
MUTANTS = ROOT / "tests" / "mutants"
sys.path.append(str(MUTANTS))

import reach  # noqa: E402
from mutations import Mutant, mutants  # noqa: E402
from targets import PACKAGES, modules  # noqa: E402


def changed(source: str) -> list[str]:
    """The source after each of its mutants, on one line each."""
    text = source.encode()
    return [mutant.apply(text).decode().strip() for mutant in mutants(text)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", ["a <= b", "a >= b"]),
        ("a == b != c", ["a != b != c", "a == b == c"]),
        ("a is not None", ["a is None"]),
        ("a not in b", ["a in b"]),
        ("a and b and c", ["a or b and c", "a and b or c"]),
        ("not a", ["a"]),
        ("~a & b", ["a & b", "~a | b"]),
        ("n = 7", ["n = 6", "n = 8"]),
        ("n = True", ["n = False"]),
        ("n = a - b", ["n = a + b"]),
        ("n = f(min(a))", ["n = f(max(a))"]),
        ("n = a.strip()", ["n = a"]),
        ("write(a)", ["pass"]),
        ("failpoints.failpoint(a)", []),
        ("n = [a for a in b if a.c]", ["n = [a for a in b if True]"]),
        ("é = a < b", ["é = a <= b", "é = a >= b"]),
        # What means nothing, or is another message, is left alone.
        ('"""A text."""', []),
        ("n: Literal[1] = a", []),
        ("def f(n=True): ...", []),
        ('def f(n=True) -> int:\n    """A text."""', []),
        (
            "n = zip(a < b, strict=True)",
            ["n = zip(a <= b, strict=True)", "n = zip(a >= b, strict=True)"],
        ),
        ("n = zip(a, strict=False)", ["n = zip(a, strict=True)"]),
        ("raise ValueError(1 < 2)", []),
        ("Type = A | B", []),
        ('n = a + "text"', []),
    ],
)
def test_a_change_is_one_at_a_time(source: str, expected: list[str]) -> None:
    assert changed(source) == expected


def test_what_a_function_returns_becomes_the_plainest_of_its_type() -> None:
    assert changed("def f() -> int | None:\n    return a") == [
        "def f() -> int | None:\n    return None"
    ]
    assert changed("def f() -> list[int]:\n    return a") == [
        "def f() -> list[int]:\n    return []"
    ]
    assert changed("def f() -> bool:\n    return a") == ["def f() -> bool:\n    return not (a)"]
    assert changed("def f() -> int:\n    return a") == []


def test_a_place_is_a_line_of_the_file() -> None:
    [mutant] = mutants(b"# one\n# two\nn = True\n")
    assert (mutant.line, mutant.before, mutant.after) == (3, "True", "False")


def test_every_mutant_of_the_engine_differs_from_it_and_from_the_others() -> None:
    for module in modules(ROOT, ["calendar"]):
        source = (ROOT / module).read_bytes()
        results = [mutant.apply(source) for mutant in mutants(source)]
        assert source not in results
        assert len(set(results)) == len(results)


MODULE = PurePath("engine/store/lock.py")
SOURCE = b"""MOST = 3

def held(
    number: int,
) -> bool:
    return (
        number
        < MOST
    )
"""


def mutant_at(line: int, after: str) -> Mutant:
    [found] = [each for each in mutants(SOURCE) if (each.line, each.after) == (line, after)]
    return found


def test_a_mutant_is_tried_on_the_tests_that_reach_its_statement_the_likeliest_first() -> None:
    took = {
        "tests/cli/test_cli.py::test_quick": 0.1,
        "tests/store/test_store.py::test_slow": 9.0,
        "tests/store/test_store.py::test_quick": 1.0,
        "tests/store/test_lock.py::test_slow": 5.0,
        "tests/store/test_made_once.py::test_of_what_is_made": 2.0,
        "tests/runs/test_runs.py::test_elsewhere": 1.0,
    }
    *some, made, elsewhere = took
    # A statement of several lines is recorded at some of them; a fixture of a module at its file.
    lines = {"6": some, "7": ["tests/store/test_made_once.py"], "1": []}
    # Most of its function is gone through by this one.
    lines["4"] = ["tests/store/test_store.py::test_slow"]
    known = reach.Reach(took, [], {MODULE.as_posix(): lines | {"3": [elsewhere]}})
    assert known.tests(MODULE, mutant_at(8, "<="), SOURCE) == [
        "tests/store/test_lock.py::test_slow",
        "tests/store/test_store.py::test_slow",
        "tests/store/test_store.py::test_quick",
        made,
        "tests/cli/test_cli.py::test_quick",
    ]
    # What is done when the module is imported is reached by all that reach the module.
    assert {*known.tests(MODULE, mutant_at(1, "4"), SOURCE)} == {*took}
    assert known.tests(PurePath("engine/store/other.py"), mutant_at(1, "4"), SOURCE) == []


def test_what_a_function_keeps_is_reached_by_all_tests_of_its_module() -> None:
    kept = b"""from functools import cache

@cache
def names() -> bool:
    return 1 < 2

def has_names() -> bool:
    return names() and 3 < 4
"""
    took = {"tests/store/test_first.py::test": 1.0, "tests/store/test_second.py::test": 2.0}
    first, second = took
    # The second test asks for what the first one left.
    known = reach.Reach(took, [], {MODULE.as_posix(): {"5": [first], "8": [first, second]}})
    by_line = {mutant.line: known.tests(MODULE, mutant, kept) for mutant in mutants(kept)}
    assert by_line == {5: [first, second], 8: [first, second]}
    plain = kept.replace(b"@cache", b"")
    assert known.tests(MODULE, mutants(plain)[0], plain) == [first]


def test_recordings_of_several_processes_are_put_together(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    path = str(root / MODULE)
    parts = [
        {
            "took": {"a": 1.0, "b": 2.0},
            "failed": ["b"],
            "properties": ["a", "b"],
            "lines": {path: {"5": ["a", ""], "6": [""]}},
        },
        {"took": {"c": 3.0}, "failed": [], "properties": [], "lines": {path: {"5": ["c"]}}},
    ]
    for number, part in enumerate(parts):
        (tmp_path / f"{number}.json").write_text(json.dumps(part))
    found = reach.read(tmp_path, root)
    assert found.took == {"a": 1.0, "c": 3.0}
    assert found.properties == ["a"]
    assert found.lines == {MODULE.as_posix(): {"5": ["a", "c"], "6": []}}


def test_the_packages_are_there() -> None:
    assert all(modules(ROOT, [package]) for package in PACKAGES)


@pytest.mark.slow
def test_a_run_finds_what_a_test_notices_and_what_none_does() -> None:
    # The limit of 100 characters has a test; of the tests of offsets, none notices it.
    for tests, alive in (("calendar/test_schedule.py", 0), ("calendar/test_offset.py", 2)):
        place = ["--at", "engine/calendar/schedule.py:14", "--workers", "1"]
        done = subprocess.run(
            [sys.executable, str(MUTANTS), *place, "--tests", f"tests/{tests}"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert f"| calendar | 2 | {2 - alive} |" in done.stdout
        assert done.stdout.count("`engine/calendar/schedule.py:14") == alive
