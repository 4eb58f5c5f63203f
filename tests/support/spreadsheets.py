"""Spreadsheets for tests: `.xlsx` through XlsxWriter, and `.ods`, which is a zip file with XML in it."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import xlsxwriter

Cell = str | int | float | bool | dt.date | None
Rows = Sequence[Sequence[Cell]]

_ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">
<office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body></office:document-content>
"""
_MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">
<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"""
_MIME = "application/vnd.oasis.opendocument.spreadsheet"


def write_xlsx(path: Path, sheets: Mapping[str, Rows]) -> None:
    """Write sheets by name; a date is a cell with a date's format."""
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for y, row in enumerate(rows):
            for x, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(y, x, dt.datetime.combine(cell, dt.time()))
                elif isinstance(cell, str):
                    sheet.write_string(y, x, cell)
                elif cell is not None:
                    sheet.write(y, x, cell)
    book.close()


def write_ods(path: Path, sheets: Mapping[str, Rows]) -> None:
    """Write sheets by name."""
    tables = "".join(
        f'<table:table table:name="{escape(name)}">{"".join(_row(row) for row in rows)}</table:table>'
        for name, rows in sheets.items()
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", _MIME)
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
        archive.writestr("content.xml", _ODS.format(sheets=tables))


def _row(row: Sequence[Cell]) -> str:
    return f"<table:table-row>{''.join(_cell(cell) for cell in row)}</table:table-row>"


def _cell(cell: Cell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, bool):
        return _valued("boolean", "boolean-value", str(cell).lower())
    if isinstance(cell, dt.date):
        return _valued("date", "date-value", cell.isoformat())
    if isinstance(cell, str):
        return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
    return _valued("float", "value", str(cell))


def _valued(kind: str, key: str, value: str) -> str:
    return (
        f'<table:table-cell office:value-type="{kind}" office:{key}="{value}">'
        f"<text:p>{value}</text:p></table:table-cell>"
    )
