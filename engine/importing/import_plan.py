"""Plan of an import: what is read, proposed and written, before anything is written.

Takes the files of an export and a workspace. Returns the proposal with its questions, the new content of every file,
and what changed since the last import.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, get_args

import polars as pl

from ..core.file_formats import UTF_8, FileFormat, packing_of
from ..core.ids import ACCOUNT_ID
from ..core.problems import Problem, Problems, Span
from ..fields.catalogue import Catalogue
from ..fields.yaml_values import child, map_entries, text_of
from ..sources.export_file import ExportFile
from ..sources.raw_table import header_problems, header_row, read_raw_table
from ..sources.readers import all_columns, read_rows
from ..text.yaml_nodes import Node
from ..text.yaml_reader import read_yaml
from ..workspace.settings import FIELDS_FILE, PLACEHOLDER, SETTINGS, WorkspaceSettings
from ..workspace.settings_loader import load_workspace
from .column_profile import ColumnProfile, profile_columns
from .fields_merge import export_changes, has_entries, merge_fields
from .fields_text import fields_text
from .joined_files import JoinedTable, NamedTable, Repeated, join_tables
from .knowledge import Preset, find_preset, header_names, header_spellings, presets
from .multiplied import read_twice
from .nested_objects import part_objects
from .opened_export import OpenedExport, open_export, with_plain_quotes
from .proposal import Context, Proposal
from .propose import propose
from .refused_shapes import refuse_shape
from .settings_edit import edit_settings, snapshot_pattern, stated_text
from .table_layout import read_layout
from .tidied_cells import tidy_cells

_WEB_PAGE = ("<html", "<!doctype")
_TOTAL = frozenset(["total", "totals", "sum", "gesamt", "summe", "gesamtsumme", "somme", "totaux"])
"""Words in the first cell of a row of totals."""
_FEWEST_NAMES = 2
_DECIMAL_COMMA = ("de", "fr")
"""Languages that write decimals after a comma."""
_DATE = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")


class ImportRequest(NamedTuple):
    """The files to import, and the options."""

    files: tuple[Path, ...]
    root: Path
    today: dt.date
    """The date of a snapshot whose file name has none."""
    on: dt.date | None = None
    key: str | None = None
    preset: str | None = None
    repeated: Repeated | None = None
    sheet: str | None = None


class RawFile(NamedTuple):
    """A file of the export as it is: its rows, and what has to be stated so that it is read."""

    path: Path
    table: pl.DataFrame
    stated: Mapping[str, str | None]
    ending: str
    notes: tuple[str, ...] = ()
    """Which columns are left out, and why; and which were parted."""
    rewritten: bool = False
    """True if the table differs from the file, so that the table is stored."""


class ImportPlan(NamedTuple):
    """The result of an import, before it is written.

    `files` has the new content of each file, `changes` what differs from the last import.
    """

    proposal: Proposal
    rows: int
    on: dt.date
    snapshot: Path
    files: Mapping[Path, bytes]
    changes: tuple[str, ...]
    notes: tuple[str, ...]
    sources: tuple[Path, ...]
    """The files of the export."""


class _Workspace(NamedTuple):
    settings: WorkspaceSettings
    catalogue: Catalogue
    texts: Mapping[str, str]
    settings_node: Node
    fields_node: Node | None


class ImportReader:
    """The export and the workspace, read once: `plan` may then be called again with more answers."""

    def __init__(self, request: ImportRequest) -> None:
        self.request = request
        self.workspace = _open(request.root)
        stated = text_of(child(self.workspace.fields_node, "repeated"))
        self.repeated: Repeated | None = request.repeated or (
            stated if stated in get_args(Repeated) else None  # type: ignore[assignment]
        )
        sheet = request.sheet or self.workspace.settings.source.file_format.sheet
        declared = self.workspace.settings.source.file_format.encoding
        self.files = [read_export(path, sheet, declared) for path in request.files]
        self.preset = _preset(request.preset, self.files)
        self.on = request.on or date_of_name(request.files[0]) or request.today
        self._profiles: dict[int, list[ColumnProfile]] = {}

    def plan(self, answers: Mapping[str, str]) -> ImportPlan:
        """Return the plan with these answers."""
        table, joined = self._table(answers)
        profiles = self._profile(table)
        proposal = propose(profiles, self._context(profiles, answers))
        proposal = proposal._replace(repeated=self.request.repeated or "")
        named = NamedTable(self.request.files[0].name, table, proposal)
        rows = join_tables([named], self.repeated).table
        refuse_shape(named)
        if self.repeated is None and rows.height < _with_key(named).height:
            same = _with_key(named).height - rows.height
            joined = (*joined, f"{_many(same, 'row')} left out: the same as another, word by word")
        rewritten = any(file.rewritten for file in self.files)
        changed = rewritten or len(self.files) > 1 or rows.height < _with_key(named).height
        plan = self._written(proposal, rows if changed else table, changed)
        left_out = [note for file in self.files for note in file.notes]
        return plan._replace(notes=(*left_out, *joined, *plan.notes))

    def _table(self, answers: Mapping[str, str]) -> JoinedTable:
        """Return the rows of all files, joined by the account's key."""
        if len(self.files) == 1:
            return JoinedTable(self.files[0].table)
        tables = []
        for file in self.files:
            profiles = self._profile(file.table)
            proposal = propose(profiles, self._context(profiles, answers))
            tables.append(NamedTable(file.path.name, file.table, proposal))
        return join_tables(tables, self.repeated)

    def _profile(self, table: pl.DataFrame) -> list[ColumnProfile]:
        if id(table) not in self._profiles:
            self._profiles[id(table)] = profile_columns(table)
        return self._profiles[id(table)]

    def _context(self, profiles: Sequence[ColumnProfile], answers: Mapping[str, str]) -> Context:
        """Return what the proposal is made from; the key is named only where the file has that column."""
        settings, catalogue = self.workspace.settings, self.workspace.catalogue
        names = {profile.name for profile in profiles}
        key = self.request.key if self.request.key in names else None
        if self.request.key is not None and key is None and len(self.files) == 1:
            _refuse_key(self.request.key, [profile.name for profile in profiles])
        entries = map_entries(child(self.workspace.fields_node, "fields"))
        mapped = {
            entry.key: column
            for entry in entries
            if (column := text_of(child(entry.value, "from"))) is not None
        }
        times = {name: catalogue.fields[name].times for name in mapped}
        percent = {
            entry.key: stated == "true"
            for entry in entries
            if (stated := text_of(child(entry.value, "numbers", "percent"))) is not None
        }
        shared = _says_marks(child(self.workspace.fields_node, "numbers"))
        marked = [e.key for e in entries if _says_marks(child(e.value, "numbers"))]
        return Context(
            catalogue.fields,
            self.on,
            settings.metrics.currency or "EUR",
            month_first(profiles, settings.country),
            header_language([profile.name for profile in profiles]) in _DECIMAL_COMMA,
            self.preset,
            key,
            {
                column: name
                for name, column in mapped.items()
                if not read_twice(name, column, times[name], mapped)
            },
            percent,
            frozenset(catalogue.fields if shared else marked),
            catalogue.ignored,
            settings.country,
            frozenset(entry.key for entry in entries),
            answers,
        )

    def _written(self, proposal: Proposal, table: pl.DataFrame, changed: bool) -> ImportPlan:
        """Return the plan with the new content of the files."""
        root, workspace = self.request.root, self.workspace
        pattern = snapshot_pattern(workspace.settings_node)
        first = self.files[0]
        encoding = None if changed else self._encoding_of_others(pattern)
        as_csv = changed or encoding is not None
        ending = ".csv" if as_csv else first.ending
        text = table.write_csv() if as_csv else ""
        if as_csv:
            encoding = _fitting(text, encoding or self._encoding_of_others(pattern))
        stated = {"encoding": None if encoding == UTF_8 else encoding} if as_csv else first.stated
        wanted = _with_ending(pattern, ending)
        self._refuse_other_form(wanted, pattern, stated)
        target = root / wanted.replace(PLACEHOLDER, self.on.isoformat())
        content = text.encode(encoding or UTF_8) if as_csv else first.path.read_bytes()
        settings = workspace.texts[SETTINGS]
        edited = edit_settings(settings, workspace.settings_node, wanted, stated)
        fields, merged = self._fields(proposal)
        texts = {SETTINGS: edited, FIELDS_FILE: fields}
        changed_texts = {
            root / name: text.encode()
            for name, text in texts.items()
            if text != workspace.texts.get(name)
        }
        files = {target: content, **changed_texts}
        changes = [*self._since_last(proposal, wanted), *merged]
        notes = list(proposal.notes)
        if edited != settings:
            stated_now = stated_text({"files": wanted, **stated})
            notes.append(f"{SETTINGS} now says how the export is read: {stated_now}")
        if target.is_file() and target.read_bytes() != content:
            notes.append(f"{target.relative_to(root)} was there, and is replaced")
        missing = _without_key(first.table, proposal)
        if missing and not changed:
            notes.append(f"{_many(missing, 'row')} without an id: no run can use them")
        notes += _totals(first.table, proposal)
        if self.preset is not None and self.preset.note and self.repeated:
            notes.append(self.preset.note)
        return ImportPlan(
            proposal,
            table.height,
            self.on,
            target,
            files,
            tuple(changes),
            tuple(notes),
            self.request.files,
        )

    def _fields(self, proposal: Proposal) -> tuple[str, tuple[str, ...]]:
        """Return the text of the field catalogue, and what changed in the one that is there."""
        node = self.workspace.fields_node
        if node is None or not has_entries(node):
            names = ", ".join(file.path.name for file in self.files)
            return fields_text(proposal, names), ()
        return merge_fields(self.workspace.texts[FIELDS_FILE], node, proposal)

    def _encoding_of_others(self, pattern: str) -> str | None:
        """Return the encoding of the CSV files that the workspace has, if the export, a table, is in another form."""
        first, source = self.files[0], self.workspace.settings.source
        others = [day for day in _dates(self.request.root, pattern) if day != self.on]
        as_csv = pattern.endswith(".csv") and first.ending in (".csv", ".xlsx", ".ods")
        if not others or not as_csv:
            return None
        encoding = source.file_format.encoding or UTF_8
        same = first.ending == ".csv" and (first.stated["encoding"] or UTF_8) == encoding
        return None if same and not first.rewritten else encoding

    def _refuse_other_form(
        self, wanted: str, pattern: str, stated: Mapping[str, str | None]
    ) -> None:
        """Refuse an export in another form than the snapshots that are there: they would no longer be read."""
        source = self.workspace.settings.source
        before = {key: value for key, value in source.file_format._asdict().items() if value}
        now = {key: value for key, value in stated.items() if value}
        others = [d for d in _dates(self.request.root, pattern) if d != self.on]
        if not others or (wanted == pattern and _same_form(before, now)):
            return
        said = stated_text({"files": wanted, **now})
        raise Problems(
            [
                Problem(
                    "not-importable",
                    f"the export is in another form ({said}) than the {_many(len(others), 'snapshot')} "
                    "that the workspace has",
                    hint="export it as before, or import into another folder with --into",
                )
            ]
        )

    def _since_last(self, proposal: Proposal, pattern: str) -> list[str]:
        """Return what changed in the export since the newest snapshot before it."""
        earlier = [each for each in _dates(self.request.root, pattern) if each <= self.on]
        if not earlier:
            return []
        path = self.request.root / pattern.replace(PLACEHOLDER, max(earlier).isoformat())
        form: FileFormat = self.workspace.settings.source.file_format
        try:
            table = read_raw_table(path, **form._asdict())
        except Problems:
            return []
        return export_changes(profile_columns(table), proposal.profiles)


