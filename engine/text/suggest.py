"""Did you mean: suggest the candidate that a mistyped word most likely means.

Takes the word as written and the words that are right, and returns one of them, or None.
No suggestion is better than a silly one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from .written_values import fold

LONGEST_WORD = 60
"""Longer words are not typing slips, and comparing them costs time."""


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate nearest to `word`, or None if none is near.

    Case, hyphens, underscores and spaces don't count, nor does the order of the words. Otherwise one slip
    (a letter wrong, missing, extra, or swapped with its neighbour) is allowed for every three letters. If no
    candidate is near, the only one that begins with the word is suggested: `renewal_date` for `renewal`.
    """
    if not word or len(word) > LONGEST_WORD:
        return None
    plain = _plain(word)
    near = []
    candidates = sorted(set(candidates))
    for candidate in candidates:
        other = _plain(candidate)
        if plain == other:
            return candidate
        if _words(word) == _words(candidate):
            near.append((0, candidate))
        elif abs(len(plain) - len(other)) <= _slips(plain, other):
            distance = _distance(plain, other)
            if distance <= _slips(plain, other):
                near.append((distance, candidate))
    if near:
        return min(near)[1]
    begun = [candidate for candidate in candidates if _begins(plain, _plain(candidate))]
    return begun[0] if len(begun) == 1 else None


MOST_SUGGESTED_NAMES = 4
"""Names that are suggested together; a word of more names says too little."""


def suggest_words(word: str, candidates: Iterable[str]) -> list[str]:
    """Return the few candidates of which `word` is one word: `nps_rating` and `nps_score` for `NPS`."""
    plain = _plain(word)
    near = sorted({each for each in candidates if plain in _words(each)}) if len(plain) > 2 else []
    return near if len(near) <= MOST_SUGGESTED_NAMES else []


def _begins(word: str, candidate: str) -> bool:
    """Return whether the candidate begins with the word, and the word is long enough to be meant."""
    return len(word) >= 4 and candidate.startswith(word)


@lru_cache(maxsize=4096)
def _plain(word: str) -> str:
    return "".join(c for c in fold(word.casefold()) if c not in "-_ ")


@lru_cache(maxsize=4096)
def _words(word: str) -> tuple[str, ...]:
    return tuple(sorted(word.casefold().replace("-", " ").replace("_", " ").split()))


def _slips(word: str, other: str) -> int:
    shorter = min(len(word), len(other))
    return 0 if shorter < 2 else max(1, shorter // 3)


def _distance(word: str, other: str) -> int:
    """Return the slips between two words: optimal string alignment, two swapped neighbours count as one."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(word, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and word[i - 2] == b:
                best = min(best, last[j - 2] + 1)
            row.append(best)
    return row[-1]
