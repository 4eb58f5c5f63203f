"""Titled tables of a report, as text for a terminal, Markdown, CSV or JSON, or one HTML page with charts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from ..core.languages import ENGLISH
from ..documents.charts import CHART_STYLE
from ..documents.html_page import draw_html_page
from ..reports.listing import Listing, markdown_text, plain_cell, to_csv, to_markdown
from ..reports.table import draw_text_table

_CHART_MARK = "TENURE-CHART-{}-END"


class Section(NamedTuple):
    """A titled table, with the name of its rows in JSON and CSV, and a chart for the page."""

    id: str
    title: str
    listing: Listing
    chart: Markup | None = None


def sections_text(
    title: str, sentences: Sequence[str], sections: Sequence[Section], form: str
) -> str:
    """Return sentences and tables as `table`, `markdown` or `html`; tables without rows are left out."""
    shown = [section for section in sections if section.listing.rows]
    if form == "table":
        tables = (f"{each.title}\n\n{draw_text_table(each.listing)}" for each in shown)
        return "\n".join([*(f"{sentence}\n" for sentence in sentences), *tables])
    html = form == "html"
    text = f"# {title}\n\n" + "".join(f"{markdown_text(each)}\n\n" for each in sentences)
    text += "\n".join(_markdown(section, at, html) for at, section in enumerate(shown))
    if not html:
        return text
    page = draw_html_page(text, title, ENGLISH)
    page = page.replace("</style>", f"{CHART_STYLE.read_text('utf-8')}</style>", 1)
    for at, section in enumerate(shown):
        mark = f"<p>{_CHART_MARK.format(at)}</p>"
        page = page.replace(mark, section.chart or Markup())
    return page


def _markdown(section: Section, at: int, html: bool) -> str:
    chart = f"{_CHART_MARK.format(at)}\n\n" if html and section.chart else ""
    return f"## {section.title}\n\n{chart}{''.join(to_markdown(section.listing))}"


def sections_json(facts: Mapping[str, Any], sections: Sequence[Section]) -> str:
    """Return the facts, and the rows of each table under its id."""
    tables = {section.id: [*_records(section.listing)] for section in sections}
    return json.dumps({**facts, **tables}, ensure_ascii=False, indent=2) + "\n"


def _records(listing: Listing) -> Iterator[dict[str, Any]]:
    for record in listing.records():
        yield {name: plain_cell(value) for name, value in record.items()}


def sections_csv(sections: Sequence[Section]) -> str:
    """Return all tables as one: in front of the columns of all is the id of the table that a row is of."""
    columns = dict.fromkeys(name for section in sections for name in section.listing.columns)
    rows = [
        (section.id, *(record.get(name) for name in columns))
        for section in sections
        for record in section.listing.records()
    ]
    return "".join(to_csv(Listing(("table", *columns), rows)))
