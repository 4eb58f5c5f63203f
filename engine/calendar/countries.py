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
    "bolivia plurinational state of": "BO",
    "britain": "GB",
    "brunei darussalam": "BN",
    "cape verde": "CV",
    "cote divoire": "CI",
    "czech republic": "CZ",
    "democratic republic of the congo": "CD",
    "england": "GB",
    "great britain": "GB",
    "gtm": "GT",
    "holland": "NL",
    "hong kong": "HK",
    "iran islamic republic of": "IR",
    "korea": "KR",
    "korea republic of": "KR",
    "lao pdr": "LA",
    "macao": "MO",
    "macedonia": "MK",
    "moldova republic of": "MD",
    "northern ireland": "GB",
    "prc": "CN",
    "republic of korea": "KR",
    "russian federation": "RU",
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
_IGNORED_WORDS = r"\b(the|sar|special administrative region|and)\b"


@lru_cache(maxsize=4096)
def iso_country(text: str) -> str | None:
    """Return the two-letter code of a country; None if it is unknown.

    Args:
        text: A two-letter code, a three-letter code or an English name.
    """
    return text if text in COUNTRY_CODES else _by_name().get(_normalise(text))


@cache
def _by_name() -> dict[str, str]:
    from holidays.registry import COUNTRIES

    names: dict[str, str] = {}
    for module, (name, code, code3, *_) in COUNTRIES.items():
        spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
        for spelling in (module.replace("_", " "), spaced, code, code3):
            names[_normalise(spelling)] = code
    known = set(names.values())
    names.update({_normalise(name): code for name, code in _OTHER_NAMES.items() if code in known})
    return names


def _normalise(text: str) -> str:
    """Return a name in lower case, without accents, punctuation, `the`, `and` or `SAR`, with single spaces."""
    letters = unicodedata.normalize("NFKD", text.replace("&", " and ").casefold())
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    letters = re.sub(r"[.'’]", "", letters)
    letters = re.sub(r"\bst\b", "saint", re.sub(r"[^a-z0-9]+", " ", letters))
    # AND is Andorra's three-letter code, so a name of ignored words alone stays as it is.
    return " ".join(re.sub(_IGNORED_WORDS, " ", letters).split()) or letters.strip()
