"""Every line of the two source documents, and where in the shipped playbooks it went.

`source_lines/` holds the tables, one file a programme: a line of a source, a few of its words, a place in a playbook,
and what must be found there. `elsewhere.md` lists the lines that give nothing to a playbook, each with the reason. The
documents are not part of the project: where they are not beside the checkout, only what needs them is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from support.shipped import PLAYBOOKS, lay_out, loaded, shipped
from support.shipped_facts import Facts, facts_of

TABLES = Path(__file__).parent / "source_lines"
SOURCES = Path(__file__).parents[3] / "shared" / "sources"

WHOLE = "agenda after approval at cta due from kind minutes owner placement repeat schedule"
"""What has to be found as it stands, as conditions have to; any other text need only contain it."""
REASONS = ("heading", "metrics", "documents", "overruled", "nobody")


class Line(NamedTuple):
    """A quantity of a source: where it stands, and what must be found in which place of a playbook."""

    programme: str
    source: str
    line: int
    words: str
    place: str
    kind: str
    wanted: str


class Left(NamedTuple):
    """Lines of a source that no playbook has; the words are of the first and, after `…`, the last."""

    source: str
    first: int
    last: int
    words: tuple[str, ...]
    reason: str
    why: str


def rows(path: Path) -> Iterator[tuple[str, list[str]]]:
    """The rows of a file's tables, each with the source named above it."""
    source = ""
    for text in path.read_text(encoding="utf-8").splitlines():
        if text.startswith("## "):
            source = text.removeprefix("## ")
        cells = [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", text)][1:-1]
        if cells and cells[0][0].isdigit():
            yield source, cells


def lines() -> list[Line]:
    return [
        Line(path.stem, source, int(cells[0]), *cells[1:])
        for path in sorted(TABLES.glob("*.md"))
        if path.stem != "elsewhere"
        for source, cells in rows(path)
    ]


def left() -> list[Left]:
    found = []
    for source, (numbers, words, reason, why) in rows(TABLES / "elsewhere.md"):
        first, _, last = numbers.partition("-")
        ends = tuple(words.split(" … "))
        found.append(Left(source, int(first), int(last or first), ends, reason, why))
    return found


def missing(line: Line, facts: Facts) -> str | None:
    """What is said in the place instead, if what is wanted is not; None where it is."""
    said = facts.get((line.place, line.kind), [])
    whole = line.kind in WHOLE.split() or is_condition(line.kind)
    if any(line.wanted == text or (not whole and line.wanted in text) for text in said):
        return None
    return f"{line.place} {line.kind} says {said}, and not {line.wanted!r}"


def is_condition(kind: str) -> bool:
    return kind.split()[0] in (
        *("again", "anchor", "choose", "define", "open", "take", "variable", "when"),
    )


@pytest.mark.parametrize("programme", sorted({line.programme for line in lines()}))
def test_what_the_sources_ask_for_is_in_the_playbooks(programme: str) -> None:
    said = facts_of(shipped())
    gone = [
        f"{line.source}:{line.line}: {found}"
        for line in lines()
        if line.programme == programme and (found := missing(line, said))
    ]
    assert not gone, "\n".join(gone)


def test_every_shipped_playbook_comes_from_a_source() -> None:
    assert {path.stem for path in PLAYBOOKS.glob("*.yaml")} == {line.programme for line in lines()}


# What somebody might change in a playbook, and the lines that it then no longer keeps.
LOSSES = [
    ("renewal", "- -90 days", "- -91 days", "retention.md:224 retention.md:395"),
    ("renewal", "at_risk_line: 70", "at_risk_line: 71", "retention.md:221 retention.md:282"),
    ("renewal", "cta: [renew, options]", "cta: [renew]", "retention.md:247"),
    ("renewal", "every: 1 business day", "every: 2 business days", "retention.md:271"),
    ("renewal", "id: roi_report", "id: report", "retention.md:215 retention.md:220"),
    ("renewal", "placement: banner", "placement: modal", "retention.md:249"),
    ("win_back", "at: 21 days", "at: 22 days", "retention.md:274"),
    ("reviews", "{from: 45, to: 60}", "{from: 45, to: 55}", "qbr.md:34 qbr.md:52"),
    ("reviews", "Lien visio testé", "Lien testé", "qbr.md:114"),
    ("reviews", "every: 30 days", "every: 31 days", "qbr.md:36"),
    ("loyalty", "after: 180 days", "after: 181 days", "retention.md:309 retention.md:313"),
    ("anniversary", "grant: 1 Year Member", "grant: Member", "retention.md:327"),
    ("vip", "arr_rank < 0.10", "arr_rank < 0.11", "retention.md:347"),
    ("expansion", "l'équipe grandit", "l'équipe évolue", "retention.md:419"),
    ("self_serve_review", "Votre bilan trimestriel", "Votre bilan", "retention.md:186"),
]


def test_what_a_playbook_loses_is_noticed(tmp_path: Path) -> None:
    folder = lay_out(tmp_path) / "playbooks"
    for playbook, old, new, _ in LOSSES:
        path = folder / f"{playbook}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text, old
        path.write_text(text.replace(old, new), encoding="utf-8")
    said = facts_of(loaded(tmp_path))
    gone = {f"{line.source}:{line.line}" for line in lines() if missing(line, said)}
    assert gone == {line for *_, lost in LOSSES for line in lost.split()}


@pytest.mark.parametrize("source", ["qbr.md", "retention.md"])
def test_no_line_is_named_twice_over_a_stretch(source: str) -> None:
    """A stretch of lines that are for nobody must not swallow one that a playbook has."""
    used = {line.line for line in lines() if line.source == source}
    stretches = [row for row in left() if row.source == source]
    seen: set[int] = set()
    for row in stretches:
        own = set(range(row.first, row.last + 1))
        assert not seen & own, row
        assert row.first == row.last or not used & own, row
        assert row.reason in REASONS, row
        assert row.why or row.reason == "heading", row
        seen |= own


@cache
def document(source: str) -> dict[int, str]:
    """The content lines of a source, by number: those with a word or a figure, fences aside."""
    path = SOURCES / source
    if not path.exists():
        pytest.skip("the source documents are not beside the checkout")
    numbered = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    return {
        number: " ".join(text.split())
        for number, text in numbered
        if re.search(r"\w", text) and not text.startswith("```")
    }


@pytest.mark.parametrize("source", ["qbr.md", "retention.md"])
def test_the_words_stand_on_the_lines_of_the_source(source: str) -> None:
    text = document(source)
    quoted = [(row.line, row.words) for row in lines() if row.source == source]
    for row in left():
        if row.source == source:
            quoted += zip((row.first, row.last), row.words, strict=False)
    assert not [(n, words) for n, words in quoted if words not in text.get(n, "")]


@pytest.mark.parametrize("source", ["qbr.md", "retention.md"])
def test_no_line_of_the_source_is_left_out(source: str) -> None:
    named = {row.line for row in lines() if row.source == source}
    for row in left():
        if row.source == source:
            named |= set(range(row.first, row.last + 1))
    text = document(source)
    assert {n: text[n] for n in text.keys() - named} == {}


@pytest.mark.parametrize("source", ["qbr.md", "retention.md"])
def test_no_figure_of_a_line_is_left_out(source: str) -> None:
    """Each number on a line is among the words quoted from it."""
    text = document(source)
    quoted: dict[int, str] = {}
    for row in lines():
        if row.source == source:
            quoted[row.line] = f"{quoted.get(row.line, '')} {row.words}"
    for row in left():
        if row.source == source and row.first == row.last:
            quoted[row.first] = f"{quoted.get(row.first, '')} {row.words[0]}"
    figures = {n: set(re.findall(r"\d+", text[n])) for n in quoted}
    unnamed = {n: figures[n] - set(re.findall(r"\d+", words)) for n, words in quoted.items()}
    assert {n: (text[n], left) for n, left in unnamed.items() if left} == {}
