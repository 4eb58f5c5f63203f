"""Lengths of time, ids and numbers of YAML files, as people write them: the help says what was meant."""

from __future__ import annotations

import pytest
from tenure.engine.core.problems import Span
from tenure.engine.language.condition_schema import DATE, LENGTH, OFFSET, PERCENT
from tenure.engine.text.schema.scalars import ID, NumberShape
from tenure.engine.text.schema.shapes import Shape
from tenure.engine.text.yaml_nodes import Scalar

HERE = Span("case.yaml", 1, 1, 1, 2)


def help_of(shape: Shape, text: str) -> str | None:
    (problem,) = shape.problems(Scalar(text, text, HERE))
    return problem.hint


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("-30d", "-30 days"),
        ("-30 jours", "-30 days"),
        ("2 mois", "2 months"),
        ("1 an", "1 year"),
        ("30 Tage", "30 days"),
        ("-3 Werktage", "-3 business days"),
        ("5 jours ouvrés", "5 business days"),
        ("2 quarters", "6 months"),
        ("J-60", "-60 days"),
        ("T+5", "5 days"),
        ("30 days before", "-30 days"),
        ("30 jours avant", "-30 days"),
        ("vor 30 Tagen", "-30 days"),
        ("il y a 3 semaines", "-3 weeks"),
        ("within 30 days", "30 days"),
        ("90 dyas", "90 days"),
    ],
)
def test_an_offset_in_other_words(written: str, meant: str) -> None:
    assert help_of(OFFSET, written) == f"write `{meant}`"
    assert not list(OFFSET.problems(Scalar(meant, meant, HERE)))


@pytest.mark.parametrize(
    ("written", "sign"),
    [
        ("-90\u00a0days", "a no-break space"),
        ("-90\u202fdays", "a no-break space"),
        ("\u221290 days", "a long dash"),
        ("\u201390\u00a0days", "a no-break space and a long dash"),
    ],
)
def test_signs_that_only_look_plain_are_named(written: str, sign: str) -> None:
    assert help_of(OFFSET, written) == (
        f"write `-90 days`: there is {sign} in it, which only looks plain"
    )


def test_a_length_is_never_negative() -> None:
    assert (help_of(LENGTH, "-30d") or "").startswith("write a length of time")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("échéance", "echeance"),
        ("Résumé du mois", "resume_du_mois"),
        ("Größe", "groesse"),
        ("œuvre", "oeuvre"),
        ("first-call", "first_call"),
    ],
)
def test_an_id_with_other_letters(written: str, meant: str) -> None:
    assert help_of(ID, written) == f"write `{meant}`"


@pytest.mark.parametrize(
    ("written", "help"),
    [
        ("0,8", "write the digits alone, without quotes: 0.8"),
        ("20 000", "write the digits alone, without quotes: 20000"),
        ("20.000,50", "write the digits alone, without quotes: 20000.5"),
        ("20k€", "write the digits alone, without quotes: 20000"),
        ("1,000", "write 1000 if the comma separates thousands, 1 if decimals follow it"),
        ("many", None),
    ],
)
def test_a_number_in_another_spelling(written: str, help: str | None) -> None:
    assert help_of(NumberShape(), written) == help


@pytest.mark.parametrize(
    ("shape", "written", "meant"),
    [
        (PERCENT, "12,5 %", "12.5 %"),
        (PERCENT, "0,5%", "0.5 %"),
        (PERCENT, "20 percent", "20 %"),
        (DATE, "31/12/2026", "2026-12-31"),
        (DATE, "31.12.2026", "2026-12-31"),
        (DATE, "2026-1-5", "2026-01-05"),
        (DATE, "12/31/2026", "2026-12-31"),
    ],
)
def test_a_percentage_or_a_date_in_another_spelling(shape: Shape, written: str, meant: str) -> None:
    assert help_of(shape, written) == f"write `{meant}`"
    assert not list(shape.problems(Scalar(meant, meant, HERE)))


def test_a_date_that_can_be_two_is_not_guessed() -> None:
    assert (help_of(DATE, "03/04/2026") or "").startswith("write a date, year first")
