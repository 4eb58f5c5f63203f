"""Which tests reach a line, and what they take: from one run of all tests, without a mutant.

A mutant can be noticed only by a test that reaches its line; so only those are tried.
"""

from __future__ import annotations

import ast
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from mutations import Mutant


@dataclass(frozen=True, slots=True)
class Reach:
    """What a run recorded.

    Attributes:
        took: Seconds of processor by test, of those that pass.
        properties: The property tests among them.
        lines: By module, by line, the tests or files of tests that reach it.
    """

    took: dict[str, float] = field(default_factory=dict)
    properties: list[str] = field(default_factory=list)
    lines: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def tests(self, module: PurePath, mutant: Mutant, source: bytes) -> list[str]:
        """Return the tests that reach a mutant, the likeliest first.

        Those named after its module, those that reach most lines of its function, those of its package, the quickest.
        What is done once, when the module is imported, is reached by all tests that reach the module. So is what a
        function keeps that is decorated with `cache`: only the first test that asks goes through its lines.
        """
        lines = self.lines.get(module.as_posix(), {})
        span = range(_first_line(source, mutant), _last_line(mutant) + 1)
        found = self._named(name for line in span for name in lines.get(str(line), []))
        if not found or _is_cached(source, mutant):
            found = self._named(name for names in lines.values() for name in names)
        package = f"tests/{module.parts[1]}/"
        through = Counter(
            test
            for line in _lines_of_function(source, mutant)
            for test in self._named(lines.get(str(line), []))
        )

        def rank(test: str) -> tuple[bool, int, bool, float, str]:
            named = module.stem in PurePath(test.partition("::")[0]).stem
            return not named, -through[test], not test.startswith(package), self.took[test], test

        return sorted(found, key=rank)

    def _named(self, names: Iterable[str]) -> set[str]:
        wanted = set(names)
        return {test for test in self.took if test in wanted or test.partition("::")[0] in wanted}


def _last_line(mutant: Mutant) -> int:
    return mutant.line + mutant.before.count("\n")


def _lines_of_function(source: bytes, mutant: Mutant) -> range:
    """Return the lines of the innermost function around a mutant; none where it is in none."""
    around = _functions(source, mutant)
    return _lines(around[-1]) if around else range(0)


def _is_cached(source: bytes, mutant: Mutant) -> bool:
    """Return whether a function around a mutant is decorated so that its results stay."""
    decorators = [each for node in _functions(source, mutant) for each in node.decorator_list]
    return any("cache" in ast.unparse(each) for each in decorators)


def _functions(source: bytes, mutant: Mutant) -> list[ast.FunctionDef]:
    """Return the functions around a mutant, the innermost last."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    around = [node for node in nodes if mutant.line in _lines(node)]
    return sorted(around, key=lambda node: len(_lines(node)), reverse=True)


def _lines(node: ast.FunctionDef) -> range:
    return range(node.lineno, (node.end_lineno or 0) + 1)


def _first_line(source: bytes, mutant: Mutant) -> int:
    """Return where the innermost statement around a mutant begins."""
    around = [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.stmt) and node.lineno <= mutant.line <= (node.end_lineno or 0)
    ]
    return max(around)


def read(folder: Path, root: Path) -> Reach:
    """Put the recordings of all processes together; `root` is the tree that they ran in."""
    took: dict[str, float] = defaultdict(float)
    failed: set[str] = set()
    properties: set[str] = set()
    lines: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for file in folder.glob("*.json"):
        found = json.loads(file.read_text())
        failed.update(found["failed"])
        properties.update(found["properties"])
        for test, seconds in found["took"].items():
            took[test] = max(took[test], seconds)
        for path, by_line in found["lines"].items():
            module = lines[Path(path).relative_to(root).as_posix()]
            for line, names in by_line.items():
                module[line].update(filter(None, names))
    return Reach(
        {test: seconds for test, seconds in took.items() if test not in failed},
        sorted(properties - failed),
        {
            module: {line: sorted(names) for line, names in by_line.items()}
            for module, by_line in lines.items()
        },
    )