def _fitting(text: str, encoding: str | None) -> str:
    """Return the encoding, or UTF-8 where it has not all the characters of the text."""
    try:
        text.encode(encoding or UTF_8)
    except UnicodeEncodeError:
        return UTF_8
    return encoding or UTF_8


def _says_marks(numbers: Node | None) -> bool:
    """Return whether a style of numbers says which marks they have."""
    return any(child(numbers, key) is not None for key in ("decimal", "thousands"))


def _open(root: Path) -> _Workspace:
    """Return the workspace; raises `Problems` where its settings or its fields have errors."""
    settings, catalogue, problems, texts = load_workspace(root)
    errors = [problem for problem in problems if problem.severity == "error"]
    if settings is None or errors:
        raise Problems(errors or problems)
    settings_node, _ = read_yaml(texts[SETTINGS], SETTINGS)
    fields_node = read_yaml(texts[FIELDS_FILE], FIELDS_FILE)[0] if FIELDS_FILE in texts else None
    if settings_node is None:
        raise Problems(problems)
    return _Workspace(settings, catalogue, texts, settings_node, fields_node)


def read_export(path: Path, sheet: str | None = None, declared: str | None = None) -> RawFile:
    """Return a file as it is, with its encoding where it has to be stated; every header tells the separator.

    Raises:
        Problems: It cannot be read.
    """
    with TemporaryDirectory(prefix="tenure-") as folder:
        opened = open_export(path, sheet, Path(folder), declared)
        try:
            return _read_opened(path, opened)
        except Problems:
            plain = with_plain_quotes(opened.file, Path(folder)) if _has_quotes(opened) else None
            if plain is None:
                raise
        note = f"{opened.file.shown} has quotes within values, which are read as they are"
        return _read_opened(
            path, opened._replace(file=plain, notes=(*opened.notes, note), changed=True)
        )


