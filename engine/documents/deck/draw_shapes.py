"""Drawing of text, panels and boxes on a slide in the theme's colours, with python-pptx.

Takes a slide, a box in inches, and a text with its style; adds shapes to the slide.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pptx.dml.color import RGBColor
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

from ...text.printable import fit_line, fit_words

INK, PAPER, NAVY, SOFT, ACCENT, QUIET = (
    MSO_THEME_COLOR.TEXT_1,
    MSO_THEME_COLOR.BACKGROUND_1,
    MSO_THEME_COLOR.TEXT_2,
    MSO_THEME_COLOR.BACKGROUND_2,
    MSO_THEME_COLOR.ACCENT_1,
    MSO_THEME_COLOR.ACCENT_6,
)


class Box(NamedTuple):
    """A rectangle on a slide, in inches."""

    left: float
    top: float
    width: float
    height: float

    def inner(self, margin: float) -> Box:
        """Return the box without its margins."""
        twice = 2 * margin
        return Box(self.left + margin, self.top + margin, self.width - twice, self.height - twice)


def write_text(
    slide: Any,
    box: Box,
    text: str,
    size: int,
    *,
    colour: MSO_THEME_COLOR = INK,
    bold: bool = False,
    italic: bool = False,
    align: PP_ALIGN = PP_ALIGN.LEFT,
    anchor: MSO_ANCHOR = MSO_ANCHOR.TOP,
) -> Any:
    """Add a text box with one paragraph, and return its text frame."""
    frame = text_box(slide, box, anchor)
    paragraph = frame.paragraphs[0]
    paragraph.alignment = align
    put_text(paragraph, text, size, colour=colour, bold=bold, italic=italic)
    return frame


def text_box(slide: Any, box: Box, anchor: MSO_ANCHOR = MSO_ANCHOR.TOP) -> Any:
    """Add an empty text frame without margins, whose lines wrap, and return it."""
    frame = slide.shapes.add_textbox(*map(Inches, box)).text_frame
    frame.word_wrap = True
    frame.vertical_anchor = anchor
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    return frame


def put_text(
    paragraph: Any,
    text: str,
    size: int,
    *,
    colour: MSO_THEME_COLOR | RGBColor = INK,
    bold: bool = False,
    italic: bool = False,
) -> None:
    """Add text to a paragraph."""
    run = paragraph.add_run()
    run.text = fit_line(text)
    run.font.size, run.font.bold, run.font.italic = Pt(size), bold, italic
    if isinstance(colour, RGBColor):
        run.font.color.rgb = colour
    else:
        run.font.color.theme_color = colour


def panel(slide: Any, box: Box, colour: MSO_THEME_COLOR) -> Any:
    """Add a rectangle of one colour, without a line, and return it."""
    shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *map(Inches, box))
    shape.fill.solid()
    shape.fill.fore_color.theme_color = colour
    shape.line.fill.background()
    shape.shadow.inherit = False
    return shape


def describe_shape(shape: Any, text: str) -> None:
    """Set a shape's alternative text, which screen readers read."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", fit_words(text))
