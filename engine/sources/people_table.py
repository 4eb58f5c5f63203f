"""The table of people: addresses, managers, deputies and absences of those who own actions.

It is read as it is now, from a file or a query. A value that cannot be used is left out with a warning, so that one bad
cell stops no delivery.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.person_names import name_key
from ..core.problems import Problem
from ..fields.catalogue import FieldSpec
from ..text.email_address import is_address
from ..text.suggest import suggest
from ..workspace.people_settings import PEOPLE_COLUMNS
from ..workspace.settings import PeopleSource, WorkspaceSettings
from .export_file import ExportFile
from .readers import all_columns, read_rows
from .refusal import reading, refuse

if TYPE_CHECKING:
    import polars as pl

CALENDAR = re.compile(
    r"(?!\.{1,2}(?:/|$))[^/\s?#\x00-\x20]+(?:/(?!\.{1,2}(?:/|$))[^/\s?#\x00-\x20]+)*"
)
"""The part of an address that leads to a calendar: names with slashes between them, and none of `.` and `..`."""
_TYPES = {"absent_from": "date", "absent_to": "date", "capacity": "number"}


@dataclass(frozen=True, slots=True)
class Person:
    """A person who owns actions."""

    name: str
    email: str | None = None
    language: str | None = None
    manager: str | None = None
    deputy: str | None = None
    absent_from: dt.date | None = None
    absent_to: dt.date | None = None
    capacity: int | None = None
    calendar: str | None = None

    def is_absent(self, on: dt.date) -> bool:
        """Return whether the person is absent on a date."""
        if self.absent_from is None:
            return False
        return self.absent_from <= on and (self.absent_to is None or on <= self.absent_to)


@dataclass(frozen=True, slots=True)
class PeopleTable:
    """The people of a workspace, by name; names are compared without regard to case and blanks around them."""

    by_name: Mapping[str, Person] = field(default_factory=dict)

    def get(self, name: str | None) -> Person | None:
        """Return the person of that name; None if the table has no such person."""
        return self.by_name.get(name_key(name))

    def manager_of(self, name: str | None) -> str | None:
        """Return the name of a person's manager; None if it is not known."""
        person = self.get(name)
        return person.manager if person else None

    def managers(self) -> dict[str, str]:
        """Return the name of each person's manager, by the `name_key` of the person, sorted."""
        found = {key: person.manager for key, person in self.by_name.items() if person.manager}
        return dict(sorted(found.items()))

    def calendars(self) -> list[str]:
        """Return the calendars of all people, sorted."""
        return sorted({each.calendar for each in self.by_name.values() if each.calendar})

    def stand_in(self, name: str, on: dt.date) -> str:
        """Return who acts for a person on a date: the person, or the first deputy of deputies who is there.

        Without a deputy who is there, it is the person all the same.
        """
        seen: set[str] = set()
        person = self.get(name)
        while person is not None and person.is_absent(on):
            if person.deputy is None or person.name in seen:
                return name
            seen.add(person.name)
            name_of_deputy = person.deputy
            person = self.get(name_of_deputy)
            if person is None:
                return name_of_deputy
        return name if person is None else person.name


def load_people(workspace: WorkspaceSettings) -> tuple[PeopleTable, list[Problem]]:
    """Return the people, and warnings about what was left out; no people without a table.

    Raises:
        Problems: The table cannot be read, or has no column of names.
    """
    if workspace.people is None:
        return PeopleTable(), []
    frame = _table(workspace, workspace.people)
    rows, warnings = _rows(frame, workspace)
    people: dict[str, Person] = {}
    for row in rows:
        name = row["name"]
        if name_key(name) in people:
            warnings.append(_warning(f"`{name}` is in the table of people more than once"))
            continue
        people[name_key(name)] = Person(**row)
    found = PeopleTable(people)
    return found, warnings + _strangers(found)


def _warning(message: str, hint: str = "correct it in the table; it is left out") -> Problem:
    return Problem("bad-people", message, hint=hint, severity="warning")


