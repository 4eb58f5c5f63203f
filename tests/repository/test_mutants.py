"""The changes that a mutation run makes, and that it tells a test that notices from one that does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MUTANTS = ROOT / "tests" / "mutants"
sys.path.append(str(MUTANTS))

from mutations import mutants  # noqa: E402
from targets import NEAR, PACKAGES, modules, near  # noqa: E402


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
        ("n = [a for a in b if a.c]", ["n = [a for a in b if True]"]),
        ("é = a < b", ["é = a <= b", "é = a >= b"]),
        # What means nothing, or is another message, is left alone.
        ('"""A text."""', []),
        ("n: Literal[1] = a", []),
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


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_has_tests_near_it(package: str) -> None:
    assert NEAR.keys() == set(PACKAGES)
    found = modules(ROOT, [package])
    assert found
    for module in found:
        tests = near(ROOT, module)
        assert tests
        assert all((ROOT / test).is_file() for test in tests)


@pytest.mark.slow
def test_a_run_finds_what_a_test_notices_and_what_none_does() -> None:
    # The limit of 100 characters has a test; of the tests of offsets, none notices it.
    for tests, alive in (("calendar/test_schedule.py", 0), ("calendar/test_offset.py", 2)):
        place = ["--at", "engine/calendar/schedule.py:12", "--workers", "1"]
        done = subprocess.run(
            [sys.executable, str(MUTANTS), *place, "--tests", f"tests/{tests}"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert f"| calendar | 2 | {2 - alive} |" in done.stdout
        assert done.stdout.count("`engine/calendar/schedule.py:12") == alive
