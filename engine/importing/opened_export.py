"""Files of an export that have the table inside: in a zip file, in lines quoted as a whole, or in a later sheet."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ..core.file_formats import SEPARATORS, SHEET_FORMATS, FileFormat, format_of, packing_of
from ..core.problems import Problem, Problems, Span
from ..sources.csv_structure import read_header
from ..sources.export_file import (
    WESTERN,
    ExportFile,
    fits_encoding,
    is_added_by_system,
    tell_encoding,
)
from ..sources.refusal import reading
from ..sources.spreadsheets import sheet_heads
from ..text.input_files import MAX_SNAPSHOT_BYTES
from .table_layout import known_in_head

TEXT_ENDINGS = (".tsv", ".tab", ".txt", ".dat", ".psv")
"""Extensions of CSV files that are stored as `.csv`."""
_HEAD = 1 << 20
"""The bytes among which lines that are quoted as a whole are looked for."""
_WRAPPED = re.compile(r'^"((?:[^"\r\n]|"")*)"[ \t]*(?=\r?$)', re.MULTILINE)
"""A line that is one quoted text."""


class OpenedExport(NamedTuple):
    """The file to read, and sentences about what it is; `changed` if it is not the file of the export."""

    file: ExportFile
    ending: str
    notes: tuple[str, ...] = ()
    changed: bool = False


def open_export(
    path: Path, sheet: str | None, folder: Path, declared: str | None = None
) -> OpenedExport:
    """Return the file with the table of an export; what has to be unpacked or rewritten goes into `folder`.

    Args:
        path: The export.
        sheet: The sheet of a workbook; None for the first with a table.
        folder: A folder for what is unpacked.
        declared: The encoding that the workspace states; text that is not Unicode is read in it, if it fits.

    Raises:
        Problems: Its ending does not say what kind of table it is, or several tables are in it.
    """
    found = _unpacked(path, folder)
    packing = packing_of(found.name) or ""
    ending = Path(found.name.removesuffix(packing)).suffix.lower()
    form = format_of(found.name) or ("csv" if ending in TEXT_ENDINGS else None)
    shown = path.name if found == path else f"{found.name} in {path.name}"
    if form is None:
        raise Problems([_unknown_format(shown)])
    notes: tuple[str, ...] = ()
    if form == "csv":
        told = tell_encoding(found)
        if declared is not None and told in WESTERN and fits_encoding(found, declared):
            told = declared
        encoding = None if told == "utf-8" else told
        file = ExportFile(found, shown, FileFormat(form, encoding))
        lines = _unwrapped(file, folder)
        if lines is not None:
            file = ExportFile(lines, shown, FileFormat(form))
            notes = (f"lines of {shown} are quoted as a whole, and read without these quotes",)
    else:
        if form in SHEET_FORMATS and sheet is None:
            sheet = _sheet_with_table(ExportFile(found, shown, FileFormat(form)))
            notes = (f"the table is in the sheet `{sheet}` of {shown}",) if sheet else ()
        file = ExportFile(found, shown, FileFormat(form, sheet=sheet))
    ending = ".csv" if ending in TEXT_ENDINGS else ending
    return OpenedExport(file, ending + packing, notes, file.path != path)


def _unknown_format(shown: str) -> Problem:
    message = f"the ending of `{shown}` does not say what kind of table it is"
    hint = (
        "name a .csv, .xlsx, .ods, .parquet, .json or .jsonl file, also packed, as accounts.csv.gz "
        "or accounts.csv.zip"
    )
    if shown.lower().endswith((".xls", ".xlsb")):
        message = f"`{shown}` is in an old format of Excel, or is a web page with that ending"
        hint = "export it as CSV; or open it, and save it as .xlsx"
    return Problem("unknown-format", message, Span(shown, 1, 1, 1, 1), hint)


def _unpacked(path: Path, folder: Path) -> Path:
    """Return the one table in a zip file whose own name does not say what it is, such as `export.zip`."""
    if packing_of(path.name) != ".zip" or format_of(path.name) is not None:
        return path
    with reading(path.name), zipfile.ZipFile(path) as archive:
        members = [
            member
            for member in archive.infolist()
            if not member.is_dir() and not is_added_by_system(member.filename)
        ]
        tables = [
            member
            for member in members
            if format_of(member.filename) or member.filename.lower().endswith(TEXT_ENDINGS)
            if not _is_note(member.filename)
        ]
        if not tables:
            return path
        if len(tables) > 1 or tables[0].file_size > MAX_SNAPSHOT_BYTES:
            listed = ", ".join(f"`{member.filename}`" for member in tables)
            message = f"{path.name} has several tables in it, or a very large one: {listed}"
            hint = (
                "unpack it, and name the table of accounts first, then those to be joined with it"
            )
            raise Problems([Problem("not-importable", message, hint=hint)])
        target = folder / Path(tables[0].filename).name
        target.write_bytes(archive.read(tables[0]))
    return target


def _is_note(member: str) -> bool:
    """Return whether a file in a zip file is a text about the others."""
    name = Path(member).name.casefold()
    return name.startswith(("readme", "license", "licence", "lisezmoi", "liesmich"))


def _unwrapped(file: ExportFile, folder: Path) -> Path | None:
    """Return the file with its lines as they are meant; None if none of the first is quoted as a whole."""
    with file.open_text() as text:
        head = text.read(_HEAD)
    unwrap = _unwrapping(head)
    if unwrap is None or not any(unwrap(match) != match[0] for match in _WRAPPED.finditer(head)):
        return None
    with file.open_text() as text:
        content = _WRAPPED.sub(unwrap, text.read())
    target = folder / "lines.csv"
    with target.open("w", encoding="utf-8", newline="") as lines:
        lines.write(content)
    return target


def with_plain_quotes(file: ExportFile, folder: Path) -> ExportFile | None:
    """Return a CSV file with its quotes as they are meant, where a value has them unpaired; None if nothing fits.

    Programs write a quote within a value after a backslash, or as it is: `Ocean 5" Ltd`.
    """
    separator = read_header(file).separator
    with file.open_text() as text:
        escaped = any('\\"' in line for line in text)
    with file.open_text() as text:
        try:
            if escaped:
                rows = list(
                    csv.reader(text, delimiter=separator, escapechar="\\", doublequote=False)
                )
            else:
                lines = csv.reader(text, delimiter=separator, quoting=csv.QUOTE_NONE)
                rows = [[_without_quotes(value) for value in line] for line in lines]
        except csv.Error:
            return None
    if not rows or any(len(row) != len(rows[0]) for row in rows if row):
        return None
    target = folder / "quotes.csv"
    with target.open("w", encoding="utf-8", newline="") as written:
        csv.writer(written, lineterminator="\n").writerows(rows)
    return ExportFile(target, file.shown, FileFormat("csv"))


def _without_quotes(value: str) -> str:
    """Return a value without the quotes around it, or without one in front that nothing closes."""
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        return value[1:-1].replace('""', '"')
    return value.removeprefix('"') if value.count('"') == 1 else value


def _unwrapping(head: str) -> Callable[[re.Match[str]], str] | None:
    """Return what takes the quotes from a whole line that then has as many values as the header; None if none does."""
    first = next((line for line in head.splitlines() if line.strip()), "").lstrip("\ufeff")
    whole = _WRAPPED.fullmatch(first)
    header = whole[1].replace('""', '"') if whole else first
    widths = {sign: len(_values(header, sign)) for sign in SEPARATORS.values()}
    separator = max(widths, key=lambda sign: widths[sign])
    if widths[separator] == 1:
        return None

    def unwrap(match: re.Match[str]) -> str:
        line = match[1].replace('""', '"')
        return line if len(_values(line, separator)) == widths[separator] else match[0]

    return unwrap


def _values(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


def _sheet_with_table(file: ExportFile) -> str | None:
    """Return the sheet that has the table; None if it is the first, as most are."""
    heads = sheet_heads(file)
    known = {name: known_in_head(rows) for name, rows in heads.items()}
    best = max(known, key=lambda name: known[name])
    return best if known[best] > known[next(iter(known))] == 0 else None