def _has_quotes(opened: OpenedExport) -> bool:
    """Return whether an export is a CSV file with quotes."""
    if opened.file.format != "csv":
        return False
    with opened.file.open_text() as text:
        return any('"' in line for line in text)


def _read_opened(path: Path, opened: OpenedExport) -> RawFile:
    file, shown = opened.file, opened.file.shown
    form = file.stated
    laid_out = read_layout(file)
    table = laid_out.table if laid_out else read_raw_table(file.path, **form._asdict())
    table, headers = _without_headers(table)
    if table.width == 1 and laid_out is None:
        _refuse_title(file)
    if table.columns and table.columns[0].lstrip().lower().startswith(_WEB_PAGE):
        hint = "it may be the page that asks one to sign in; export the table as CSV"
        message = f"{shown} is a web page and not a table"
        raise Problems([Problem("not-importable", message, hint=hint)])
    if table.is_empty():
        _refuse_empty(file)
    tidied = tidy_cells(table)
    table = tidied.table
    stated = {"encoding": form.encoding, "sheet": form.sheet}
    if laid_out is not None:
        notes = [*laid_out.notes]
    else:
        notes = [f"{each.message}; {each.hint}" for each in header_problems(file)]
    notes = [*opened.notes, *notes, *tidied.notes]
    parted: tuple[str, ...] = ()
    if form.format in ("json", "jsonl", "parquet"):
        table, parted = part_objects(table)
    if parted:
        listed = ", ".join(f"`{column}`" for column in parted)
        notes.append(
            f"the objects in {listed} of {shown} are parted into columns, and the table is stored as CSV"
        )
    if headers:
        again = "repeats" if headers == 1 else "repeat"
        notes.append(
            f"{_many(headers, 'row')} of {shown} {again} the names of the columns, and left out"
        )
    rewritten = bool(parted or tidied.notes or laid_out is not None or opened.changed or headers)
    if rewritten and not parted:
        notes.append(f"{shown} is stored as this table, as CSV: import each export of this kind")
    return RawFile(path, table, stated, opened.ending, tuple(notes), rewritten)


