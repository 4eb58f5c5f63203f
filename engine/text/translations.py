"""The engine's own words in each language, read from catalogue files.

A catalogue is a TOML file named after its language, such as `catalogues/de.toml`. Adding a file adds a language.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable

from ..core.languages import choose_language

Sections = Mapping[str, Mapping[str, str]]
"""The texts of one language by section and key."""

_ENDING = ".toml"


@dataclass(frozen=True, slots=True)
class Translations:
    """The catalogues of one folder; each file is read when its language is first used."""

    folder: Traversable
    _read: dict[str, Sections] = field(default_factory=dict)

    def languages(self) -> tuple[str, ...]:
        """Return the tags of the languages that have a catalogue, sorted."""
        names = (entry.name for entry in self.folder.iterdir())
        return tuple(sorted(name.removesuffix(_ENDING) for name in names if name.endswith(_ENDING)))

    def section(self, name: str, language: str) -> Mapping[str, str]:
        """Return the texts of a section by key, in the language that `choose_language` picks; empty if it has none."""
        return self._catalogue(choose_language(self.languages(), language)).get(name, {})

    def _catalogue(self, language: str) -> Sections:
        if language not in self._read:
            written = self.folder.joinpath(f"{language}{_ENDING}").read_text("utf-8")
            self._read[language] = tomllib.loads(written)
        return self._read[language]


@cache
def shipped() -> Translations:
    """Return the catalogues that ship with the engine."""
    return Translations(resources.files(__package__).joinpath("catalogues"))


@lru_cache(maxsize=4096)
def translate(section: str, key: str, language: str) -> str:
    """Return one of the engine's own words in a language; in English if the language has no catalogue."""
    return shipped().section(section, language)[key]
