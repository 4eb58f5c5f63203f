"""Knowledge of exports: names of columns, words for values, and presets of vendors, from the files under `known/`.

Adding a TOML file to `known/presets` adds a preset.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ..text.written_values import fold

KNOWN = Path(__file__).with_name("known")
"""The folder of the files."""

WORDS_OF = {"next_review_type": "review", "last_review_type": "review"}
"""The section of the words of a field, where it is not the field's name."""

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")
_CUSTOM_FIELD = re.compile(r"__c$")


class KnownName(NamedTuple):
    """A field that a column's name means: the language of the name, and its place among the field's names.

    One that is not `sure` often means something else.
    """

    field: str
    language: str
    place: int
    sure: bool = True


class Preset(NamedTuple):
    """The columns of a vendor's export: the field of each, or why it is not needed."""

    name: str
    title: str
    about: str
    columns: Mapping[str, str]
    unneeded: Mapping[str, str]
    note: str | None = None
    opposite: frozenset[str] = frozenset()
    """Columns that say the opposite of their field."""

    def share(self, headers: list[str]) -> float:
        """Return the share of these headers that the preset knows."""
        known = sum(header in self.columns or header in self.unneeded for header in headers)
        return known / len(headers) if headers else 0.0


def plain_header(header: str) -> str:
    """Return a column's name as it is compared: `AnnualRevenue__c` is `annual revenue`, `Échéance` is `echeance`."""
    split = _CAMEL.sub(" ", _CUSTOM_FIELD.sub("", header.strip()))
    return " ".join(re.findall(r"[a-z0-9]+", fold(split.casefold())))


def header_spellings(header: str) -> tuple[str, ...]:
    """Return what a column's name may be compared as: whole, and without what is in brackets at its end."""
    whole, bare = plain_header(header), plain_header(_BRACKETS.sub("", header))
    return (whole,) if whole == bare or not bare else (whole, bare)


_ABOUT_THE_ACCOUNT = frozenset(
    (
        *("account", "company", "customer", "client", "organization", "organisation"),
        *("properties", "attributes", "fields", "data", "address", "billing"),
        *("subscription", "contract", "plan"),
    )
)
"""Objects whose values are those of the account; an `owner.email` or `contact.name` is of somebody else."""
_AMOUNTS = ("amount", "value")
_OWN_WORDS = frozenset(("account", "company", "customer", "client", "organization", "organisation"))
"""Words in front of the name of a column about the account, as in `Company industry`."""


def name_in_object(header: str) -> str | None:
    """Return the last name of a path such as `company.address.country` or `subscription.mrr.amount`.

    None for other names, and for paths through objects that may not be about the account.
    """
    *objects, name = header.split(".")
    if len(objects) > 1 and plain_header(name) in _AMOUNTS:
        *objects, name = objects
    if not objects or not all(plain_header(each) in _ABOUT_THE_ACCOUNT for each in objects):
        return None
    return name


def name_without_owner(header: str) -> str | None:
    """Return a column's name without the word for the account in front, such as `industry`; None for other names."""
    first, _, rest = plain_header(header).partition(" ")
    return rest if rest and first in _OWN_WORDS else None


def plain_word(word: str) -> str:
    """Return a value as it is compared with the words: without case, accents, and double spaces."""
    plain = word.casefold()
    return " ".join((plain if plain.isascii() else fold(plain)).split())


@cache
def header_names() -> Mapping[str, tuple[KnownName, ...]]:
    """Return what each name of a column means, the likeliest first."""
    meanings: dict[str, list[KnownName]] = {}
    for language, fields in _read("names.toml").items():
        for field, names in fields.items():
            for place, name in enumerate(names):
                known = KnownName(field, language, place, sure=not name.endswith("?"))
                meanings.setdefault(name.removesuffix("?"), []).append(known)
    return {name: tuple(sorted(found, key=_by_place)) for name, found in meanings.items()}


def _by_place(known: KnownName) -> int:
    return known.place


@cache
def words_of(field: str) -> Mapping[str, str]:
    """Return the catalogue's value of each word of a field; empty for a field without words."""
    section = _read("words.toml").get(WORDS_OF.get(field, field), {})
    return {plain_word(word): value for value, words in section.items() for word in words}


@cache
def boolean_words() -> Mapping[str, bool]:
    """Return what the words for yes and no mean."""
    return {word: value == "true" for word, value in words_of("boolean").items()}


@cache
def missing_words() -> frozenset[str]:
    """Return the words for no value, without case and accents."""
    return frozenset(plain_word(word) for word in _read("words.toml")["missing"])


def is_missing_word(text: str) -> bool:
    """Return whether exports use a text for no value."""
    return len(text) <= _LONGEST_MISSING and plain_word(text) in missing_words()


_LONGEST_MISSING = 20
"""No word for no value is longer, and most texts need not be compared."""


@cache
def presets() -> Mapping[str, Preset]:
    """Return the presets by name."""
    files = sorted((KNOWN / "presets").glob("*.toml"))
    return {file.stem: _preset(file.stem, tomllib.loads(file.read_text("utf-8"))) for file in files}


def find_preset(headers: list[str], least: float = 0.5) -> Preset | None:
    """Return the preset that knows most of the headers, if it knows at least this share of them, and four."""
    best = max(presets().values(), key=lambda preset: preset.share(headers))
    share = best.share(headers)
    return best if share >= least and share * len(headers) >= _FEWEST else None


_FEWEST = 4


def _preset(name: str, written: dict[str, Any]) -> Preset:
    unneeded = {header: why for why, headers in written["unneeded"].items() for header in headers}
    opposite = written.get("opposite", {})
    return Preset(
        name,
        written["title"],
        written["about"],
        _in_both_cases(written["columns"] | opposite),
        _in_both_cases(unneeded),
        written.get("note"),
        frozenset(_in_both_cases(opposite)),
    )


def _in_both_cases(known: Mapping[str, str]) -> dict[str, str]:
    """Return what headers mean, also of those in sentence case: `Annual Revenue` is `Annual revenue` in some years."""
    return {
        written: meaning
        for header, meaning in known.items()
        for written in (header, header[:1] + header[1:].lower())
    }


@cache
def _read(file: str) -> dict[str, Any]:
    return tomllib.loads((KNOWN / file).read_text("utf-8"))
