"""The structure of the code: no name of two modules or definitions, no circle of files, layers, tests in folders."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("engine", "cli")
API = "api"
"""The folder of the package itself: its modules lie directly below `tenure`."""
TESTS = ROOT / "tests"
WIDER = {
    "cluster_faults": "runs on clusters and stores on servers while these fail, with the programs for it",
    "docs": "README and docs/",
    "faults": "the store under failing system calls, with the programs for it",
    "programme": "all shipped playbooks together, over written and real data",
    "scenarios/messy": "a year of everything that goes wrong, beside the year without it",
    "repository": "the structure of the code, and what pages promise",
}
"""Folders of tests that belong to no one package, and what they test."""


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def modules() -> dict[str, Path]:
    """Return every module of the package by its dotted name below `tenure`."""
    found = {}
    for part in (API, *PARTS):
        for path in sorted((ROOT / part).rglob("*.py")):
            names = path.relative_to(ROOT / API if part == API else ROOT).with_suffix("").parts
            found[".".join(names[:-1] if names[-1] == "__init__" else names)] = path
    return found


def imports(name: str, path: Path, known: dict[str, Path]) -> set[str]:
    """Return the modules that a module imports, wherever in its text the import is."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found = set()
    for node in ast.walk(parsed(path)):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        parts = package.split(".") if package else []
        base = parts[: len(parts) - node.level + 1]
        source = ".".join([*base, *([node.module] if node.module else [])])
        for alias in node.names:
            member = f"{source}.{alias.name}"
            found.add(member if member in known else source)
    return (found & known.keys()) - {name}


def test_no_two_modules_share_a_name() -> None:
    homes = defaultdict(list)
    for name, path in modules().items():
        if path.name != "__init__.py":
            homes[path.stem].append(name)
    assert {stem: names for stem, names in homes.items() if len(names) > 1} == {}


def definitions(path: Path) -> set[str]:
    """Return the names that a module defines at its top level."""
    names = set()
    for node in parsed(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def test_no_public_name_is_defined_in_two_modules() -> None:
    homes = defaultdict(list)
    for module, path in modules().items():
        for name in definitions(path):
            if not name.startswith("_"):
                homes[name].append(module)
    assert {name: found for name, found in homes.items() if len(found) > 1} == {}


def test_no_circle_of_files() -> None:
    known = modules()
    graph = {name: imports(name, path, known) for name, path in known.items()}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail("circle of files: " + " -> ".join(error.args[1]))


@pytest.mark.parametrize("module", ["project.loading", "machine.machine_checks", "core.problems"])
def test_a_workspace_is_loaded_and_checked_without_polars(module: str) -> None:
    code = f"import sys, tenure.engine.{module}; sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_dependency_has_a_floor_that_ci_installs() -> None:
    script = ROOT / ".ci" / "lowest.py"
    done = subprocess.run([sys.executable, script], check=True, capture_output=True, text=True)
    assert "polars==2.0" in done.stdout.splitlines()
    assert "duckdb==2.0" in done.stdout.splitlines()


def test_each_test_lies_in_the_folder_of_what_it_tests() -> None:
    packages = {path.parent.name for path in (ROOT / "engine").glob("*/__init__.py")}
    folders = {path.parent for path in TESTS.rglob("test_*.py")}
    names = {folder.relative_to(TESTS).as_posix() for folder in folders}
    assert names <= {*packages, *PARTS, API, *WIDER}
    assert names >= WIDER.keys()
    assert [path.name for path in TESTS.glob("*.py")] == ["conftest.py"]


def test_helpers_of_tests_are_imported_from_support() -> None:
    helpers = {path.stem for path in (TESTS / "support").glob("*.py")} - {"__init__"}
    found = set()
    for path in sorted(TESTS.rglob("*.py")):
        for node in ast.walk(parsed(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names.append(node.module or "")
            bare = {name for name in names if name in helpers or name.startswith("test_")}
            found |= {f"{path.relative_to(TESTS)}: {name}" for name in bare}
    assert found == set()
