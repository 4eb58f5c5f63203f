"""Did you mean: slips are seen through, silly suggestions are not made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenure.engine.text.suggest import suggest

FIELDS = [
    "account_id",
    "health_score",
    "renewal_date",
    "nps_score",
    "nps_rating",
    "arr",
    "mrr",
    "vip",
    "csm",
]
KEYS = ["id", "title", "at", "when", "wait_for", "do"]


@pytest.mark.parametrize(
    ("word", "candidates", "expected"),
    [
        ("health_scroe", FIELDS, "health_score"),
        ("healthscore", FIELDS, "health_score"),
        ("Health Score", FIELDS, "health_score"),
        ("HEALTH-SCORE", FIELDS, "health_score"),
        ("helth_score", FIELDS, "health_score"),
        ("date_renewal", FIELDS, "renewal_date"),
        ("renewaldates", FIELDS, "renewal_date"),
        ("ar", FIELDS, "arr"),
        ("waitfor", KEYS, "wait_for"),
        ("whne", KEYS, "when"),
        ("ID", KEYS, "id"),
        ("tittle", KEYS, "title"),
        ("colour", KEYS, None),
        ("owner", KEYS, None),
        ("x", KEYS, None),
        ("", KEYS, None),
        ("happiness", FIELDS, None),
        ("id" * 500, KEYS, None),
        ("id", [], None),
    ],
)
def test_nearest(word, candidates, expected):
    assert suggest(word, candidates) == expected


def test_equally_near_words_give_the_first_in_the_alphabet():
    assert suggest("rr", ["mrr", "arr"]) == "arr"


@given(st.text(max_size=30), st.lists(st.text(max_size=20), max_size=6))
def test_a_suggestion_is_one_of_the_candidates_whatever_their_order(word, candidates):
    found = suggest(word, candidates)
    assert found is None or found in candidates
    assert found == suggest(word, reversed(candidates))


@given(st.text("abcdefgh_", min_size=1, max_size=20), st.lists(st.text("abcdefgh_", max_size=20)))
def test_the_word_itself_is_the_nearest(word, candidates):
    plain = {other.replace("_", "") for other in candidates}
    if word.replace("_", "") not in plain:
        assert suggest(word, [*candidates, word]) == word
