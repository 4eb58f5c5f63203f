"""Estimates of the text size that fits a box, without access to the fonts.

Takes texts and a box in inches; returns a size in points, or a cut text. Widths are those of Helvetica and Arial,
rounded up, so that a text that fits here also fits in the fonts that replace them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

POINTS_AN_INCH = 72
"""Points per inch."""

LEADING = 1.22
"""Line height as a multiple of the text size."""

_NARROW = frozenset("iIjlftr.,:;'’!|()[]{}·/\\ \u00a0\u202f-")
_WIDE = frozenset("mwMW@%œŒæÆ—…€×")


def fit_text(
    texts: Sequence[str],
    width: float,
    height: float,
    sizes: Sequence[int],
    placeholder: float = 0.0,
) -> int:
    """Return the largest text size that fits.

    Args:
        texts: Paragraphs.
        width: Width of the box in inches.
        height: Height of the box in inches.
        sizes: Sizes in points, in order of preference.
        placeholder: Space between paragraphs, in lines.

    Returns:
        The first size that fits, else the last.
    """
    for size in sizes:
        lines = sum(len(wrap(text, width, size)) for text in texts)
        if (
            lines + placeholder * max(len(texts) - 1, 0)
        ) * size * LEADING <= height * POINTS_AN_INCH:
            return size
    return sizes[-1]


def cut_text(text: str, width: float, lines: int, size: int) -> str:
    """Return the text in at most `lines` lines of `width` inches; `…` shows that something was cut."""
    wrapped = wrap(text, width, size)
    if len(wrapped) <= lines:
        return text
    text = " ".join(wrapped[:lines])
    return text[: -2 if len(text) > 2 else None].rstrip() + "…"


def lines_in(height: float, size: int) -> int:
    """Return the number of lines of a size that a box of `height` inches holds, at least one."""
    return max(int(height * POINTS_AN_INCH / (size * LEADING)), 1)


def wrap(text: str, width: float, size: int) -> list[str]:
    """Return the text's lines in a box of `width` inches; a word wider than that is broken."""
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
        begin, width_em = 0, 0.0
        for at, letter in enumerate(word):
            width_em += _em(letter)
            if width_em * size / POINTS_AN_INCH > width and at > begin:
                yield word[begin:at]
                begin, width_em = at, _em(letter)
        yield word[begin:]


def _width(text: str, size: int) -> float:
    """Return the width of a text in inches."""
    return sum(map(_em, text)) * size / POINTS_AN_INCH


def _em(letter: str) -> float:
    if letter in _NARROW:
        return 0.34
    if letter in _WIDE or ord(letter) > 0x2E80:
        return 1.0
    return 0.72 if letter.isupper() else 0.57
