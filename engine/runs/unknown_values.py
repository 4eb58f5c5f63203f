"""Countries, regions and languages of accounts that are not known, counted over the parts of a date."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from ..core.problems import Problem
from ..playbook.message_languages import untranslated
from ..project.loading import Project
from .country_checks import country_warnings, unknown_countries
from .language_checks import language_warnings, unknown_languages
from .region_checks import WrittenPlace, region_warnings, unknown_regions


@dataclass(frozen=True, slots=True)
class UnknownValues:
    """Numbers of accounts by unknown country, by place with an unknown region, and by language, known or not."""

    countries: Counter[str] = field(default_factory=Counter)
    regions: Counter[WrittenPlace] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)

    def add(self, other: UnknownValues) -> None:
        """Add those of other accounts."""
        self.countries.update(other.countries)
        self.regions.update(other.regions)
        self.languages.update(other.languages)

    def warnings(self, project: Project) -> list[Problem]:
        """Return the warnings about them."""
        workspace = project.workspace
        # Where the catalogue lists the languages, the check of the project has said which ones messages lack.
        listed = project.catalogue.fields["language"].values
        readers = {} if listed else self.languages
        return [
            *country_warnings(self.countries, workspace.country),
            *region_warnings(self.regions, workspace.place),
            *language_warnings(unknown_languages(self.languages)),
            *untranslated(project.enabled, readers),
        ]


def unknown_values(accounts: pl.DataFrame, place: str) -> UnknownValues:
    """Return the unknown countries, regions and languages of these accounts; `place` is the workspace's."""
    with_region = accounts.select("country", "region").filter(pl.col("region").is_not_null())
    places = with_region.group_by("country", "region").len()
    return UnknownValues(
        unknown_countries(_counts(accounts["country"])),
        unknown_regions({(country, region): n for country, region, n in places.iter_rows()}, place),
        Counter(_counts(accounts["language"])),
    )


def _counts(values: pl.Series) -> dict[str, int]:
    return dict(values.drop_nulls().value_counts().iter_rows())
