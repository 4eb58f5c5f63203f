"""Words of documents that are not in their templates, from the catalogue of the reader's language."""

from __future__ import annotations

from ..core.languages import ENGLISH
from ..fields.catalogue import FieldSpec
from ..fields.standard_fields import STANDARD
from ..text.translations import shipped, translate

_STANDARD = {spec.name: spec.title for spec in STANDARD}
STATUS_SIGNS = {"green": "🟢", "yellow": "🟡", "red": "🔴"}


def field_title(spec: FieldSpec, language: str) -> str:
    """Return a field's title, translated if it is a standard field with its standard title."""
    title = spec.title or spec.name
    if title != _STANDARD.get(spec.name):
        return title
    return shipped().section("fields", language).get(spec.name, title)


def part_title(part: str, language: str) -> str:
    """Return the title of a key of a success plan; any other key as it is written."""
    return shipped().section("plan", language).get(part, part)


def impact_text(impact: str, language: str) -> str:
    """Return an impact in words: `High`, `Haut`."""
    return translate("impacts", impact, language)


def role_text(role: str, language: str) -> str:
    """Return the title of a role that the success plan knows; any other role as it is written."""
    return shipped().section("roles", language).get(role, role)


def responsibilities() -> tuple[str, ...]:
    """Return the roles whose responsibility the source's template states, in its order."""
    return tuple(shipped().section("responsibilities", ENGLISH))


def responsibility_text(role: str, language: str) -> str:
    """Return the responsibility of a role, by the source's template."""
    return translate("responsibilities", role, language)


def marker(title: str, language: str) -> str:
    """Return what a document shows in place of a missing value: `[to complete: NPS]`."""
    return translate("documents", "marker", language, title=title)
