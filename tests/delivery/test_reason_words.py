"""Reasons in the reader's language: the engine's words, conditions and grounds in it; all else as it was recorded."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from tenure.cli.init import create_empty, empty_layout
from tenure.engine.delivery.reason_words import ReasonWords
from tenure.engine.project.loading import Project, load_project

SCENARIOS = Path(__file__).parents[1] / "scenarios"
NO_BREAK = "\u00a0"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("reasons") / "w"
    create_empty(root, empty_layout("en", "Europe/Paris", None))
    return load_project(root)


@pytest.mark.parametrize(
    ("playbook", "reason", "french"),
    [
        ("renewal", "60 days before 2026-05-31", "60 jours avant le 31 mai 2026"),
        ("renewal", "on 2026-06-01; 1 day late", "le 1er juin 2026 ; 1 jour de retard"),
        (
            "loyalty",
            "90 days after 2026-01-01; subscribed; skipped: 89 days late, more than 7 allowed",
            "90 jours après le 1er janvier 2026 ; « subscribed » est vrai ; "
            "non émis : 89 jours de retard, plus que les 7 permis",
        ),
        # A name for few tests of fields is written out; others are in quotes.
        (
            "anniversary",
            "on 2026-05-04; not founding_member and not in_trouble",
            "le 4 mai 2026 ; Date d'inscription n'est pas avant 1er janvier 2018"
            " et « in trouble » n'est pas vrai",
        ),
        # Where a field is tested, that it is known goes without saying.
        (
            "renewal",
            "120 days before 2026-07-21; not auto_renewing and strategic_at_risk",
            "120 jours avant le 21 juillet 2026 ; Renouvellement automatique ne vaut pas"
            " « oui » et ARR vaut au moins 20 000 et Health score est inférieur à 70",
        ),
        # A name for one kind of test within another has brackets.
        (
            "renewal",
            "120 days before 2026-07-21; not auto_renewing and (champion_account or growth_potential)",
            "120 jours avant le 21 juillet 2026 ; Renouvellement automatique ne vaut pas"
            " « oui » et ((ARR vaut au moins 20 000 et Health score vaut au moins 70)"
            " ou (ARR est inférieur à 20 000 et Health score vaut au moins 70))",
        ),
        # Grounds have commas between them.
        (
            "expansion",
            "on 2026-06-02; because premium features were seen, they renewed lately",
            "le 2 juin 2026 ; parce que : des fonctionnalités premium ont été consultées, "
            "le renouvellement est récent",
        ),
        (
            "loyalty",
            "on 2026-06-02; postponed from 2026-06-02: the account is at risk",
            "le 2 juin 2026 ; reporté, prévu le 2 juin 2026 : le compte est à risque",
        ),
        (
            "loyalty",
            "on 2026-06-02; withheld: no more than 1 contact within 1 day (renewal/grace on 2026-06-02)",
            "le 2 juin 2026 ; retenu : pas plus de 1 contact en 1 jour"
            " (« Période de grâce » le 2 juin 2026)",
        ),
        (
            "renewal",
            "preparation/csm_intervention is open, due 2026-06-02; again, 1 of at most 3",
            "« Intervention CSM : ce qui les empêche de réussir » reste à faire, prévu le 2 juin 2026 ; "
            "rappel 1 sur 3 au plus",
        ),
        (
            "renewal",
            "renewal_date moved from 2026-03-04 to 2026-04-03, day and month exchanged:"
            " nothing moves before 2026-03-20",
            "Renouvellement : du 4 mars 2026 au 3 avril 2026, jour et mois intervertis ;"
            " rien n'avance avant le 20 mars 2026",
        ),
        (
            "renewal",
            "on 2026-06-02; skipped: skipped by Ann: they asked for it; twice",
            "le 2 juin 2026 ; non émis : écarté par Ann : they asked for it ; twice",
        ),
        ("renewal", "closed by hand", "clos par intervention manuelle"),
        (
            "vip",
            "on 2026-06-02; held out: `vip` reaches all its accounts but 12.5 %",
            "le 2 juin 2026 ; groupe témoin : « Programme VIP » atteint tous ses comptes sauf 12,5 %",
        ),
        # A condition that the playbook does not have any more, and a playbook that is gone.
        ("renewal", "on 2026-06-02; nps_score > 12", "le 2 juin 2026 ; nps_score > 12"),
        ("gone", "on 2026-06-02; subscribed", "le 2 juin 2026 ; subscribed"),
        (
            "expansion",
            "because it was so, the team is growing",
            "parce que : it was so, the team is growing",
        ),
        ("renewal", "", ""),
    ],
)
def test_a_reason_in_french(playbook: str, reason: str, french: str, project: Project) -> None:
    written = ReasonWords(project, "fr-CA")(reason, playbook)
    assert written.replace(NO_BREAK, " ").replace("\u202f", " ") == french


def test_a_language_without_a_catalogue_reads_english(project: Project) -> None:
    assert ReasonWords(project, "es")("on 2026-06-01; 1 day late", "vip") == (
        "on 1 June 2026; 1 day late"
    )


def recorded() -> Iterator[tuple[str, str]]:
    """The reasons of the ledgers that the sources ask for, with their playbooks."""
    for path in sorted(SCENARIOS.glob("*/expected.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row.get("reason"):
                    yield row["reason"], row.get("playbook") or path.parent.name.partition(".")[0]


def test_no_part_of_a_shipped_playbooks_reason_stays_as_recorded(project: Project) -> None:
    shipped = {playbook.id for playbook in project.playbooks}
    words = ReasonWords(project, "fr")
    parts = {
        (part, playbook)
        for reason, playbook in recorded()
        if playbook in shipped
        for part in reason.split("; ")
    }
    assert len(parts) > 30
    assert {part for part, playbook in parts if words(part, playbook) == part} == set()
