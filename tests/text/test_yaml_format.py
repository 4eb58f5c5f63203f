"""The canonical layout of YAML: one for each content, with comments, order and quotes, and never another meaning."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tenure.engine.text.yaml_format import format_yaml, plain_value
from tenure.engine.text.yaml_reader import read_yaml

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(
    path
    for pattern in ("playbooks/*.yaml", "docs/examples/**/*.yaml", "cli/templates/*/*.yaml")
    for path in ROOT.glob(pattern)
)
WORDS = (
    *("a", "health_score < 70", "'it''s'", '"x: # y"', "'- no'", "renewal", "2026-04-01", "1.50"),
    *("true", "null", '"tab\\t"', "a-b", "-1", "é", '""', "{}", "[]"),
)


def content(text: str) -> Any:
    node, problems = read_yaml(text, "f.yaml")
    assert node is not None
    assert problems == []
    return plain_value(node)


def comments(text: str) -> list[str]:
    return sorted(re.findall(r"# note \d+", text))


class Writer:
    """Writes data as YAML in a layout that chance decides; comments too, if they are wanted."""

    def __init__(self, chance: random.Random, *, remarks: bool) -> None:
        self.chance = chance
        self.remarks = remarks
        self.notes = 0

    def gap(self, least: int) -> str:
        return " " * (least + self.chance.choice((0, 0, 1, 3)))

    def note(self) -> str:
        self.notes += 1
        return f"# note {self.notes}"

    def end(self) -> str:
        tail = self.gap(1) + self.note() if self.remarks and self.chance.random() < 0.2 else ""
        tail += self.chance.choice(("", "", "  "))
        lines = "\n" * self.chance.choice((1, 1, 1, 2, 4)) if self.remarks else "\n"
        if self.remarks and self.chance.random() < 0.2:
            lines += " " * self.chance.randrange(9) + self.note() + "\n"
        return tail + lines

    def flow(self, data: Any) -> str:
        inner = " " * self.chance.choice((0, 1))
        comma = self.chance.choice((", ", ",  ", " , "))
        if isinstance(data, dict) and data:
            pairs = (f"{key}:{self.gap(1)}{self.flow(value)}" for key, value in data.items())
            return f"{{{inner}{comma.join(pairs)}{inner}}}"
        if isinstance(data, list) and data:
            return f"[{inner}{comma.join(self.flow(item) for item in data)}{inner}]"
        return self.word(data)

    def word(self, data: Any) -> str:
        return {"dict": "{}", "list": "[]"}.get(type(data).__name__, data)

    def block(self, data: Any, indent: int, begun: bool = False) -> str:
        """Return lines, the first without its indentation where it is begun already."""
        out = []
        pad = " " * indent
        rows = data.items() if isinstance(data, dict) else ((None, item) for item in data)
        for number, (key, value) in enumerate(rows):
            start = "" if begun and number == 0 else pad
            head = f"{start}-" if key is None else f"{start}{key}{self.gap(0)}:"
            below = indent + self.chance.choice((1, 2, 2, 4))
            if not value or isinstance(value, str | tuple):
                if isinstance(value, tuple):
                    lines = f"\n{' ' * below}".join(value)
                    out.append(f"{head}{self.gap(1)}|\n{' ' * below}{lines}\n")
                else:
                    out.append(f"{head}{self.gap(1)}{self.word(value)}{self.end()}")
            elif key is None:
                gap = self.gap(1)
                out.append(head + gap + self.block(value, indent + 1 + len(gap), begun=True))
            elif isinstance(value, list) and self.chance.random() < 0.3:
                out.append(f"{head}{self.end()}" + self.block(value, indent))
            else:
                out.append(f"{head}{self.end()}" + self.block(value, below))
        return "".join(out)


def scalars(*, flow: bool) -> st.SearchStrategy[Any]:
    words = st.sampled_from(WORDS)
    if flow:
        return words
    lines = st.lists(st.sampled_from(("one: x", "  two # not a comment", "- three")), max_size=3)
    return st.one_of(words, lines.map(lambda found: ("first", *found)))


KEYS = st.sampled_from(("id", "do", "when", "at", '"q:"', "title"))


def nested(*, flow: bool) -> st.SearchStrategy[Any]:
    return st.recursive(
        scalars(flow=flow),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3),
            st.dictionaries(KEYS, inner, min_size=1, max_size=3),
        ),
        max_leaves=8,
    )


DOCUMENTS = st.dictionaries(KEYS, nested(flow=False), min_size=1, max_size=4)


@settings(max_examples=300)
@given(DOCUMENTS, st.integers(0, 10_000))
def test_no_meaning_changes_and_a_second_time_changes_nothing(data: Any, seed: int) -> None:
    text = Writer(random.Random(seed), remarks=True).block(data, 0)
    once = format_yaml(text)
    assert content(once) == content(text)
    assert comments(once) == comments(text)
    assert format_yaml(once) == once
    assert not re.search(r"\n\n\n|\A\n|\n\n\Z", once)


@given(DOCUMENTS, st.integers(0, 10_000), st.integers(0, 10_000))
def test_every_layout_of_one_content_becomes_the_same(data: Any, one: int, other: int) -> None:
    texts = [Writer(random.Random(seed), remarks=False).block(data, 0) for seed in (one, other)]
    assert format_yaml(texts[0]) == format_yaml(texts[1])


@given(nested(flow=True), st.integers(0, 10_000), st.integers(0, 10_000))
def test_every_layout_in_brackets_becomes_the_same(data: Any, one: int, other: int) -> None:
    texts = [
        f"a: {Writer(random.Random(seed), remarks=False).flow(data)}\n" for seed in (one, other)
    ]
    assert format_yaml(texts[0]) == format_yaml(texts[1])
    assert content(format_yaml(texts[0])) == content(texts[0])


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_files_are_in_the_canonical_layout(path: Path) -> None:
    text = path.read_text("utf-8")
    assert format_yaml(text) == text
    # It is read as a whole: further lines are formatted.
    assert format_yaml(f"{text}\n\n\nlast:   {{a: 1,b: 2}}\n") == f"{text}\nlast: {{a: 1, b: 2}}\n"


@pytest.mark.parametrize(
    ("text", "formatted"),
    [
        ("a:   1\n", "a: 1\n"),
        ("a: 1", "a: 1\n"),
        ("a: 1\r\n\r\n\r\nb:  2\r\n", "a: 1\r\n\r\nb: 2\r\n"),
        ("---\na:  1\n", "---\na: 1\n"),
        ("a:\n- 1\n-  2\n", "a:\n  - 1\n  - 2\n"),
        ("a: {b: 1,c: [ 1,2 ]}   # one\n", "a: {b: 1, c: [1, 2]}   # one\n"),
        ("a:\n    # of b\n    b: 1\n# of c\nc: 2\n", "a:\n  # of b\n  b: 1\n# of c\nc: 2\n"),
        ("a: [ b:  1,c: {d: 2 } ]\n", "a: [b: 1, c: {d: 2}]\n"),
        ("a: |\n     x\n       y\nb: 1\n", "a: |\n  x\n    y\nb: 1\n"),
        ('a: "one\n     two"\n', 'a: "one\n     two"\n'),
        ("a: [1,\n    2]\n", "a: [1,\n    2]\n"),
    ],
)
def test_layouts(text: str, formatted: str) -> None:
    assert format_yaml(text) == formatted


@pytest.mark.parametrize(
    "text", ["a: [1\n", "a: &x 1\n", "a: 1\na: 2\n", "", "# only\n", "a: |2\n    x\n", "a: {b}\n"]
)
def test_a_text_that_cannot_be_read_or_is_unusual_stays(text: str) -> None:
    assert format_yaml(text) == text
