"""Drawing of a deck with python-pptx, which the extra `tenure[deck]` installs.

Takes a `Deck` and its date, and returns the bytes of a .pptx file. Charts and tables are native PowerPoint objects.
The same deck and date always give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.exc import PackageNotFoundError
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Inches, Pt

from ...core.problems import Problem, Problems
from ...text.input_files import MAX_BINARY_BYTES, read_bounded
from ...text.printable import fit_lines, fit_width
from ..localizer import Localizer
from .draw_blocks import draw_block
from .draw_shapes import ACCENT, INK, NAVY, PAPER, QUIET, Box, panel, put_text, text_box, write_text
from .slide_model import Cover, Deck, Slide
from .text_fit import cut_text, fit_text
from .zip_normalise import normalise_zip

WIDTH, HEIGHT = 13.333, 7.5
"""Width and height of a slide (16:9), in inches."""

TITLE = Box(0.75, 0.55, 11.83, 0.8)
BODY = Box(0.75, 1.7, 11.83, 4.95)
FOOTER = Box(0.75, 6.95, 10.5, 0.3)
NUMBER_BOX = Box(11.58, 6.95, 1.0, 0.3)
LONGEST_PROPERTY = 255
"""Characters of a file property, such as the title: the limit of Office."""

GAP = 0.35
"""Space between blocks, in inches."""

MAX_UNPACKED_BYTES = 4 * MAX_BINARY_BYTES
"""Size of all parts of a presentation together, in bytes."""

_FURNITURE = (PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER)
"""Placeholders of a layout that hold no content of a slide."""


def draw_deck(deck: Deck, on: dt.date, template: Path | None = None) -> bytes:
    """Return the presentation as the bytes of a .pptx file.

    Args:
        deck: The slides to draw.
        on: The date written as the time of creation and change.
        template: A .pptx file with the master, theme and logo to use; its slides are left out.

    Raises:
        Problems: The template is not usable.
    """
    presentation: Any = _begin(template)
    presentation.slide_width, presentation.slide_height = Inches(WIDTH), Inches(HEIGHT)
    layout = _layout(presentation, template)
    _cover(presentation.slides.add_slide(layout), deck.cover)
    for slide in deck.slides:
        _slide(presentation.slides.add_slide(layout), slide, deck)
    _properties(presentation, deck, on)
    package = io.BytesIO()
    presentation.save(package)
    return normalise_zip(package.getvalue(), on)


def _begin(template: Path | None) -> Any:
    """Return a presentation without slides."""
    if template is None:
        return Presentation()
    try:
        content = read_bounded(template, template.name, MAX_BINARY_BYTES)
        _check_unpacked(content, template.name)
        presentation: Any = Presentation(io.BytesIO(content))
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError, OSError) as error:
        message = f"{template.name} cannot be read as a PowerPoint presentation"
        hint = "save it again as .pptx, or remove it: Tenure has a plain one"
        raise Problems([Problem("bad-deck", message, hint=hint)]) from error
    slide_ids = presentation.slides._sldIdLst
    for slide_id in list(slide_ids):
        presentation.part.drop_rel(slide_id.rId)
        slide_ids.remove(slide_id)
    return presentation


def _check_unpacked(content: bytes, name: str) -> None:
    """Raise `Problems` where a small file unpacks to a large one."""
    with ZipFile(io.BytesIO(content)) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > MAX_UNPACKED_BYTES:
        message = f"{name} unpacks to more than {MAX_UNPACKED_BYTES:,} bytes, which is the limit"
        raise Problems([Problem("too-large", message, hint="take its pictures and films out")])


def _layout(presentation: Any, template: Path | None) -> Any:
    """Return the first layout that has a title and no other content placeholder."""
    for layout in presentation.slide_layouts:
        kinds = {each.placeholder_format.type for each in layout.placeholders}
        if kinds - set(_FURNITURE) == {PP_PLACEHOLDER.TITLE}:
            return layout
    name = template.name if template else "the template"
    message = f"{name} has no layout with a title and nothing else"
    hint = "in PowerPoint, View, Slide Master: keep a layout like `Title Only`"
    raise Problems([Problem("bad-deck", message, hint=hint)])


def _cover(slide: Any, cover: Cover) -> None:
    panel(slide, Box(0, 0, WIDTH, HEIGHT), NAVY)
    panel(slide, Box(1.0, 3.02, 1.6, 0.07), ACCENT)
    who = Box(1.0, 1.2, 11.3, 1.6)
    size = fit_text([cover.who], who.width, who.height, (40, 36, 32, 28, 24, 20))
    text = cut_text(cover.who, who.width, 4, size)
    write_text(slide, who, text, size, colour=PAPER, bold=True, anchor=MSO_ANCHOR.BOTTOM)
    title = Box(1.0, 3.35, 11.3, 1.0)
    size = fit_text([cover.title], title.width, title.height, (36, 32, 28, 24))
    _title(slide, title, cover.title, size, PAPER)
    frame = text_box(slide, Box(1.0, 4.45, 11.3, 1.8))
    for at, line in enumerate(cover.lines):
        paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(6)
        put_text(paragraph, cut_text(line, 11.3, 1, 22), 22, colour=PAPER)
    _notes(slide, cover.notes)


def _slide(drawn: Any, slide: Slide, deck: Deck) -> None:
    panel(drawn, Box(0, 0, 0.16, HEIGHT), ACCENT)
    size = fit_text([slide.title], TITLE.width, TITLE.height, (30, 28, 26, 24, 22, 20))
    _title(drawn, TITLE, slide.title, size, INK)
    left_out: list[str] = []
    top, total_height = BODY.top, sum(row.height for row in slide.rows)
    room = BODY.height - GAP * (len(slide.rows) - 1)
    for row in slide.rows:
        height = room * row.height / total_height
        left, shares = BODY.left, row.widths or (1,) * len(row.blocks)
        across = BODY.width - GAP * (len(row.blocks) - 1)
        for block, share in zip(row.blocks, shares, strict=True):
            width = across * share / sum(shares)
            left_out += draw_block(drawn, block, Box(left, top, width, height))
            left += width + GAP
        top += height + GAP
    write_text(drawn, FOOTER, cut_text(deck.footer, FOOTER.width, 1, 11), 11, colour=QUIET)
    _number(drawn)
    t = Localizer(deck.language, "deck")
    full_texts = [
        t("in_full"),
        *left_out,
    ]
    _notes(drawn, [*slide.notes, *(full_texts if left_out else [])])


def _title(slide: Any, box: Box, text: str, size: int, colour: Any) -> None:
    """Write the title into the layout's placeholder, so that outlines and screen readers find it."""
    title = slide.shapes.title
    title.left, title.top, title.width, title.height = map(Inches, box)
    frame = title.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    paragraph = frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.LEFT
    put_text(paragraph, cut_text(text, box.width, 2, size), size, colour=colour, bold=True)
    # Move the title above the cover's background, which was drawn later.
    slide.shapes._spTree.append(title._element)


