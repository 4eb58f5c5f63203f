"""Places: a country with or without a region, such as `GB` or `GB-ENG`, whose public holidays the calendar looks up.

A region is a subdivision of ISO 3166-2.
It is read by its code, by its name in the country's languages, or by its name in English, French or German.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from .countries import COUNTRY_CODES, iso_country, normalise_name
from .holiday_tables import holiday_table

_OTHER_NAMES = {
    "AT": {
        "2": "Carinthia, Carinthie",
        "3": "Lower Austria, Basse-Autriche",
        "4": "Upper Austria, Haute-Autriche",
        "5": "Salzbourg",
        "6": "Styria, Styrie",
        "7": "Tyrol",
        "9": "Vienna, Vienne",
    },
    "CH": {
        "AI": "Appenzell Inner Rhodes, Appenzell Rhodes-Intérieures",
        "AR": "Appenzell Outer Rhodes, Appenzell Rhodes-Extérieures",
        "AG": "Argovie",
        "BL": "Basel-Country, Bâle-Campagne, Baselland",
        "BS": "Basel-City, Bâle-Ville",
        "GE": "Geneva, Genf",
        "GL": "Glaris",
        "GR": "Grisons",
        "LU": "Lucerne",
        "NE": "Neuenburg",
        "NW": "Nidwald",
        "OW": "Obwald",
        "SG": "St. Gallen, Saint-Gall",
        "SH": "Schaffhouse",
        "SO": "Soleure",
        "TG": "Thurgovie",
        "TI": "Tessin",
        "VD": "Waadt",
        "ZG": "Zoug",
        "ZH": "Zurich",
    },
    "DE": {
        "BB": "Brandebourg",
        "BW": "Bade-Wurtemberg",
        "BY": "Bavaria, Bavière",
        "HB": "Brême",
        "HE": "Hesse",
        "HH": "Hambourg",
        "MV": "Mecklenburg-Western Pomerania, Mecklembourg-Poméranie-Occidentale",
        "NI": "Lower Saxony, Basse-Saxe",
        "NW": "North Rhine-Westphalia, Rhénanie-du-Nord-Westphalie, NRW",
        "RP": "Rhineland-Palatinate, Rhénanie-Palatinat",
        "SL": "Sarre",
        "SN": "Saxony, Saxe",
        "ST": "Saxony-Anhalt, Saxe-Anhalt",
        "TH": "Thuringia, Thuringe",
    },
    "ES": {
        "AN": "Andalusia, Andalousie, Andalusien",
        "AR": "Aragon",
        "AS": "Asturies, Asturien",
        "CB": "Cantabrie, Kantabrien",
        "CL": "Castile and León, Castille-et-León, Kastilien und León",
        "CM": "Castile-La Mancha, Castille-La Manche, Kastilien-La Mancha",
        "CN": "Canary Islands, Canaries, Îles Canaries, Kanarische Inseln, Kanaren",
        "CT": "Catalonia, Catalogne, Katalonien",
        "EX": "Estrémadure",
        "GA": "Galice, Galicien",
        "IB": "Balearic Islands, Îles Baléares, Baléares, Balearische Inseln, Balearen",
        "MC": "Murcie",
        "MD": "Community of Madrid, Comunidad de Madrid",
        "NC": "Navarre",
        "PV": "Basque Country, Pays basque, Baskenland",
        "VC": "Valencian Community, Comunidad Valenciana, Communauté valencienne, Valencia",
    },
    "FR": {
        "57": "Alsace-Moselle, Alsace-Lorraine",
        "6AE": "67, 68, Bas-Rhin, Haut-Rhin, A, Elsass",
        "973": "French Guiana, Französisch-Guayana, GF",
        "974": "Réunion",
        "BL": "Saint Barthélemy",
        "NC": "New Caledonia, Neukaledonien",
        "PF": "French Polynesia, Französisch-Polynesien",
    },
    "GB": {
        "ENG": "Angleterre, EAW, England and Wales",
        "NIR": "Irlande du Nord, Nordirland",
        "SCT": "Écosse, Schottland",
        "WLS": "Pays de Galles, CYM, Cymru",
    },
    "IT": {"BZ": "South Tyrol, Südtirol, Haut-Adige, Bozen", "RM": "Rome, Rom"},
    "US": {
        "CA": "Californie, Kalifornien",
        "DC": "Washington DC",
        "FL": "Floride",
        "GA": "Géorgie",
        "HI": "Hawaï",
        "LA": "Louisiane",
        "NC": "Caroline du Nord",
        "ND": "Dakota du Nord",
        "NM": "Nouveau-Mexique, Neumexiko",
        "PA": "Pennsylvanie",
        "SC": "Caroline du Sud",
        "SD": "Dakota du Sud",
        "VA": "Virginie",
        "WV": "Virginie-Occidentale",
    },
}
"""Other names of regions than those of the `holidays` package, by country and its code of the region."""

_ORDINARY = {
    "FR": r"\d\d|2[ab]|ara|bfc|bre|cvl|ges|hdf|idf|naq|nor|occ|pac|pdl|20r|cor|auvergne rhone alpes"
    "|bourgogne franche comte|bretagne|brittany|centre val de loire|corse|corsica|korsika|grand est|hauts de france"
    "|ile de france|normandie|normandy|nouvelle aquitaine|occitanie|pays de la loire|provence alpes cote dazur"
}
"""Patterns of regions without special holidays, which the package leaves out."""

_UNIFORM = frozenset(("AM", "AT", "BE", "MO", "NL", "NO", "PL"))
"""Countries whose regions the package names, though all of them have the same public holidays."""

_LONGEST_CODE = 3
"""Letters of a region's code: a name of no more is an abbreviation."""
_CODE = re.compile(r"([A-Z]{2})[-_ ]([A-Z0-9]{1,3})", re.IGNORECASE | re.ASCII)