def _without_headers(table: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Return the table without rows that have the names of the columns again, and how many there were."""
    if table.width < _FEWEST_NAMES or not (table[:, 0] == table.columns[0]).any():
        return table, 0
    again = pl.all_horizontal(
        pl.col(name).str.strip_chars().is_in([name.strip(), ""]) for name in table.columns
    )
    rest = table.filter(~again.fill_null(False))
    return rest, table.height - rest.height


def _refuse_empty(file: ExportFile) -> None:
    """Refuse a file without a row that can be read."""
    bad = read_rows(file, ()).bad
    message = f"{file.shown} has no accounts"
    if bad:
        message = f"no row of {file.shown} can be used; in row {bad[0].row}, {bad[0].reason}"
    hint = "see whether the export worked; a header alone is not a snapshot"
    raise Problems([Problem("empty-snapshot", message, hint=hint)])


def _refuse_title(file: ExportFile) -> None:
    """Refuse a file whose header is a title: one cell with text above rows that have more."""
    names = all_columns(file)
    filled = [name for name in names if name]
    if len(names) == 1 or len(filled) != 1:
        return
    row = header_row(file)
    message = (
        f"row {row} of {file.shown} should name the columns, and has one name, `{filled[0]}`, "
        f"for {len(names)} columns: it looks like a title"
    )
    hint = "delete the rows above the one with the columns' names, and import again"
    raise Problems([Problem("not-importable", message, Span(file.shown, row, 1, row, 1), hint)])


def _preset(name: str | None, files: Sequence[RawFile]) -> Preset | None:
    if name is None:
        headers = [column for file in files for column in file.table.columns]
        return find_preset(headers)
    return presets()[name]


def date_of_name(path: Path) -> dt.date | None:
    """Return the date in a file's name; None if there is none."""
    match = _DATE.search(path.name)
    if match is None:
        return None
    try:
        return dt.date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def month_first(profiles: Sequence[ColumnProfile], country: str) -> bool:
    """Return whether dates of which nothing proves the order have the month first: with dollars or US customs."""
    if header_language([profile.name for profile in profiles]) != "en":
        return False
    dollars = any(
        profile.numbers and profile.numbers.currency in ("$", "USD") for profile in profiles
    )
    return dollars or country == "US"


def header_language(names: Sequence[str]) -> str:
    """Return the language in which most columns have a name; English where several have as many."""
    counts = Counter(
        language
        for name in names
        for language in {
            known.language
            for spelling in header_spellings(name)
            for known in header_names().get(spelling, ())
        }
    )
    return max(("en", *counts), key=lambda language: counts[language])


def _with_ending(pattern: str, ending: str) -> str:
    """Return the path of snapshots with another extension."""
    folder, slash, name = pattern.rpartition("/")
    stem = name.removesuffix(packing_of(name) or "")
    stem = stem[: stem.rfind(".")] if "." in stem.rpartition("}")[2] else stem
    return f"{folder}{slash}{stem}{ending}"


def _same_form(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Return whether two statements read a file the same way; whatever the separator, which the header tells."""
    keys = ("encoding", "sheet")
    return all(before.get(key) == now.get(key) for key in keys)


def _dates(root: Path, pattern: str) -> list[dt.date]:
    """Return the dates of the snapshots that are there."""
    folder, _, name = pattern.rpartition("/")
    before, _, after = name.partition(PLACEHOLDER)
    found = []
    for path in sorted((root / folder).glob("*")):
        middle = path.name.removeprefix(before).removesuffix(after)
        if path.name == f"{before}{middle}{after}":
            try:
                found.append(dt.date.fromisoformat(middle))
            except ValueError:
                continue
    return found


def _refuse_key(key: str, names: Sequence[str]) -> None:
    from ..text.suggest import suggest

    near = suggest(key, names)
    hint = (
        f"did you mean `{near}`?" if near else f"it has {', '.join(f'`{n}`' for n in names[:12])}"
    )
    raise Problems([Problem("no-key-column", f"the export has no column `{key}`", hint=hint)])


def _with_key(named: NamedTable) -> pl.DataFrame:
    return named.table.filter(pl.col(named.key or "").str.strip_chars() != "")


def _without_key(table: pl.DataFrame, proposal: Proposal) -> int:
    read = proposal.columns.get(ACCOUNT_ID)
    if read is None or read.column.name not in table.columns:
        return 0
    return int(table[read.column.name].str.strip_chars().fill_null("").eq("").sum())


def _totals(table: pl.DataFrame, proposal: Proposal) -> list[str]:
    """Return a note about the last row if it has totals: a run would take it for an account."""
    read = proposal.columns.get(ACCOUNT_ID)
    if read is None or read.column.name not in table.columns or table.is_empty():
        return []
    last = table[read.column.name][-1] or ""
    if not _TOTAL & {*last.casefold().replace(":", " ").split()}:
        return []
    return [f"the last row, `{last}`, looks like totals and is read as an account: leave it out"]


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