def _table(workspace: WorkspaceSettings, people: PeopleSource) -> pl.DataFrame:
    """Return the known columns of the table, by their names in `PEOPLE_COLUMNS`."""
    root, source = Path(workspace.root), people.source
    wanted = {name: people.columns.get(name, name) for name in PEOPLE_COLUMNS}
    if source.path is not None:
        path = root / source.path
        with reading(source.path):
            there = path.exists()
        if not there:
            hint = "see whether `people` in tenure.yaml names it"
            refuse("no-people", f"the table of people, {source.path}, is not there", hint)
        file = ExportFile(path, source.path, source.file_format)
        columns = all_columns(file)
        _check_columns(source.path, columns, people, wanted)
        present = {name: column for name, column in wanted.items() if column in columns}
        frame = read_rows(file, list(present.values()), typed=False).frame
    else:
        frame = _asked(workspace, people)
        shown = "the query of people"
        _check_columns(shown, frame.columns, people, wanted)
        present = {name: column for name, column in wanted.items() if column in frame.columns}
    return frame.select(frame[column].alias(name) for name, column in present.items())


def _asked(workspace: WorkspaceSettings, people: PeopleSource) -> pl.DataFrame:
    root = Path(workspace.root)
    if people.source.database is not None:
        from .databases import ask_database

        return ask_database(people.source, root)
    from .duckdb_queries import Query

    return Query(people.source, root).read(dt.date.min)


def _check_columns(
    shown: str, columns: list[str], people: PeopleSource, wanted: Mapping[str, str]
) -> None:
    for name in ("name", *people.columns):
        if wanted[name] not in columns:
            near = suggest(wanted[name], columns)
            hint = f"did you mean `{near}`?" if near else f"it has {', '.join(columns)}"
            message = f"{shown} has no column `{wanted[name]}`, from which `{name}` is read"
            refuse("no-people", message, f"{hint}; say which under `people: {{columns: …}}`")


def _rows(
    frame: pl.DataFrame, workspace: WorkspaceSettings
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Return the usable rows, with typed values, and warnings about what is left out."""
    from .convert import convert

    warnings: list[Problem] = []
    columns: dict[str, list[Any]] = {}
    for name in frame.columns:
        spec = FieldSpec(name, _TYPES.get(name, "text"))  # type: ignore[arg-type]
        values, wrong = convert(frame[name], spec, workspace.time_zone)
        if wrong is not None and wrong.any():
            written = frame[name].filter(wrong).cast(str, strict=False).to_list()
            what = {"date": "a date, year first", "number": "a number"}.get(spec.type, "text")
            warnings += [
                _warning(f"`{each}` under `{name}` of people is not {what}") for each in written
            ]
        columns[name] = values.to_list()
    rows = []
    for values_of_row in zip(*columns.values(), strict=True):
        row = dict(zip(columns, values_of_row, strict=True))
        if row.get("name") is None:
            if any(value is not None for value in values_of_row):
                warnings.append(_warning("a row of people has no name"))
            continue
        rows.append(_checked(row, warnings))
    return rows, warnings


def _checked(row: dict[str, Any], warnings: list[Problem]) -> dict[str, Any]:
    """Return a row without the values that cannot be used."""
    name = row["name"]
    email, capacity = row.get("email"), row.get("capacity")
    if email is not None and not is_address(email):
        warnings.append(_warning(f"`{email}`, the address of {name}, is not one email address"))
        row["email"] = None
    if capacity is not None:
        whole = float(capacity).is_integer() and capacity >= 1
        row["capacity"] = int(capacity) if whole else None
        if not whole:
            warnings.append(_warning(f"the capacity of {name} is not a whole number of tasks"))
    calendar = row.get("calendar")
    if calendar is not None and not CALENDAR.fullmatch(calendar):
        warnings.append(
            _warning(f"`{calendar}`, the calendar of {name}, is not part of an address")
        )
        row["calendar"] = None
    first, last = row.get("absent_from"), row.get("absent_to")
    if last is not None and (first is None or last < first):
        problem = f"the absence of {name} ends on {last}, before it begins"
        warnings.append(_warning(problem if first else f"the absence of {name} has no first day"))
        row["absent_from"] = row["absent_to"] = None
    return row


def _strangers(people: PeopleTable) -> list[Problem]:
    """Return warnings about managers and deputies who are not in the table."""
    names = [person.name for person in people.by_name.values()]
    missing: dict[tuple[str, str], list[str]] = {}
    for person in people.by_name.values():
        for role in ("manager", "deputy"):
            other = getattr(person, role)
            if other is not None and people.get(other) is None:
                missing.setdefault((other, role), []).append(person.name)
    warnings = []
    for (other, role), whose in missing.items():
        near = suggest(other, names)
        hint = f"did you mean {near}?" if near else "add a row for that person"
        more = f" and of {len(whose) - 1} more" if len(whose) > 1 else ""
        message = f"`{other}`, the {role} of {whose[0]}{more}, is not in the table of people"
        warnings.append(_warning(message, hint))
    return warnings
