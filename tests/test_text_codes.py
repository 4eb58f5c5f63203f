"""Codes are words, each with a meaning."""

import re

from tenure.engine.text.codes import CODES


def test_codes_are_words_joined_by_hyphens_in_the_order_of_the_alphabet():
    assert list(CODES) == sorted(CODES)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code) for code in CODES)


def test_every_meaning_is_a_sentence():
    assert all(meaning[0].isupper() and meaning.endswith(".") for meaning in CODES.values())
