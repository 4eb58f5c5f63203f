"""Country names and codes, mapped to the two-letter codes that the `holidays` package supports."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

COUNTRY_CODES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ
    EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW
    GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY
    KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
    MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY
    QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG
    TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA
    ZM ZW
    """.split()  # noqa: SIM905
)
"""Codes that `holidays` supports. They are listed because importing the package takes half of `validate`'s time."""

_OTHER_NAMES = {
    "america": "US",
    "angleterre": "GB",
    "bolivia plurinational state of": "BO",
    "britain": "GB",
    "brunei darussalam": "BN",
    "cape verde": "CV",
    "cote divoire": "CI",
    "czech republic": "CZ",
    "cymru": "GB",
    "democratic republic of the congo": "CD",
    "ecosse": "GB",
    "england": "GB",
    "england and wales": "GB",
    "great britain": "GB",
    "gtm": "GT",
    "holland": "NL",
    "hong kong": "HK",
    "iran islamic republic of": "IR",
    "irlande du nord": "GB",
    "korea": "KR",
    "korea republic of": "KR",
    "lao pdr": "LA",
    "macao": "MO",
    "macedonia": "MK",
    "moldova republic of": "MD",
    "nordirland": "GB",
    "northern ireland": "GB",
    "pays de galles": "GB",
    "prc": "CN",
    "republic of korea": "KR",
    "russian federation": "RU",
    "schottland": "GB",
    "scotland": "GB",
    "swaziland": "SZ",
    "syria": "SY",
    "taiwan province of china": "TW",
    "tanzania united republic of": "TZ",
    "turkiye": "TR",
    "uae": "AE",
    "uk": "GB",
    "united states of america": "US",
    "venezuela bolivarian republic of": "VE",
    "viet nam": "VN",
    "wales": "GB",
    "xkx": "XK",
}
_NAMING = ("en", "fr", "de", "es", "it", "nl", "pt", "da", "nb", "pl", "sv")
"""Languages whose names of all countries are known."""

_LONGEST_CODE = 3
"""Letters of a country's code: a text of no more is not looked for among names."""

_REGION_CODE = re.compile("[A-Z]{2}-[A-Z0-9]{1,3}", re.IGNORECASE | re.ASCII)
_IGNORED_WORDS = r"\b(the|sar|special administrative region|and)\b"


@lru_cache(maxsize=4096)
def iso_country(text: str) -> str | None:
    """Return the two-letter code of a country; None if it is unknown.

    Args:
        text: A two-letter code, a three-letter code, the code of a region such as `GB-ENG`, or a name in English, in
            one of `_NAMING` or in a language of the country itself.
    """
    if text in COUNTRY_CODES:
        return text
    if _REGION_CODE.fullmatch(text) and text[:2].upper() in COUNTRY_CODES:
        return text[:2].upper()
    name = normalise_name(text)
    if (code := _by_name().get(name)) or len(name) <= _LONGEST_CODE:
        return code
    return _by_foreign_name().get(name) or _by_own_name().get(name)


@cache
def _by_name() -> dict[str, str]:
    from holidays.registry import COUNTRIES

    names: dict[str, str] = {}
    for module, (name, code, code3, *_) in COUNTRIES.items():
        spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
        for spelling in (module.replace("_", " "), spaced, code, code3):
            names[normalise_name(spelling)] = code
    known = set(names.values())
    names.update(
        {normalise_name(name): code for name, code in _OTHER_NAMES.items() if code in known}
    )
    return names


@cache
def _by_foreign_name() -> dict[str, str]:
    """Return codes by names in common languages; the first language that has a name decides what it means."""
    from babel import Locale

    names: dict[str, str] = {}
    for language in _NAMING:
        for code, name in sorted(Locale(language).territories.items()):
            if code in COUNTRY_CODES:
                names.setdefault(normalise_name(name), code)
    return names


@cache
def _by_own_name() -> dict[str, str]:
    """Return codes by names in the countries' official languages; the data of some hundred languages is read."""
    from babel import Locale
    from babel.languages import get_official_languages
    from babel.localedata import exists

    names: dict[str, str] = {}
    for code in sorted(COUNTRY_CODES):
        for language in filter(exists, get_official_languages(code)):
            names.setdefault(normalise_name(Locale.parse(language).territories.get(code, "")), code)
    # Letters that are not Latin leave nothing of a name.
    names.pop("", None)
    return names


def normalise_name(text: str) -> str:
    """Return a name in lower case, without accents, punctuation, `the`, `and` or `SAR`, with single spaces."""
    letters = unicodedata.normalize("NFKD", text.replace("&", " and ").casefold())
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    letters = re.sub(r"[.'’]", "", letters)
    letters = re.sub(r"\bst\b", "saint", re.sub(r"[^a-z0-9]+", " ", letters))
    # AND is Andorra's three-letter code, so a name of ignored words alone stays as it is.
    return " ".join(re.sub(_IGNORED_WORDS, " ", letters).split()) or letters.strip()
