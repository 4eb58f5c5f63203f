"""Countries and languages of accounts that are not known, counted over the parts of a date."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from ..core.problems import Problem
from .country_checks import country_warnings, unknown_countries
from .language_checks import language_warnings, unknown_languages


@dataclass(frozen=True, slots=True)
class UnknownValues:
    """Numbers of accounts by unknown country, and by unknown language."""

    countries: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)

    def add(self, other: UnknownValues) -> None:
        """Add those of other accounts."""
        self.countries.update(other.countries)
        self.languages.update(other.languages)

    def warnings(self, country: str) -> list[Problem]:
        """Return the warnings about them; `country` is the workspace's."""
        return country_warnings(self.countries, country) + language_warnings(self.languages)


def unknown_values(accounts: pl.DataFrame) -> UnknownValues:
    """Return the unknown countries and languages of these accounts."""
    return UnknownValues(
        unknown_countries(_counts(accounts["country"])),
        unknown_languages(_counts(accounts["language"])),
    )


def _counts(values: pl.Series) -> dict[str, int]:
    return dict(values.drop_nulls().value_counts().iter_rows())
