"""Drawing of native PowerPoint charts and tables, which can be edited in the presentation.

Takes a slide, a block and its box. Returns the texts that were cut; the speaker's notes have them in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.text import MSO_ANCHOR
from pptx.util import Inches, Pt

from ...text.printable import fit_words
from .draw_shapes import ACCENT, INK, NAVY, PAPER, QUIET, SOFT, Box, describe_shape, put_text
from .slide_model import BAD, FAIR, GOOD, Chart, Table
from .text_fit import LEADING, POINTS_AN_INCH, cut_text, wrap

LEVELS = {GOOD: ("E2F3EA", "0F5F3E"), FAIR: ("FBEFD5", "6E4800"), BAD: ("FBE4E2", "97201A")}
"""Background and text colour of each level."""

TABLE_SIZES = (18, 16, 14, 12, 11, 10)

CELL_MARGIN = 0.1
CELL_LINES = 3
"""Lines of a cell in a crowded table."""


def draw_chart(slide: Any, chart: Chart, box: Box) -> list[str]:
    """Draw lines over dates from zero up, each with its last value as a label; return no texts."""
    data: Any = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = list(chart.categories)
    for name, values in chart.series:
        data.add_series(fit_words(name), list(values))
    kind = XL_CHART_TYPE.LINE_MARKERS
    shape = slide.shapes.add_chart(kind, *map(Inches, box), data)
    describe_shape(shape, f"{chart.title}: {', '.join(name for name, _ in chart.series)}")
    drawn = shape.chart
    drawn.font.size = Pt(12)
    drawn.font.color.theme_color = INK
    drawn.has_title = True
    drawn.chart_title.include_in_layout = False
    put_text(drawn.chart_title.text_frame.paragraphs[0], chart.title, 14, bold=True)
    drawn.has_legend = len(chart.series) > 1
    if drawn.has_legend:
        drawn.legend.position = XL_LEGEND_POSITION.BOTTOM
        drawn.legend.include_in_layout = False
    _axes(drawn)
    ends = [_last(values) for _, values in chart.series]
    top = max((end for _, end in filter(None, ends)), default=None)
    for at, (series, end) in enumerate(zip(drawn.plots[0].series, ends, strict=True)):
        _line(series, at)
        if end is not None:
            above = end[1] == top
            label = series.points[end[0]].data_label
            label.position = XL_LABEL_POSITION.ABOVE if above else XL_LABEL_POSITION.BELOW
            label.font.size, label.font.bold = Pt(12), True
    return []


def _last(values: Sequence[Decimal | None]) -> tuple[int, Decimal] | None:
    """Return the index and the value of the last known value; None where there is none."""
    known = [(at, value) for at, value in enumerate(values) if value is not None]
    return known[-1] if known else None


def _axes(drawn: Any) -> None:
    values = drawn.value_axis
    values.minimum_scale = 0
    values.major_gridlines.format.line.color.theme_color = SOFT
    values.format.line.fill.background()
    values.tick_labels.font.size = Pt(11)
    drawn.category_axis.format.line.color.theme_color = QUIET
    drawn.category_axis.tick_labels.font.size = Pt(10)


def _line(series: Any, at: int) -> None:
    """Style a line in the theme's colours."""
    colour = (ACCENT, MSO_THEME_COLOR.ACCENT_2, MSO_THEME_COLOR.ACCENT_3)[at % 3]
    series.smooth = False
    series.format.line.width = Pt(2.5)
    series.format.line.color.theme_color = colour
    series.marker.format.fill.solid()
    series.marker.format.fill.fore_color.theme_color = colour
    series.marker.format.line.color.theme_color = colour


def draw_native_table(slide: Any, table: Table, box: Box) -> list[str]:
    """Draw a table no higher than its box, first in smaller letters, then without its last rows; return cut texts."""
    rows = [tuple(table.columns), *table.rows]
    widths = [box.width * share / sum(table.widths) for share in table.widths]
    size, heights = _row_heights(rows, widths, box.height)
    left_out = []
    while sum(heights) > box.height and len(heights) > 2:
        heights.pop()
    if len(heights) < len(rows):
        left_out = [" · ".join(map(_text, row)) for row in rows[len(heights) - 1 :]]
        rows[len(heights) - 1 :] = [(f"… (+{len(left_out)})", *[""] * (len(widths) - 1))]
    area = Box(box.left, box.top, box.width, sum(heights))
    frame = slide.shapes.add_table(len(heights), len(widths), *map(Inches, area))
    describe_shape(frame, ", ".join(table.columns))
    drawn = frame.table
    for column, width in zip(drawn.columns, widths, strict=True):
        column.width = Inches(width)
    for at, (row, height) in enumerate(zip(rows, heights, strict=True)):
        drawn.rows[at].height = Inches(height)
        for n, cell in enumerate(row):
            shown = cut_text(_text(cell), widths[n] - 2 * CELL_MARGIN, CELL_LINES, size)
            if shown != _text(cell):
                left_out.append(_text(cell))
            level = cell[1] if isinstance(cell, tuple) else None
            _cell(drawn.cell(at, n), shown, size, level, head=at == 0, odd=at % 2 == 1)
    return left_out


def _row_heights(
    rows: Sequence[Sequence[str | tuple[str, str]]], widths: Sequence[float], height: float
) -> tuple[int, list[float]]:
    """Return the largest size at which all rows fit, else the smallest, with the height of each row in inches."""
    for size in TABLE_SIZES:
        heights = []
        for row in rows:
            lines = [
                min(len(wrap(_text(cell), width - 2 * CELL_MARGIN, size)), CELL_LINES)
                for cell, width in zip(row, widths, strict=True)
            ]
            heights.append(max(lines) * size * LEADING / POINTS_AN_INCH + 1.6 * CELL_MARGIN)
        if sum(heights) <= height:
            break
    return size, heights


def _cell(cell: Any, text: str, size: int, level: str | None, *, head: bool, odd: bool) -> None:
    cell.margin_left = cell.margin_right = Inches(CELL_MARGIN)
    cell.margin_top = cell.margin_bottom = Inches(CELL_MARGIN / 2)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    cell.fill.solid()
    colour: MSO_THEME_COLOR | RGBColor = PAPER if head else INK
    if level is None:
        cell.fill.fore_color.theme_color = NAVY if head else PAPER if odd else SOFT
    else:
        ground, ink = map(RGBColor.from_string, LEVELS[level])
        cell.fill.fore_color.rgb, colour = ground, ink
    put_text(
        cell.text_frame.paragraphs[0], text, size, colour=colour, bold=head or level is not None
    )


def _text(cell: str | tuple[str, str]) -> str:
    return cell if isinstance(cell, str) else cell[0]