@lru_cache(maxsize=65536)
def place_of(country: str | None, region: str | None = None, default: str = "") -> str:
    """Return the place of an account: the code of its country, with that of its region where both are known.

    Args:
        country: A name or a code of a country, or of one of its regions, such as `England` or `DE-BY`.
        region: A name or a code of a region of the country. An unknown one counts as missing.
        default: The place of accounts whose country is missing or unknown.
    """
    code = (iso_country(country) if country else None) or ""
    named = _find_region(code, country) if code and country else None
    found = _find_region(code or default[:2], region) if region else None
    if found is None and region and not code:
        found = _with_country(region)
    return found or named or code or default


def is_known_region(country: str | None, region: str, default: str = "") -> bool:
    """Return whether a region is known, or makes no difference because all of its country has the same holidays."""
    code = (iso_country(country) if country else None) or default[:2]
    if _find_region(code, region) or (not country and _with_country(region)):
        return True
    return not _regions(code) or code in _UNIFORM or _is_ordinary(code, region)


def names_region(country: str, text: str) -> bool:
    """Return whether a text is a region: of the country, or one that names its country too, such as `DE-BY`."""
    known = _find_region(country, text) or _with_country(text)
    return known is not None or _is_ordinary(country, text)


def near_region(country: str | None, region: str, default: str = "") -> str | None:
    """Return the name or code of the country's region that a misspelt one most likely means."""
    from ..text.suggest import suggest

    code = (iso_country(country) if country else None) or default[:2]
    if re.fullmatch(_CODE, region):
        return suggest(region, {f"{code}-{each}" for each in _regions(code).values()})
    own, other = _names(code)
    return suggest(region, own) or suggest(region, other)


def _find_region(code: str, text: str) -> str | None:
    """Return the place that a text names within a country: `GB-ENG` for `England`, `ENG` and `GB-ENG`."""
    written = _CODE.fullmatch(text.strip())
    if written and written[1].upper() == code:
        text = written[2]
    region = _regions(code).get(normalise_name(text))
    return f"{code}-{region}" if region else None


def _with_country(text: str) -> str | None:
    """Return the place of a text that names its country too: a full code, or a name that people write as a country."""
    written = _CODE.fullmatch(text.strip())
    code = written[1].upper() if written else iso_country(text)
    return _find_region(code, text) if code in COUNTRY_CODES else None


def _is_ordinary(code: str, region: str) -> bool:
    written = _CODE.fullmatch(region.strip())
    name = normalise_name(written[2] if written and written[1].upper() == code else region)
    return code in _ORDINARY and re.fullmatch(_ORDINARY[code], name) is not None


@cache
def _names(code: str) -> tuple[list[str], list[str]]:
    """Return the names of a country's regions as they are written: in its own languages, and in others."""
    if not code:
        return [], []
    own = list(holiday_table(code).subdivisions_aliases)
    other = [name for names in _OTHER_NAMES.get(code, {}).values() for name in names.split(", ")]
    return [name for name in own if len(name) > _LONGEST_CODE], other


@cache
def _regions(code: str) -> dict[str, str]:
    """Return the package's codes of a country's regions, by code and by normalised name."""
    if not code:
        return {}
    table = holiday_table(code)
    spelled = {name: name for name in table.subdivisions} | dict(table.subdivisions_aliases)
    for region, names in _OTHER_NAMES.get(code, {}).items():
        spelled |= dict.fromkeys(names.split(", "), region)
    # Letters that are not Latin leave nothing of a name; a code goes before a short name.
    regions = {normalise_name(name): region for name, region in spelled.items()}
    regions |= {normalise_name(name): name for name in table.subdivisions}
    regions.pop("", None)
    return regions
