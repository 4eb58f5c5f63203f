"""The email of the quarterly review: its figures, the suggestions it picks, and what it leaves out."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from support.scenario import lay_out, read
from tenure.engine.project.loading import Project
from tenure.engine.reports.message_rendering import MessageRenderer
from tenure.engine.runs.running import run

KNOWN = {
    "account_name": "Delta SAS",
    "contact_first_name": "Léa",
    "projects_quarter": 15.0,
    "projects_quarter@previous": 12.0,
    "hours_saved_quarter": 30.0,
    "hours_saved_quarter@previous": 40.0,
    "collaborations_quarter": 8.0,
    "collaborations_quarter@previous": 8.0,
    "features_used": 11.0,
    "features_used@previous": 9.0,
    "features_total": 20.0,
    "seats_active": 8.0,
    "seats_licensed": 10.0,
    "invitations": 1.0,
    "plan_utilisation": 0.5,
    "health_score": 80.0,
    "uses_automation": True,
    "uses_integrations": False,
    "uses_reports": True,
    "uses_templates": False,
    "uses_mobile": False,
}
"""Grown by a quarter, fallen by a quarter, as before, and two features more."""

BODY = """\
Bonjour Léa,

Voici votre bilan du trimestre sur Acme :

📊 VOS STATISTIQUES
- Projets créés : 15 (+25\xa0%)
- Temps économisé : 30 heures (-25\xa0%)
- Collaborations : 8 (0\xa0%)
- Features utilisées : 11/20 (nouveau : 2)

Entre parenthèses, l'évolution par rapport au trimestre précédent.

SUGGESTIONS POUR LE PROCHAIN TRIMESTRE
Basé sur votre usage, nous vous recommandons :
1. Automatisez une tâche qui revient chaque semaine : vous avez économisé moins de temps qu'au trimestre précédent.
2. Suivez une de nos formations en ligne : vous en repartez avec une pratique à appliquer le jour même.

🆕 NOUVEAUTÉS QUE VOUS AVEZ PEUT-ÊTRE MANQUÉES
• Intégrations - vos autres outils restent à jour, sans ressaisie
• Modèles - un nouveau projet se prépare en quelques clics

Voir mon rapport complet : https://example.com/full-report

Questions ? Répondez à cet email.

L'équipe Acme
"""


@cache
def first_day() -> tuple[Project, dict[str, Any]]:
    """The scenario's project, and its first entry of the playbook, which the first day has."""
    scenario = read("self_serve_review")
    with tempfile.TemporaryDirectory() as folder:
        project = lay_out(scenario, Path(folder) / "workspace")
        entries = run(project, scenario.first).entries
    return project, next(entries.filter(playbook="self_serve_review").iter_rows(named=True))


def letter(language: str = "en", **changes: Any) -> Any:
    project, entry = first_day()
    nothing = dict.fromkeys(project.catalogue.fields)
    writer = MessageRenderer(project.workspace, project.playbooks)
    written = writer.write(entry, nothing | KNOWN | {"language": language} | changes)
    assert written is not None
    assert written.problem is None
    return written


def suggestions(**changes: Any) -> list[str]:
    """The first words of each."""
    lines = letter(**changes).body.splitlines()
    return [line[3:].split(":")[0] for line in lines if line[:3] in ("1. ", "2. ", "3. ")]


def test_it_reads_as_the_source_has_it():
    written = letter("fr")
    assert written.subject == "Votre bilan trimestriel Acme 📊"
    assert written.body.strip() == BODY.strip()


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({}, "Automate one task that comes back every week"),
        ({"projects_quarter": 0.0}, "Start a project from a template"),
        ({"seats_active": 7.0}, "Put all your seats to use"),
        ({"collaborations_quarter": 0.0}, "Share a project with a colleague"),
        ({"hours_saved_quarter": 39.0}, "Automate one task that comes back every week"),
        ({"hours_saved_quarter": 40.0}, "Join one of our online training sessions"),
        ({"hours_saved_quarter": 41.0, "features_used": 9.0}, "Try one more feature"),
        ({"hours_saved_quarter": 41.0, "features_used": 10.0}, "Join one of our online training"),
        ({"hours_saved_quarter": 41.0, "invitations": 0.0}, "Invite a colleague"),
        ({"hours_saved_quarter": 41.0, "plan_utilisation": 0.81}, "You use 81% of your plan"),
        ({"hours_saved_quarter": 41.0, "plan_utilisation": 0.8}, "Join one of our online training"),
    ],
)
def test_the_first_suggestion_follows_from_the_usage(changes, first):
    found = suggestions(**changes)
    assert len(found) == 2
    assert found[0].startswith(first)


@pytest.mark.parametrize(("health", "told"), [(None, False), (69.0, False), (70.0, True)])
def test_a_larger_plan_is_named_only_to_who_is_known_to_be_well(health, told):
    body = letter(plan_utilisation=0.95, health_score=health, hours_saved_quarter=41.0).body
    assert ("95% of your plan" in body) is told


def test_two_suggestions_stand_there_whatever_is_missing():
    nothing = dict.fromkeys(KNOWN) | {"projects_quarter": 1.0}
    assert len(suggestions(**nothing)) == 2


@pytest.mark.parametrize(
    ("figure", "line"),
    [
        ("projects_quarter", "Projects created: 15"),
        ("hours_saved_quarter", "Time saved: 30 hours"),
        ("collaborations_quarter", "Collaborations: 8"),
        ("features_used", "Features used: 11/20"),
    ],
)
def test_a_figure_that_is_missing_is_left_out_with_its_line(figure, line):
    assert f"- {line}" in letter().body
    body = letter(**{figure: None}).body
    assert line.split(":")[0] not in body
    assert body.count("\n- ") == 3


@pytest.mark.parametrize("before", [None, 0.0])
def test_a_figure_without_a_quarter_before_has_no_change(before):
    body = letter(
        **{f"{name}@previous": before for name in KNOWN if name.endswith("_quarter")}
    ).body
    assert "- Projects created: 15\n" in body
    assert "In brackets" not in body


@pytest.mark.parametrize(
    ("uses", "told"),
    [
        ((False, False, False, False, False), ["Automations", "Integrations"]),
        ((True, True, True, False, False), ["Templates", "Mobile app"]),
        ((True, True, False, True, False), ["Reports", "Mobile app"]),
        ((True, True, True, True, False), ["Mobile app"]),
        ((None, True, None, True, False), ["Mobile app"]),
        ((True, True, True, True, True), []),
        ((None, None, None, None, None), []),
    ],
)
def test_it_names_two_features_that_are_known_not_to_be_used(uses, told):
    fields = ("automation", "integrations", "reports", "templates", "mobile")
    body = letter(**{f"uses_{name}": used for name, used in zip(fields, uses, strict=True)}).body
    found = [line[2:].split(" - ")[0] for line in body.splitlines() if line.startswith("• ")]
    assert found == told
    assert ("WHAT YOU MAY HAVE MISSED" in body) is bool(told)
