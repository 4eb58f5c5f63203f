"""Invented companies and people of several countries, for the example series."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class ExampleCountry:
    """A country as an export writes it, with its language, currency and names."""

    name: str
    time_zone: str
    language: str
    currency: str
    legal_forms: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


_FRENCH = (
    "Camille", "Chloé", "Élise", "Hugo", "Inès", "Jules", "Léa", "Louis", "Maëlle", "Nathan",
    "Océane", "Paul", "Romane", "Sacha", "Théo", "Zoé",
)  # fmt: skip
_FRENCH_LAST = (
    "Aubert", "Bonnet", "Caron", "Delmas", "Fabre", "Garnier", "Henry", "Joly", "Lemaire",
    "Marchand", "Noël", "Perrin", "Renaud", "Sabatier", "Tessier", "Vidal",
)  # fmt: skip
_ENGLISH = (
    "Abigail", "Ben", "Charlotte", "Daniel", "Emily", "George", "Hannah", "Isaac", "Jack",
    "Laura", "Mia", "Noah", "Olivia", "Ryan", "Sophie", "Tom",
)  # fmt: skip
_ENGLISH_LAST = (
    "Atkins", "Barker", "Clayton", "Doyle", "Fletcher", "Grant", "Hughes", "Ingram", "Keller",
    "Lawson", "Mason", "O'Neill", "Parker", "Reed", "Stone", "Walsh",
)  # fmt: skip
_GERMAN = ("Anna", "Felix", "Greta", "Jonas", "Lena", "Lukas", "Marie", "Paula", "Till", "Uwe")
_GERMAN_LAST = ("Bauer", "Frank", "Götz", "Huber", "Jäger", "Krüger", "Lang", "Schäfer", "Vogt")

COUNTRIES: tuple[ExampleCountry, ...] = (
    ExampleCountry(
        "FR", "Europe/Paris", "fr", "EUR", ("SAS", "SARL", "SA", ""), _FRENCH, _FRENCH_LAST
    ),
    ExampleCountry("US", "America/New_York", "en", "USD", ("Inc", "LLC"), _ENGLISH, _ENGLISH_LAST),
    ExampleCountry("GB", "Europe/London", "en", "GBP", ("Ltd", "plc"), _ENGLISH, _ENGLISH_LAST),
    # The shipped messages are in French and English, so the example's customers read these.
    ExampleCountry("DE", "Europe/Berlin", "en", "EUR", ("GmbH", "AG"), _GERMAN, _GERMAN_LAST),
    ExampleCountry("Belgium", "Europe/Brussels", "fr", "EUR", ("SRL", "SA"), _FRENCH, _FRENCH_LAST),
    ExampleCountry("Canada", "America/Toronto", "fr", "CAD", ("inc.",), _FRENCH, _FRENCH_LAST),
    ExampleCountry("Ireland", "Europe/Dublin", "en", "EUR", ("Ltd",), _ENGLISH, _ENGLISH_LAST),
)
COUNTRY_WEIGHTS = (40, 18, 14, 12, 6, 6, 4)

_HEADS = (
    "Alpine", "Atlas", "Boréal", "Cobalt", "Delta", "Éclair", "Fjord", "Granit", "Horizon", "Iris",
    "Jade", "Kestrel", "Lumen", "Méridien", "Nova", "Onyx", "Prisme", "Quartz", "Rivage",
    "Solstice", "Tilleul", "Umbra", "Vega", "Zenith",
)  # fmt: skip
_TAILS = {
    "logistics": ("Transports", "Freight", "Logistique"),
    "health": ("Santé", "Care", "Clinic"),
    "retail": ("Distribution", "Stores", "Market"),
    "finance": ("Capital", "Assurances", "Partners"),
    "software": ("Systems", "Numérique", "Labs"),
    "industry": ("Industries", "Mécanique", "Works"),
    "education": ("Formation", "Academy", "Campus"),
}
INDUSTRIES = tuple(sorted(_TAILS))


def company(random: Random, country: ExampleCountry, industry: str) -> str:
    """Return a company's name. A few begin with a character that a spreadsheet would take for a formula."""
    name = f"{random.choice(_HEADS)} {random.choice(_TAILS[industry])}"
    form = random.choice(country.legal_forms)
    prefix = random.choice("+@=") if random.random() < 0.01 else ""
    return f"{prefix}{name} {form}".strip()


def person(random: Random, country: ExampleCountry) -> tuple[str, str]:
    """Return a first and a last name."""
    return random.choice(country.first_names), random.choice(country.last_names)
