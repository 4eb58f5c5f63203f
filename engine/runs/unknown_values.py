"""Values of accounts that are not known or on another scale than their field, counted over the parts of a date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from ..core.problems import Problem
from ..fields.catalogue import Catalogue
from ..playbook.message_languages import untranslated
from ..playbook.model import Playbook
from ..workspace.settings import WorkspaceSettings
from .country_checks import country_warnings, unknown_countries
from .language_checks import language_warnings, unknown_languages
from .region_checks import WrittenPlace, region_warnings, unknown_regions
from .share_checks import ShareValues, count_shares, share_warnings


@dataclass(frozen=True, slots=True)
class UnknownValues:
    """Numbers of accounts by unknown country, place with an unknown region, and language, known or not.

    `shares` has the values of fields that are shares.
    """

    countries: Counter[str] = field(default_factory=Counter)
    regions: Counter[WrittenPlace] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    shares: Counter[ShareValues] = field(default_factory=Counter)

    def add(self, other: UnknownValues) -> None:
        """Add those of other accounts."""
        self.countries.update(other.countries)
        self.regions.update(other.regions)
        self.languages.update(other.languages)
        self.shares.update(other.shares)

    def warnings(
        self, workspace: WorkspaceSettings, catalogue: Catalogue, playbooks: Iterable[Playbook]
    ) -> list[Problem]:
        """Return the warnings about them."""
        # Where the catalogue lists the languages, the check of the project has said which ones messages lack.
        listed = catalogue.fields["language"].values
        readers = {} if listed else self.languages
        return [
            *country_warnings(self.countries, workspace.country),
            *region_warnings(self.regions, workspace.place),
            *language_warnings(unknown_languages(self.languages)),
            *untranslated(playbooks, readers),
            *share_warnings(self.shares, catalogue),
        ]


def unknown_values(accounts: pl.DataFrame, place: str, catalogue: Catalogue) -> UnknownValues:
    """Return those of these accounts; `place` is the workspace's."""
    with_region = accounts.select("country", "region").filter(pl.col("region").is_not_null())
    places = with_region.group_by("country", "region").len()
    return UnknownValues(
        unknown_countries(_counts(accounts["country"])),
        unknown_regions({(country, region): n for country, region, n in places.iter_rows()}, place),
        Counter(_counts(accounts["language"])),
        count_shares(accounts, catalogue),
    )


def _counts(values: pl.Series) -> dict[str, int]:
    return dict(values.drop_nulls().value_counts().iter_rows())
