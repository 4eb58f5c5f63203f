"""What a document should say and nobody told: marked where it is missing, and gathered at the end.

A gap stands for a missing value in a template: it is false in a test, `is missing`, and shows as a marker. The rule:
what a marker shows is listed, and what no template shows is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..fields.catalogue import FieldSpec
from ..reports.locale_format import is_french
from ..reports.sandbox import MissingValue
from .labels import field_title, marker, part_title
from .markdown import Marked, code, escape


class MissingInput(NamedTuple):
    """A missing value: its title, and where to put it."""

    title: str
    where: str


class Placeholder(MissingValue):
    """A missing value that shows as a marker, and is then wanted."""

    def __init__(self, gaps: Placeholders, wanted: MissingInput, title: str = "") -> None:
        super().__init__(name=title or wanted.title)
        self._gaps, self._wanted, self._title = gaps, wanted, title or wanted.title

    @property
    def text(self) -> str:
        """The marker as plain text; from now on the value is listed."""
        self._gaps.note(self._wanted)
        return marker(self._title, self._gaps.language)

    def __str__(self) -> str:
        """The marker as Markdown."""
        return Marked(escape(self.text, brackets=False))


class Placeholders:
    """The gaps of one document in one language; lives while the document is made."""

    def __init__(self, language: str, plan_file: str, bad: Mapping[str, str] | None = None) -> None:
        self.language = language
        self._plan_file = plan_file
        self._bad = bad or {}
        self._wanted: dict[MissingInput, None] = {}

    def note(self, wanted: MissingInput) -> None:
        """A marker is shown."""
        self._wanted[wanted] = None

    def of_field(self, spec: FieldSpec) -> Placeholder:
        """For a field that the snapshot does not fill, or not with a good value."""
        french = is_french(self.language)
        column = code(spec.column or spec.name)
        where = f"export, colonne {column}" if french else f"export, column {column}"
        if why := self._bad.get(spec.name):
            where += f" ({escape(why)})"
        return Placeholder(self, MissingInput(field_title(spec, self.language), where))

    def of_plan(self, part: str, *path: str | int) -> Placeholder:
        """For what the success plan does not say under these keys; numbers count the items of a list from 1.

        `part` is what is marked; what is wanted is what the last key names, a whole list perhaps.
        """
        keys = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
        where = f"`{self._plan_file}`, `{keys.lstrip('.')}`"
        wanted = MissingInput(part_title(str(path[-1]), self.language), where)
        return Placeholder(self, wanted, part_title(part, self.language))

    def of(self, title: str, where: str) -> Placeholder:
        """For anything else; both in the language of the document, the place in Markdown."""
        return Placeholder(self, MissingInput(title, where))

    def of_variable(self, name: str) -> Placeholder:
        """For a variable that the workspace's settings lack."""
        return Placeholder(self, MissingInput(name, f"`tenure.yaml`, `variables.{name}`"))

    def listed(self) -> list[MissingInput]:
        """What was shown as a marker, in the order shown."""
        return list(self._wanted)


def section(wanted: list[MissingInput], language: str) -> str:
    """The last section of a document that lacks something, in Markdown."""
    french = is_french(language)
    title, what, where = (
        ("Données à compléter", "Donnée", "Où l'indiquer")
        if french
        else ("Data to complete", "What", "Where to put it")
    )
    rows = [f"| {escape(each.title)} | {each.where} |" for each in wanted]
    return "\n".join([f"## {title}", f"| {what} | {where} |", "|---|---|", *rows]) + "\n"
