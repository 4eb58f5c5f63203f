"""How large a text may be so that its box holds it, told without the fonts themselves.

In: texts and a box; out: a size in points, or the text cut. Widths are those of Helvetica and Arial, rounded up:
a text that fits here fits in what presentations use in their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

POINTS_AN_INCH = 72
"""In an inch."""

LEADING = 1.22
"""A line's height over its size."""

_NARROW = frozenset("iIjlftr.,:;'’!|()[]{}·/\\ \u00a0\u202f-")
_WIDE = frozenset("mwMW@%œŒæÆ—…€×")


def fit_text(
    texts: Sequence[str], width: float, height: float, sizes: Sequence[int], gap: float = 0.0
) -> int:
    """The first of the sizes at which paragraphs, `gap` lines apart, fit a box of inches; else the last."""
    for size in sizes:
        lines = sum(len(wrap(text, width, size)) for text in texts)
        if (lines + gap * max(len(texts) - 1, 0)) * size * LEADING <= height * POINTS_AN_INCH:
            return size
    return sizes[-1]


def cut_text(text: str, width: float, lines: int, size: int) -> str:
    """The text in at most so many lines; what was cut off shows as `…`."""
    wrapped = wrap(text, width, size)
    if len(wrapped) <= lines:
        return text
    kept = " ".join(wrapped[:lines])
    return kept[: -2 if len(kept) > 2 else None].rstrip() + "…"


def lines_in(height: float, size: int) -> int:
    """How many lines of a size a box holds, one at least."""
    return max(int(height * POINTS_AN_INCH / (size * LEADING)), 1)


def wrap(text: str, width: float, size: int) -> list[str]:
    """The text's lines in a box of so many inches; a word wider than it is broken."""
    lines = [""]
    for word in _words(text, width, size):
        joined = f"{lines[-1]} {word}".strip()
        if lines[-1] and _width(joined, size) > width:
            lines.append(word)
        else:
            lines[-1] = joined
    return lines


def _words(text: str, width: float, size: int) -> Iterator[str]:
    for word in text.split():
        begin, taken = 0, 0.0
        for at, letter in enumerate(word):
            taken += _em(letter)
            if taken * size / POINTS_AN_INCH > width and at > begin:
                yield word[begin:at]
                begin, taken = at, _em(letter)
        yield word[begin:]


def _width(text: str, size: int) -> float:
    """Inches."""
    return sum(map(_em, text)) * size / POINTS_AN_INCH


def _em(letter: str) -> float:
    if letter in _NARROW:
        return 0.34
    if letter in _WIDE or ord(letter) > 0x2E80:
        return 1.0
    return 0.72 if letter.isupper() else 0.57
