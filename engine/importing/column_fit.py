"""Which columns can be those of a field by their values, and what their words mean among the field's values."""

from __future__ import annotations

from ..core.ids import ACCOUNT_ID
from ..fields.catalogue import FieldSpec
from .column_profile import ColumnProfile
from .knowledge import boolean_words, plain_word, words_of

KNOWN_WORD_SHARE = 0.5
"""The share of rows whose words must be known for a doubtful column to be one of such words."""
MOST_WORDS = 25
"""A field with given values is not read from a column with more words."""
BOOLEANS = ("true", "false")


def fits(profile: ColumnProfile, spec: FieldSpec, rank: int = 0) -> bool:
    """Return whether a column's values can be those of a field; an empty column fits all.

    A field with given values takes a column of which most words are known, or whose name leaves no doubt.
    """
    if profile.kind == "empty":
        return True
    if spec.type == "number":
        return profile.kind == "number"
    if spec.type == "date":
        return profile.kind == "date" or bool(profile.epoch)
    if spec.type == "boolean":
        few = len(profile.values) <= MOST_WORDS
        return few and known_share(profile, spec) > KNOWN_WORD_SHARE
    if spec.values:
        words = profile.values
        if not words or len(words) > MOST_WORDS:
            return False
        return rank < 102 or known_share(profile, spec) >= KNOWN_WORD_SHARE
    if spec.name == ACCOUNT_ID:
        return True
    return profile.kind not in ("date", "boolean") and not holds_lists(profile)


def holds_lists(profile: ColumnProfile) -> bool:
    """Return whether a column has lists or objects, as JSON and Parquet have them."""
    return bool(profile.examples) and all(
        each.startswith(("[", "{")) and each.endswith(("]", "}")) for each in profile.examples
    )


def known_share(profile: ColumnProfile, spec: FieldSpec) -> float:
    """Return the share of filled rows whose word has a meaning among a field's values, or is a known yes or no."""
    rows = {word: count for word, count in profile.words if word not in profile.missing}
    known = sum(count for word, count in rows.items() if meaning(word, spec) is not None)
    return known / max(1, sum(rows.values()))


def meaning(word: str, spec: FieldSpec) -> str | None:
    """Return the field's value that a word of the export means; None for an unknown word."""
    if spec.type == "boolean":
        plain = plain_word(word)
        known = boolean_words().get(plain)
        return words_of(spec.name).get(plain) if known is None else BOOLEANS[not known]
    if word in spec.values:
        return word
    value = words_of(spec.name).get(plain_word(word))
    return value if value in spec.values else None
