"""Countries as people write them, as the two-letter codes that the `holidays` package knows."""

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
"""The codes that `holidays` knows, written out: importing it costs half of `validate`'s time."""

_EXTRA = {
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
_NOISE = r"\b(the|sar|special administrative region|and)\b"


@lru_cache(maxsize=4096)
def iso_country(text: str) -> str | None:
    """The two-letter code for a two- or three-letter code or an English name; None if unknown."""
    return text if text in COUNTRY_CODES else _by_name().get(_plain(text))


@cache
def _by_name() -> dict[str, str]:
    from holidays.registry import COUNTRIES

    names: dict[str, str] = {}
    for module, (name, code, code3, *_) in COUNTRIES.items():
        spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
        for spelling in (module.replace("_", " "), spaced, code, code3):
            names[_plain(spelling)] = code
    known = set(names.values())
    names.update({_plain(name): code for name, code in _EXTRA.items() if code in known})
    return names


def _plain(text: str) -> str:
    """Lower case without accents, punctuation, `the`, `and` or `SAR`, single spaces."""
    letters = unicodedata.normalize("NFKD", text.replace("&", " and ").casefold())
    letters = "".join(sign for sign in letters if not unicodedata.combining(sign))
    letters = re.sub(r"[.'’]", "", letters)
    letters = re.sub(r"\bst\b", "saint", re.sub(r"[^a-z0-9]+", " ", letters))
    # AND is also Andorra's code.
    return " ".join(re.sub(_NOISE, " ", letters).split()) or letters.strip()
