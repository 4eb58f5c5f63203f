"""Content of a deck before it is drawn: slides with rows of blocks, from top to bottom.

A deck is for the customer: a missing value is left out, with its block, row and slide where nothing else is in them.

A block takes its share of the slide's width, and a row its share of the height. Text that does not fit is made
smaller, and then cut; the speaker's notes have the full text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

GOOD, FAIR, BAD = "good", "fair", "bad"
"""Green, yellow, red."""


@dataclass(frozen=True, slots=True)
class Points:
    """Lines of text with bullets under an optional heading."""

    lines: Sequence[str]
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure with its value, its label and a note."""

    value: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tiles:
    """Figures side by side."""

    tiles: Sequence[Tile]


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation and its author."""

    text: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of lines over dates, which can be edited in the presentation."""

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
    """A title, rows of blocks, and the speaker's notes."""

    title: str
    rows: Sequence[SlideRow]
    notes: Sequence[str] = ()


def filled_row(
    blocks: Sequence[Block | None], height: int = 1, widths: Sequence[int] = ()
) -> SlideRow:
    """Return a row of the blocks that have content."""
    shares = widths or (1,) * len(blocks)
    filled = [(block, share) for block, share in zip(blocks, shares, strict=True) if block]
    return SlideRow([block for block, _ in filled], height, [share for _, share in filled])


def filled_slide(title: str, rows: Sequence[SlideRow], notes: Sequence[str] = ()) -> Slide:
    """Return a slide of the rows that have content; one without any is left out of the deck."""
    return Slide(title, [row for row in rows if row.blocks], notes)


@dataclass(frozen=True, slots=True)
class Cover:
    """The first slide: the names of customer and product, the title and the date."""

    who: str
    title: str
    lines: Sequence[str]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Deck:
    """A presentation: its cover and its slides; `footer` is written at the bottom of each slide but the cover."""

    title: str
    author: str
    language: str
    cover: Cover
    slides: Sequence[Slide]
    footer: str