def _number(slide: Any) -> None:
    """Add the slide's number as a field, which stays right when slides are moved."""
    frame = text_box(slide, NUMBER_BOX)
    paragraph = frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT
    number = slide.part.package.presentation_part.presentation.slides.index(slide) + 1
    field = parse_xml(
        f'<a:fld {nsdecls("a")} id="{{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}}" type="slidenum">'
        f'<a:rPr lang="en-US" sz="1100"><a:solidFill><a:schemeClr val="accent6"/></a:solidFill></a:rPr>'
        f"<a:t>{number}</a:t></a:fld>"
    )
    paragraph._p.append(field)


def _notes(slide: Any, notes: Sequence[str]) -> None:
    if notes:
        slide.notes_slide.notes_text_frame.text = fit_lines("\n".join(notes))


def _properties(presentation: Any, deck: Deck, on: dt.date) -> None:
    properties = presentation.core_properties
    title, author = (
        fit_width(text, LONGEST_PROPERTY)[:LONGEST_PROPERTY] for text in (deck.title, deck.author)
    )
    properties.title, properties.author = title, author
    properties.last_modified_by, properties.language = author, deck.language
    properties.created = properties.modified = dt.datetime(on.year, on.month, on.day)  # noqa: DTZ001
    properties.revision = 1
