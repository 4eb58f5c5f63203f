"""Codes are words, each with a meaning."""

import re

from tenure.engine.text.problem_codes import PROBLEM_CODES


def test_codes_are_words_joined_by_hyphens_in_the_order_of_the_alphabet():
    assert list(PROBLEM_CODES) == sorted(PROBLEM_CODES)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code) for code in PROBLEM_CODES)


def test_every_meaning_is_a_sentence():
    assert all(meaning[0].isupper() and meaning.endswith(".") for meaning in PROBLEM_CODES.values())
