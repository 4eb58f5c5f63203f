"""Placeholders of a document's missing values: marked where they occur, and listed at the end.

A placeholder is false in a template's test, `is missing`, and shows as a marker. Only values whose marker is shown
are listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..fields.catalogue import FieldSpec
from ..reports.sandbox import MissingValue
from ..text.translations import translate
from .labels import field_title, marker, part_title
from .markdown import Marked, code, escape


class MissingInput(NamedTuple):
    """A missing value: its title, and where to provide it."""

    title: str
    where: str


class Placeholder(MissingValue):
    """A missing value that shows as a marker, and is listed once it was shown."""

    def __init__(self, placeholders: Placeholders, missing: MissingInput, title: str = "") -> None:
        super().__init__(name=title or missing.title)
        self._placeholders, self._missing, self._title = (
            placeholders,
            missing,
            title or missing.title,
        )

    def note(self) -> None:
        """List the value as missing."""
        self._placeholders.note(self._missing)

    @property
    def text(self) -> str:
        """Return the marker as plain text, and list the value as missing."""
        self.note()
        return marker(self._title, self._placeholders.language)

    def __str__(self) -> str:
        """Return the marker as Markdown."""
        return Marked(escape(self.text, brackets=False))


class Placeholders:
    """Placeholders of one document in one language; lives while the document is made."""

    def __init__(self, language: str, plan_file: str, bad: Mapping[str, str] | None = None) -> None:
        self.language = language
        self._plan_file = plan_file
        self._bad = bad or {}
        self._missing: dict[MissingInput, None] = {}

    def note(self, missing: MissingInput) -> None:
        """Record that a marker is shown."""
        self._missing[missing] = None

    def of_field(self, spec: FieldSpec) -> Placeholder:
        """Return the placeholder of a field whose value in the snapshot is missing or bad."""
        column = code(spec.column or spec.name)
        where = translate("documents", "column", self.language, column=column)
        if why := self._bad.get(spec.name):
            where += f" ({escape(why)})"
        return Placeholder(self, MissingInput(field_title(spec, self.language), where))

    def of_plan(self, part: str, *path: str | int) -> Placeholder:
        """Return the placeholder of a part that the success plan lacks.

        Args:
            part: The key named by the marker.
            path: Keys down to the missing input, perhaps a list; numbers count the items of a list from 1.
        """
        keys = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
        where = f"`{self._plan_file}`, `{keys.lstrip('.')}`"
        missing = MissingInput(part_title(str(path[-1]), self.language), where)
        return Placeholder(self, missing, part_title(part, self.language))

    def of(self, title: str, where: str) -> Placeholder:
        """Return the placeholder of any other value.

        Args:
            title: The value's title, in the document's language.
            where: Where to provide it, as Markdown in the document's language.
        """
        return Placeholder(self, MissingInput(title, where))

    def of_variable(self, name: str) -> Placeholder:
        """Return the placeholder of a variable that the workspace's settings lack."""
        return Placeholder(self, MissingInput(name, f"`tenure.yaml`, `variables.{name}`"))

    def listed(self) -> list[MissingInput]:
        """Return the values whose marker was shown, in that order."""
        return list(self._missing)


def section(missing: list[MissingInput], language: str) -> str:
    """Return the last section of a document with missing values, in Markdown."""
    title, what, where = (
        translate("documents", key, language) for key in ("gaps", "gap", "gap_where")
    )
    rows = [f"| {escape(each.title)} | {each.where} |" for each in missing]
    return "\n".join([f"## {title}", f"| {what} | {where} |", "|---|---|", *rows]) + "\n"
