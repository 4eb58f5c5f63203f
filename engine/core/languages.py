"""Language tags: the tag that a person means, and the text that a reader gets.

A tag is a language's code with an optional script and region, such as `fr`, `pt-BR` or `zh-Hans`.
Babel, which knows the names of languages, is imported only for what is not plainly a tag.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache, lru_cache

Texts = Mapping[str, str]
"""Text by language tag."""

NO_LANGUAGE = ""
"""The key of a text that is for readers of every language."""

ENGLISH = "en"

CODES = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el
    en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu
    ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na
    nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so
    sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()  # noqa: SIM905
)
"""The two-letter codes of ISO 639-1, so that a plain tag is known without Babel's data."""

_NAMING = ("en", "fr", "de")
"""Languages in which other languages are commonly named, before their own names are looked up."""

_PLAIN_TAG = re.compile("([a-z]{2})(-[A-Z]{2})?")
_ANY_TAG = re.compile("([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?", re.IGNORECASE)
_WITH_REGION = re.compile(r"(.+?)\s*[-–(,/]\s*([^()]+?)\)?")
_SPECIAL = frozenset(("mul", "root", "und", "zxx"))
"""Codes that stand for several languages, an unknown one or none."""


def choose_language(languages: Iterable[str], *preferred: object) -> str:
    """Return the language to use of those that exist.

    Each preference is tried in order: its tag, then the tag without its region, then its base language. Then come
    text for every language, English, and the first by name.

    Args:
        languages: Tags of what exists, at least one.
        preferred: Languages by descending preference, each as `language_tag` understands it; what is not text is
            skipped.
    """
    known = set(languages)
    meant = (match_language(known, each) for each in preferred if isinstance(each, str))
    found = next((tag for tag in meant if tag is not None), None)
    if found is not None:
        return found
    return next((tag for tag in (NO_LANGUAGE, ENGLISH) if tag in known), min(known))


def match_language(languages: Collection[str], wanted: str) -> str | None:
    """Return the tag of those that exist which serves a reader of the language wanted; None if none does."""
    tags = shorter_tags(language_tag(wanted) or wanted)
    return next((tag for tag in tags if tag in languages), None)


def choose_text(texts: Texts, *preferred: str | None) -> str:
    """Return the text whose language `choose_language` picks; empty if there are no texts."""
    return texts[choose_language(texts, *preferred)] if texts else ""


def shorter_tags(tag: str) -> Iterator[str]:
    """Yield a tag, then the tag without its last part, down to its base language: `fr-CA`, `fr`."""
    yield tag
    parts = tag.replace("_", "-").split("-")
    parts[0] = parts[0].lower()
    for size in range(len(parts), 0, -1):
        yield "-".join(parts[:size])


@lru_cache(maxsize=4096)
def language_tag(text: str) -> str | None:
    """Return the tag of the language that a text names; None if it is not a known language.

    Args:
        text: A tag in any spelling (`fr`, `FR`, `fr_FR.UTF-8`, `fra`), or a language's name in English, French,
            German or the language itself, with a region or not (`Français`, `French (Canada)`).
    """
    text = text.strip()
    plain = _PLAIN_TAG.fullmatch(text)
    if plain and plain[1] in CODES:
        return text
    return _read_tag(text) or _read_name(text)


def language_names() -> dict[str, str]:
    """Return the tag of each language by its normalised name in English, French and German."""
    return _common_names()


def _read_tag(text: str) -> str | None:
    """Return the tag in its usual spelling: `FR`, `fr_FR` and `fra` name French."""
    match = _ANY_TAG.fullmatch(re.split("[.@]", text)[0].replace("_", "-"))
    if match is None:
        return None
    from babel import Locale
    from babel.core import get_global

    base = match[1].lower()
    base = get_global("language_aliases").get(base, base).partition("_")[0]
    english = Locale(ENGLISH)
    if base in _SPECIAL or (base not in CODES and base not in english.languages):
        return None
    script = match[2].title() if match[2] else None
    region = match[3].upper() if match[3] else None
    if (script and script not in english.scripts) or (region and region not in english.territories):
        return None
    return "-".join(part for part in (base, script, region) if part)


def _read_name(text: str) -> str | None:
    """Return the tag of a language's name, or of one with its region: `French`, `French (Canada)`."""
    name = _normalise(text)
    if not name or len(name) > 80:
        return None
    if tag := _common_names().get(name) or _own_names().get(name):
        return tag
    match = _WITH_REGION.fullmatch(name)
    base = match and (_common_names().get(match[1]) or _own_names().get(match[1]))
    region = match and base and _regions().get(match[2])
    return f"{base}-{region}" if base and region and "-" not in base else None


@cache
def _common_names() -> dict[str, str]:
    from babel import Locale

    names: dict[str, str] = {}
    for code in _NAMING:
        for key, name in sorted(Locale(code).languages.items()):
            if key not in _SPECIAL:
                names.setdefault(_normalise(name), key.replace("_", "-"))
    return names


@cache
def _own_names() -> dict[str, str]:
    """Return the tag of each language by its name in the language itself; the data of all of them is read."""
    from babel import Locale
    from babel.localedata import locale_identifiers

    names: dict[str, str] = {}
    for code in sorted(code for code in locale_identifiers() if "_" not in code):
        if code not in _SPECIAL and (name := Locale.parse(code).languages.get(code)):
            names.setdefault(_normalise(name), code)
    return names


@cache
def _regions() -> dict[str, str]:
    """Return the code of each country by its code and its name in English, French and German."""
    from babel import Locale

    regions: dict[str, str] = {}
    for code in _NAMING:
        for region, name in sorted(Locale(code).territories.items()):
            regions.setdefault(_normalise(name), region)
            regions.setdefault(_normalise(region), region)
    return regions | {"uk": "GB", "usa": "US"}


def _normalise(text: str) -> str:
    """Return a name in lower case, without accents, with single spaces."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())
