"""What a slide is made of, before anything is drawn: rows of blocks, from top to bottom.

A block takes its share of the slide's width, a row its share of the height; text that has not enough room is made
smaller, and at last cut, with the whole of it in the speaker's notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

GOOD, FAIR, BAD = "good", "fair", "bad"
"""Green, yellow, red."""


@dataclass(frozen=True, slots=True)
class Points:
    """Lines of text, each with a bullet, under a heading if there is one; `unknown` says what is not known."""

    lines: Sequence[str]
    heading: str = ""
    unknown: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure to remember: its value, what it is, and what it was; an unknown one has no value."""

    value: str | None
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tiles:
    """Figures side by side."""

    tiles: Sequence[Tile]


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody's words, and whose they are."""

    text: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over dates, as a chart of the presentation's own that can be edited."""

    title: str
    categories: Sequence[str]
    series: Sequence[tuple[str, Sequence[Decimal | None]]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `widths` are shares. A cell may be a pair of a text and a level, which colours it."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str | tuple[str, str]]]
    widths: Sequence[int]


Block = Points | Tiles | Quote | Chart | Table


@dataclass(frozen=True, slots=True)
class SlideRow:
    """Blocks side by side; `height` and `widths` are shares."""

    blocks: Sequence[Block]
    height: int = 1
    widths: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Slide:
    """A title, rows of blocks, and what only the speaker sees."""

    title: str
    rows: Sequence[SlideRow]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Cover:
    """The first slide: who meets whom, for what, and when."""

    who: str
    title: str
    lines: Sequence[str]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Deck:
    """A presentation: its cover and its slides; `footer` stands below each of these."""

    title: str
    author: str
    language: str
    cover: Cover
    slides: Sequence[Slide]
    footer: str
