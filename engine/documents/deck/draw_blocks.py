"""Drawing of a slide's blocks with python-pptx.

Takes a slide, a block and its box. Returns the texts that were cut; the speaker's notes have them in full.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Inches, Pt

from .draw_shapes import ACCENT, INK, NAVY, QUIET, SOFT, Box, panel, put_text, text_box, write_text
from .native_charts import draw_chart, draw_native_table
from .slide_model import Block, Chart, Points, Quote, Table, Tiles
from .text_fit import cut_text, fit_text, lines_in, wrap

SIZES = (24, 20, 18, 16, 14, 12)
SPACE = 0.45
"""Space between paragraphs, in lines."""

BULLET_INDENT = 0.28
"""Inches from a bullet to its text."""


def draw_block(slide: Any, block: Block, box: Box) -> list[str]:
    """Draw the block, and return the full texts that were cut."""
    draw: Callable[[Any, Any, Box], list[str]] = _DRAWN[type(block)]
    return draw(slide, block, box)


def _points(slide: Any, points: Points, box: Box) -> list[str]:
    texts = points.lines
    top = 0.0
    if points.heading:
        size = fit_text([points.heading], box.width, 0.5, (20, 18, 16, 14))
        head = cut_text(points.heading, box.width, 1, size)
        write_text(slide, Box(*box[:3], 0.45), head, size, colour=ACCENT, bold=True)
        top = 0.55
    width, height = box.width - BULLET_INDENT, box.height - top
    size = fit_text(texts, width, height, SIZES, SPACE)
    shown, left_out = _cut_to_fit(texts, width, height, size)
    frame = text_box(slide, Box(box.left, box.top + top, box.width, height))
    for at, text in enumerate(shown):
        paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        _bullet(paragraph, "•")
        paragraph.space_after = Pt(size * SPACE)
        put_text(paragraph, text, size, colour=INK)
    return left_out


def _cut_to_fit(
    texts: Sequence[str], width: float, height: float, size: int
) -> tuple[list[str], list[str]]:
    """Return the texts to show, and the full texts of those that were cut or left out."""
    room = lines_in(height, size)
    each = max(int(room / max(len(texts), 1) - SPACE), 1)
    if sum(len(wrap(text, width, size)) + SPACE for text in texts) - SPACE <= room:
        return list(texts), []
    most = max(int(room / (each + SPACE)), 1)
    shown = [cut_text(text, width, each, size) for text in texts[:most]]
    if len(texts) > most:
        shown[-1] = f"… (+{len(texts) - most + 1})"
    pairs = zip(texts, [*shown, *[""] * len(texts)], strict=False)
    return shown, [text for text, seen in pairs if text != seen]


def _bullet(paragraph: Any, sign: str) -> None:
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", str(Inches(BULLET_INDENT)))
    properties.set("indent", str(-Inches(BULLET_INDENT)))
    mark = OxmlElement("a:buChar")
    mark.set("char", sign)
    properties.append(mark)


def _tiles(slide: Any, tiles: Tiles, box: Box) -> list[str]:
    """Draw panels of one width; the same part of each has the same text size."""
    placeholder, margin = 0.25, 0.18
    width = (box.width - placeholder * (len(tiles.tiles) - 1)) / len(tiles.tiles)
    inner = Box(box.left, box.top, width, box.height).inner(margin)
    heights = [inner.height * share for share in (0.42, 0.26, 0.32)]
    parts = [(each.value, each.label, each.note) for each in tiles.tiles]
    sizes = [
        min(fit_text([part[n]], inner.width, heights[n], _TILE_SIZES[n]) for part in parts)
        for n in range(3)
    ]
    left_out = []
    for at, part in enumerate(parts):
        area = Box(box.left + at * (width + placeholder), box.top, width, box.height)
        panel(slide, area, SOFT)
        panel(slide, Box(*area[:3], 0.07), ACCENT)
        top = inner.top
        for text, size, height, style in zip(part, sizes, heights, _TILE_STYLES, strict=True):
            shown = cut_text(text, inner.width, lines_in(height, size), size)
            left_out += [text] if shown != text else []
            line = Box(area.left + margin, top, inner.width, height)
            write_text(slide, line, shown, size, align=PP_ALIGN.CENTER, **style)
            top += height
    return left_out


_TILE_SIZES = ((44, 40, 36, 32, 28, 24, 20, 16), (18, 16, 14, 12), (14, 12, 11))
"""Text sizes of a tile's value, label and note, in points."""


_TILE_STYLES: tuple[dict[str, Any], ...] = (
    {"colour": NAVY, "bold": True, "anchor": MSO_ANCHOR.MIDDLE},
    {"bold": True},
    {"colour": QUIET},
)


def _quote(slide: Any, quote: Quote, box: Box) -> list[str]:
    panel(slide, Box(box.left, box.top, 0.07, box.height), ACCENT)
    inner = Box(box.left + 0.3, box.top, box.width - 0.3, box.height - 0.4)
    size = fit_text([quote.text], inner.width, inner.height, (24, 20, 18, 16, 14, 12))
    text = cut_text(quote.text, inner.width, lines_in(inner.height, size), size)
    write_text(slide, inner, text, size, colour=NAVY, italic=True, anchor=MSO_ANCHOR.MIDDLE)
    who = Box(inner.left, inner.top + inner.height, inner.width, 0.35)
    write_text(slide, who, cut_text(quote.who, who.width, 1, 14), 14, colour=QUIET)
    return [] if text == quote.text else [quote.text]


_DRAWN: dict[type, Callable[..., list[str]]] = {
    Chart: draw_chart,
    Points: _points,
    Quote: _quote,
    Table: draw_native_table,
    Tiles: _tiles,
}
