"""The engine's own texts in each language, read from catalogue files.

A catalogue is a TOML file named after its language, such as `catalogues/de.toml`. Adding a file adds a language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from ..core.languages import Texts, choose_language, choose_text, match_language

CATALOGUES = Path(__file__).with_name("catalogues")
"""The folder of the catalogues that ship with the engine."""


@dataclass(frozen=True, slots=True)
class Translations:
    """The catalogues of one folder; each file is read when its language is first used."""

    folder: Path
    _read: dict[str, dict[str, Any]] = field(default_factory=dict)

    def languages(self) -> tuple[str, ...]:
        """Return the tags of the languages that have a catalogue, sorted."""
        return _languages(self.folder)

    def match(self, wanted: str) -> str | None:
        """Return the language that serves a reader of the language wanted; None if none does."""
        return match_language(self.languages(), wanted)

    def section(self, name: str, language: str) -> Mapping[str, str]:
        """Return the texts of a section by key; empty if there is no such section.

        Args:
            name: The section; that of a section within another is `metrics.nrr`.
            language: The language, of which `choose_language` picks one that has a catalogue.
        """
        section = self._catalogue(choose_language(self.languages(), language))
        for part in name.split("."):
            section = section.get(part, {})
        return section

    def _catalogue(self, language: str) -> dict[str, Any]:
        if language not in self._read:
            import tomllib

            written = (self.folder / f"{language}.toml").read_text("utf-8")
            self._read[language] = tomllib.loads(written)
        return self._read[language]


@cache
def _languages(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in folder.glob("*.toml")))


@cache
def shipped() -> Translations:
    """Return the catalogues that ship with the engine."""
    return Translations(CATALOGUES)


def translate(section: str, key: str, language: str, **values: object) -> str:
    """Return one of the engine's texts in a language, with values in its places.

    The text is in English if the language has no catalogue.

    Raises:
        KeyError: The catalogue has no such text, or a place has no value.
    """
    return _text(section, key, language).format(**values)


@lru_cache(maxsize=4096)
def _text(section: str, key: str, language: str) -> str:
    return shipped().section(section, language)[key]


@dataclass(frozen=True, slots=True, eq=False)
class CatalogueText(Mapping[str, str]):
    """One of the engine's texts by language; a catalogue is read when its language is chosen.

    A value that is itself a text by language is put in its place in the language chosen.
    """

    section: str
    key: str
    values_by_name: Mapping[str, object]

    def __getitem__(self, language: str) -> str:
        """Return the text in a language that has a catalogue."""
        if language not in shipped().languages():
            raise KeyError(language)
        values = {
            name: choose_text(value, language) if isinstance(value, Mapping) else value
            for name, value in self.values_by_name.items()
        }
        return translate(self.section, self.key, language, **values)

    def __iter__(self) -> Iterator[str]:
        """Yield the languages that have a catalogue."""
        return iter(shipped().languages())

    def __len__(self) -> int:
        """Return the number of languages that have a catalogue."""
        return len(shipped().languages())


def catalogue_text(section: str, key: str, **values: object) -> Texts:
    """Return one of the engine's texts by language, with values in its places."""
    return CatalogueText(section, key, values)
