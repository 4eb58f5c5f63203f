"""Countries as people write them, as the two-letter codes that the `holidays` package knows."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

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
_NOISE = re.compile(r"\b(the|sar|special administrative region|and)\b")


@lru_cache(maxsize=4096)
def iso_country(text: str) -> str | None:
    """The two-letter code for a two- or three-letter code or an English name; None if unknown."""
    return _by_name().get(_plain(text))


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
    return " ".join(_NOISE.sub(" ", letters).split()) or letters.strip()
