"""What documents say: the sources' sections, the snapshot's values, and markers for what nobody knows."""

from __future__ import annotations

import csv
import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support.papers import EMPTY, FULL, ON, papers, plan, report, run
from tenure.cli.main import main
from tenure.engine.core.ids import MERGED_INTO
from tenure.engine.documents.document_context import field_value_text
from tenure.engine.documents.document_templates import shipped_templates
from tenure.engine.documents.registry import DOCUMENTS
from tenure.engine.fields.catalogue import FieldSpec
from tenure.engine.fields.standard_fields import RANKED, STANDARD
from tenure.engine.project.loading import load_project
from tenure.engine.reports.message_rendering import MessageRenderer
from tenure.engine.sources import Snapshots
from tenure.engine.text.translations import shipped

QBR = [
    "# QBR Prep - ",
    "## Informations Compte",
    "## Participants",
    "## Revue Q-1",
    "### Objectifs vs Réalisé",
    "### Highlights",
    "### Challenges",
    "## Plan Q+1",
    "### Objectifs Proposés",
    "### Actions Prioritaires",
    "## Opportunités Expansion",
    "## Notes Préparation",
]
"""The headings of the source's "Template de Sortie", in its order."""

FACTS = ["**ARR**", "**Health Score**", "**NPS**", "**Tenure**", "**Renouvellement**"]
TABLES = [
    "| Nom | Rôle | Présence confirmée |",
    "| Objectif | Cible | Réalisé | Status |",
    "| Action | Owner | Date |",
]

PLAN = """\
account: "A-7"
vision: Répondre dans l'heure
objectives:
  - {objective: Temps de réponse, kpi: Temps moyen, target: "< 2h", due: Q2, achieved: 3 h, status: yellow}
  - {objective: Satisfaction, kpi: CSAT, target: "> 90%", due: 2026-09-30, field: csat, status: green}
milestones:
  - quarter: Q1
    title: FOUNDATION
    steps:
      - {step: Onboarding équipe core, done: true}
      - {step: Formation avancée, note: en cours}
team:
  - {role: champion, name: Hugo Lemaire, responsibility: Adoption interne}
  - {role: Juriste, name: Ines Roy, responsibility: Contrats}
risks:
  - {risk: Ressources limitées, impact: medium, mitigation: Priorisation}
participants:
  - {name: Léa Bonnet, role: Sponsor, confirmed: true}
  - {name: Hugo Lemaire, role: Champion, confirmed: false}
highlights: [Premier site en production]
challenges:
  - {challenge: Lenteurs, resolution: Index refaits}
  - {challenge: Export PDF, status: prévu en mai}
proposed_objectives: [Déployer à Lyon, Automatiser]
actions:
  - {action: Former Lyon, owner: Bruno Keller, due: 2026-05-15}
opportunities:
  - {opportunity: 20 licences, amount: 7000.50}
notes: |
  Ne pas parler du tarif.
reviews:
  - on: 2025-12-18
    points: [Une revue plus ancienne]
  - on: 2026-03-20
    points: [Objectif Q1 atteint, Lyon démarre en mai]
    actions:
      - {action: Envoyer la roadmap, owner: Hugo Lemaire, due: 2026-04-10}
    next_review: 2026-06-18
  - on: 2026-04-02
    points: [Une revue à venir]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return papers(tmp_path)


def headings(text: str) -> list[str]:
    return re.findall(r"^#+ .*$", text, re.M)


def in_order(text: str, parts: list[str]) -> bool:
    at = 0
    for part in parts:
        at = text.find(part, at)
        if at < 0:
            return False
    return True


def test_the_preparation_has_the_source_s_sections_and_no_others(root: Path) -> None:
    plan(root, PLAN)
    text = report(root, "qbr_prep", "A-7", "--language", "fr")
    found = headings(text)
    assert found[0].startswith(QBR[0])
    assert found[1:] == QBR[1:]
    assert in_order(text, FACTS)
    assert in_order(text, TABLES)


def test_every_language_says_the_same_in_as_many_sections(root: Path) -> None:
    plan(root, PLAN)
    for name in ("qbr_prep", "success_plan", "recap_email"):
        form = ("--format", "markdown")
        french, german, english = (
            report(root, name, "A-7", "--language", each, *form) for each in ("fr", "de", "en")
        )
        levels = [
            [line.partition(" ")[0] for line in headings(text)]
            for text in (french, german, english)
        ]
        assert levels[0] == levels[1] == levels[2], name
        assert french.count("\n| ") == english.count("\n| ") == german.count("\n| "), name
        assert "compléter" not in english


def test_the_preparation_says_what_snapshot_and_plan_say(root: Path) -> None:
    plan(root, PLAN)
    text = report(root, "qbr_prep", "A-7", "--language", "en")
    for line in (
        "- **ARR**: €63,700",
        "- **Health Score**: 62/100 (↓ vs Q-1: 69)",
        "- **NPS**: -12",
        "- **Tenure**: 28 months",
        "- **Renewal**: 7 June 2026",
        "- **CSAT**: 91%",
        "- **Plan used**: 50%",
        "- **Champion**: Hugo Lemaire",
        "- **Last review**: 20 March 2026",
        "| Léa Bonnet | Sponsor | Yes |",
        "| Hugo Lemaire | Champion | No |",
        "| Temps de réponse | < 2h | 3 h | 🟡 |",
        "| Satisfaction | > 90% | 91% | 🟢 |",
        "- Premier site en production",
        "- Lenteurs → Resolution: Index refaits",
        "- Export PDF → Status: prévu en mai",
        "1. Déployer à Lyon",
        "2. Automatiser",
        "| Former Lyon | Bruno Keller | 15 May 2026 |",
        "- 20 licences: €7,000.50 potential",
        "Ne pas parler du tarif.",
    ):
        assert f"\n{line}\n" in text
    assert "- Q3 2026\n" in text, "the quarter of the review planned on 2 July"
    assert "to complete" not in text


def test_the_success_plan_has_the_source_s_four_parts(root: Path) -> None:
    plan(root, PLAN)
    text = report(root, "success_plan", "A-7", "--language", "fr")
    assert headings(text)[1:] == [
        "## 1. Vision & Objectifs",
        "## 2. Jalons & Timeline",
        "### Q1 : FOUNDATION",
        "## 3. Équipe & Contacts",
        "## 4. Risques & Mitigations",
    ]
    for line in (
        "Répondre dans l'heure",
        "| Temps de réponse | Temps moyen | < 2h | Q2 | 3 h | 🟡 |",
        "| Satisfaction | CSAT | > 90% | 30 septembre 2026 | 91\xa0% | 🟢 |",
        "- ✓ Onboarding équipe core",
        "- ○ Formation avancée (en cours)",
        "| Champion | Hugo Lemaire | Adoption interne |",
        "| Juriste | Ines Roy | Contrats |",
        "| Ressources limitées | Moyen | Priorisation |",
    ):
        assert f"\n{line}\n" in text


def test_the_recap_is_the_source_s_email_about_the_last_review_held(root: Path) -> None:
    plan(root, PLAN)
    text = report(root, "recap_email", "A-7")
    assert text.startswith(
        "Objet : Récap QBR Q1 - Delta *SAS* | <script>alert(1)</script> × Acme\n"
    )
    assert in_order(
        text,
        [
            "Bonjour Romane,",
            "Merci pour ce QBR productif ! Voici le récapitulatif :",
            "POINTS CLÉS",
            "- Objectif Q1 atteint\n- Lyon démarre en mai\n",
            "ACTIONS À SUIVRE",
            "| Action             | Owner        | Date          |",
            "| Envoyer la roadmap | Hugo Lemaire | 10 avril 2026 |",
            "PROCHAIN QBR : 18 juin 2026",
            "Le deck est en pièce jointe. N'hésitez pas si questions !",
            "Bruno Keller",
        ],
    )
    assert "plus ancienne" not in text
    assert "à venir" not in text
    assert "compléter" not in text


def test_the_recap_tells_no_older_review_in_place_of_the_one_just_held(root: Path) -> None:
    older = PLAN.replace("on: 2026-03-20", "on: 2026-03-01")
    plan(root, older)
    text = report(root, "recap_email", "A-7")
    assert "Lyon démarre" not in text
    assert "[à compléter\xa0: points clés]" in text
    assert "plans/A-7.yaml, reviews" in text


def test_the_next_review_is_the_snapshot_s_where_the_plan_has_none(root: Path) -> None:
    plan(root, PLAN.replace("    next_review: 2026-06-18\n", ""))
    assert "PROCHAIN QBR : 2 juillet 2026" in report(root, "recap_email", "A-7")


def gaps(text: str) -> list[str]:
    """The places named in the last section."""
    title = r"## (?:Data to complete|Données à compléter)\n"
    section = re.split(title, text)
    assert len(section) == 2
    return [line.split(" | ")[-1].strip(" |") for line in section[1].splitlines()[2:]]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", ["qbr_prep", "success_plan", "recap_email"])
def test_nothing_is_invented_of_an_account_that_nothing_is_known_of(
    root: Path, name: str, language: str
) -> None:
    text = report(root, name, EMPTY["account_id"], "--language", language, "--format", "markdown")
    for row in re.findall(r"^\|.*\|$", text, re.M):
        assert all(cell.strip() for cell in row.strip("|").split("|")), row
    for line in text.splitlines():
        assert not re.fullmatch(r"\s*(?:[-*]|\d+\.|#+)\s*", line), "an item or heading left blank"
        assert (
            not re.search(r": *$", line) or line.endswith(" :") or "Voici" in line or "Here" in line
        )
    body = text.partition("\n## D")[0]
    assert "None" not in body
    assert "nan" not in body
    marks = re.findall(r"\[(?:to complete|à compléter\xa0): ([^\]]+)\]", body)
    assert marks
    assert gaps(text)


def test_every_gap_names_its_column_or_its_key(root: Path) -> None:
    found = gaps(report(root, "qbr_prep", "bare", "--language", "en"))
    columns = ["arr", "health_score", "nps_score", "signup_date", "renewal_date"]
    keys = ["participants", "objectives", "highlights", "challenges"]
    keys += ["proposed_objectives", "actions", "opportunities", "notes"]
    assert found == [
        *(f"export, column `{name}`" for name in columns),
        *(f"`plans/bare.yaml`, `{name}`" for name in keys),
    ]


def test_a_gap_names_the_column_that_the_field_is_read_from(root: Path) -> None:
    (root / "fields.yaml").write_text("fields:\n  renewal_date: {from: champion}\n", "utf-8")
    assert "export, column `champion`" in gaps(report(root, "qbr_prep", "bare", "--language", "en"))


def test_a_bad_value_is_marked_and_listed_and_hides_no_other(tmp_path: Path) -> None:
    root = papers(tmp_path, [{**FULL, "renewal_date": "2026-02-30", "arr": "n/a"}, EMPTY])
    text = report(root, "qbr_prep", "A-7", "--language", "en")
    assert "- **Renewal**: [to complete: Renewal]" in text
    assert "- **ARR**: [to complete: ARR]" in text
    assert "- **NPS**: -12" in text
    arr, renewal, *_ = gaps(text)
    assert arr == "export, column `arr` (n/a is not a plain number)"
    assert renewal.startswith("export, column `renewal_date` (2026-02-30 is not a date")


def test_a_bad_value_breaks_no_table(tmp_path: Path) -> None:
    root = papers(tmp_path, [{**FULL, "arr": "1|`2` <b>"}, EMPTY])
    page = report(root, "qbr_prep", "A-7", "--format", "html")
    assert (
        "<td>export, column <code>arr</code> (1|`2` &lt;b&gt; is not a plain number)</td>" in page
    )


def test_values_missing_in_a_plan_are_listed_by_position_and_none_is_not_missing(
    root: Path,
) -> None:
    plan(
        root,
        'account: "A-7"\nobjectives:\n  - {objective: One, target: 1, status: green}\n'
        "  - {objective: Two, target: 2, achieved: 1}\nhighlights: []\nopportunities: []\n"
        "challenges: []\nproposed_objectives: []\nactions: []\nparticipants: []\nnotes: Ready.\n",
    )
    text = report(root, "qbr_prep", "A-7", "--language", "en")
    assert "| One | 1 | [to complete: achieved so far] | 🟢 |" in text
    assert gaps(text) == [
        "`plans/A-7.yaml`, `objectives[1].achieved`",
        "`plans/A-7.yaml`, `objectives[2].status`",
    ]
    assert text.count("None") == 6


def test_a_document_that_lacks_nothing_has_no_such_section(root: Path) -> None:
    plan(root, PLAN)
    result = run(root, "qbr_prep", "A-7")
    assert "to complete" not in result.stdout
    assert result.stderr == ""


def test_a_quarter_ago_is_a_snapshot_of_about_then(tmp_path: Path) -> None:
    root = papers(tmp_path)
    old = root / "data" / "accounts-2025-12-30.csv"
    for day, told in (("2026-01-01", "↓ vs Q-1: 69"), ("2025-11-17", "↓ vs Q-1: 69")):
        old = old.rename(root / "data" / f"accounts-{day}.csv")
        assert told in report(root, "qbr_prep", "A-7", "--language", "en"), day
    for day in ("2026-01-02", "2025-11-16"):
        old = old.rename(root / "data" / f"accounts-{day}.csv")
        assert "(Q-1 unknown)" in report(root, "qbr_prep", "A-7", "--language", "en"), day


def test_a_page_escapes_everything_and_fetches_nothing(root: Path) -> None:
    plan(
        root,
        PLAN.replace("Premier site", "'![x](https://a.example/x.png)'").replace(
            " en production", ""
        ),
    )
    page = report(root, "qbr_prep", "A-7", "--format", "html")
    assert "<script" not in page
    assert "Delta *SAS* | &lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<img" not in page
    assert not re.search(r"(?:src|href|url)\s*[=(]", page)
    assert page.startswith("<!DOCTYPE html>")


def test_an_email_s_page_has_its_subject_for_a_title_alone(root: Path) -> None:
    plan(root, PLAN)
    page = report(root, "recap_email", "A-7", "--format", "html")
    assert "<title>Récap QBR Q1 - Delta *SAS* | &lt;script&gt;" in page
    assert "Objet" not in page
    assert page.count("Récap") == 1


def test_a_workspace_s_own_template_comes_first_and_brings_its_language(root: Path) -> None:
    (root / "documents").mkdir()
    (root / "documents" / "qbr_prep.en.md").write_text("# Ours: {{ csm | upper }}\n", "utf-8")
    (root / "documents" / "qbr_prep.de.md").write_text("# Vorbereitung {{ quarter }}\n", "utf-8")
    assert report(root, "qbr_prep", "A-7") == "# Ours: BRUNO KELLER\n"
    assert report(root, "qbr_prep", "A-7", "--language", "de") == "# Vorbereitung Q3\n"
    assert "Informations" in report(root, "qbr_prep", "A-7", "--language", "fr")


def test_a_bad_template_of_the_workspace_is_shown_with_its_place(root: Path) -> None:
    (root / "documents").mkdir()
    (root / "documents" / "qbr_prep.en.md").write_text("# Hello\n{{ helth_score }}\n", "utf-8")
    result = run(root, "qbr_prep", "A-7")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "documents/qbr_prep.en.md:2:4" in result.stderr
    assert "2 | {{ helth_score }}" in result.stderr
    assert "did you mean `health_score`?" in result.stderr


def test_a_template_that_is_not_utf_8_is_refused_with_its_place(root: Path) -> None:
    (root / "documents").mkdir()
    (root / "documents" / "qbr_prep.en.md").write_bytes(b"# Pr\xe9paration\n")
    result = run(root, "qbr_prep", "A-7")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error[not-utf-8]: the byte 0xE9 is not UTF-8 text" in result.stderr
    assert "documents/qbr_prep.en.md:1:5" in result.stderr


def test_every_standard_field_has_a_title_in_every_language() -> None:
    fields = {spec.name for spec in STANDARD}
    for language in shipped().languages():
        assert shipped().section("fields", language).keys() == fields


IN_OTHER_WORDS = {
    "account_id",
    "account_name",
    "arr",
    "health_score",
    "nps_score",
    "renewal_date",
    "signup_date",
}
"""The fields that the head of the preparation has in its own words."""


def filled(spec: FieldSpec) -> str:
    """A value of the field as an export has it."""
    by_type = {"text": spec.name, "date": "2025-05-17", "boolean": "true", "list": "one;two"}
    if spec.values:
        return spec.values[0]
    return "1" if spec.type == "number" else by_type[spec.type]


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_the_preparation_shows_every_field_that_the_snapshot_knows(
    tmp_path: Path, language: str
) -> None:
    # Ranks are of all accounts, not of the snapshot's row.
    fields = [
        spec for spec in STANDARD if spec.rank is None and spec.name not in (*RANKED, MERGED_INTO)
    ]
    row = {spec.name: filled(spec) for spec in fields} | {"account_id": "A-7", "csm": "Bruno"}
    bare = {"account_id": "A-8", "status": "active"}
    root = papers(tmp_path, [row, bare])
    titles = shipped().section("fields", language)
    shown, other = (
        re.findall(
            r"^- \*\*(.+?)\*\*\s?: ", report(root, "qbr_prep", id, "--language", language), re.M
        )
        for id in ("A-7", "A-8")
    )
    assert {spec.name for spec in fields if titles[spec.name] not in shown} <= IN_OTHER_WORDS
    assert titles["status"] in other
    assert titles["csat"] not in other


def test_every_text_document_ships_in_every_language() -> None:
    written = [name for name, document in DOCUMENTS.items() if "markdown" in document.formats]
    every = {f"{name}.{each}.md" for name in written for each in shipped().languages()}
    # Its suggestions are the playbook's, in English and French.
    assert every - {"self_serve_review.de.md"} == shipped_templates().keys()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("papers") / "demo"
    CliRunner().invoke(main, ["init", str(folder), "--demo", "--on", ON.isoformat()])
    return folder


def rows(demo: Path, day: str) -> dict[str, dict[str, Any]]:
    with (demo / "data" / f"accounts-{day}.csv").open(encoding="utf-8") as file:
        return {row["account_id"]: row for row in csv.DictReader(file)}


def test_the_example_s_documents_say_what_its_rows_say(demo: Path) -> None:
    now, before = rows(demo, "2026-04-01"), rows(demo, "2025-12-31")
    for account in ("00001", "00002", "00004", "00005", "00020", "00040", "00170", "00300"):
        row = now[account]
        text = report(demo, "qbr_prep", account, "--language", "en")
        assert f"# QBR Prep - {row['company']} - Q2 2026\n" in text
        for label, column in (("NPS", "nps_score"), ("Health Score", "health_score")):
            said = re.search(rf"\*\*{label}\*\*: (-?\d+)", text)
            assert (said[1] if said else "") == row[column]
        arr = re.search(r"\*\*ARR\*\*: \D?([\d,]+)", text)
        assert (arr[1].replace(",", "") if arr else "") == row["annual_value"]
        old = before[account]["health_score"]
        if old and row["health_score"] and old != row["health_score"]:
            arrow = "↑" if float(row["health_score"]) > float(old) else "↓"
            assert f"({arrow} vs Q-1: {old})" in text


def test_the_review_by_email_has_the_row_s_figures_and_what_the_playbook_picks(demo: Path) -> None:
    now, before = rows(demo, "2026-04-01"), rows(demo, "2025-12-31")
    for account in ("00020", "00021", "00040"):
        row, old = now[account], before[account]
        text = report(demo, "self_serve_review", account, "--language", "en")
        assert text.startswith("Subject: Your quarterly Acme review 📊\n")
        for label, column in (
            ("Projects created", "projects_90d"),
            ("Collaborations", "collaborations_90d"),
        ):
            cells = table_row(text, label)
            assert cells[1] == row[column]
            if float(old[column]):
                change = round((float(row[column]) / float(old[column]) - 1) * 100, 1)
                assert float(cells[2].rstrip("%")) == pytest.approx(change, abs=0.051)
            else:
                assert cells[2] == "n/a"
        assert (
            table_row(text, "Time saved")[1].split()[0].replace(",", "") == row["hours_saved_90d"]
        )
        assert (
            table_row(text, "Features used")[1] == f"{row['features_used']}/{row['features_total']}"
        )
        if float(row["projects_90d"]) and float(row["seats_active"]) < 0.8 * float(
            row["seats_licensed"]
        ):
            seats = f"{row['seats_active']} of {row['seats_licensed']} are active today."
            assert f"\n1. Put all your seats to use: {seats}\n" in text
        assert in_order(text, ["SUGGESTIONS FOR THE NEXT QUARTER", "\n1. ", "\n2. "])
        assert "\n3. " not in text
        unused = [
            name
            for name in ("automation", "integrations", "reports", "templates", "mobile")
            if row[f"uses_{name}"] == "false"
        ]
        named = re.findall(r"^- (\w+)", text, re.M)
        assert [name.lower()[:6] for name in named] == [name[:6] for name in unused[:2]]


def table_row(text: str, label: str) -> list[str]:
    (line,) = re.findall(rf"^\| {label} .*$", text, re.M)
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("account", ["00001", "00002", "00020", "00021", "00040"])
def test_the_review_by_email_never_differs_from_the_playbook_s_own(
    demo: Path, account: str
) -> None:
    """Of 1 April, a date of the playbook's: its `previous` is what 1 January saw, the snapshot of 31 December."""
    project = load_project(demo)
    snapshots = Snapshots(project.workspace, project.catalogue)
    fields = project.catalogue.fields.keys() - {"account_id"}
    now, before = (
        next(
            row
            for row in snapshots.load(day, fields).frame.iter_rows(named=True)
            if row["account_id"] == account
        )
        for day in (ON, dt.date(2025, 12, 31))
    )
    playbook = next(each for each in project.playbooks if each.id == "self_serve_review")
    (action,) = playbook.machine.actions()
    entry = dict.fromkeys(("anchor", "cycle", "owner", "title"))
    entry |= dict.fromkeys(("evaluated_on", "due_on", "contact_on"), ON)
    entry |= {"playbook": playbook.id, "step": action.step, "action": action.id}
    values = {**now, **{f"{name}@previous": value for name, value in before.items()}}
    letter = MessageRenderer(project.workspace, project.playbooks).write(
        {**entry, "message": action.message}, values
    )
    assert letter is not None
    text = report(demo, "self_serve_review", account, "--language", letter.language)
    assert text.partition("\n")[0].endswith(f": {letter.subject}")
    for picked in re.findall(r"^(?:\d\.|•) .*$", letter.body, re.M):
        assert picked.replace("• ", "- ") in text
    figures = re.findall(r"^- (.+?) ?: ([^(\n]+?)(?: \((.*)\))?$", letter.body, re.M)
    assert len(figures) == 4
    for label, figure, change in figures:
        cells = table_row(text, label)
        assert cells[1] == figure
        if change:
            assert cells[2].lower() == change.lower()


def test_the_review_by_email_is_the_source_s(demo: Path) -> None:
    text = report(demo, "self_serve_review", "00001", "--language", "fr", "--format", "markdown")
    assert in_order(
        text,
        [
            "Objet : Votre bilan trimestriel Acme 📊",
            "Bonjour Romane,",
            "Voici votre bilan du trimestre sur Acme :",
            "📊 VOS STATISTIQUES",
            "| Métrique | Ce trimestre | Évolution |",
            "| Projets créés | ",
            "| Temps économisé | ",
            "| Collaborations | ",
            "| Features utilisées | ",
            "SUGGESTIONS POUR LE PROCHAIN TRIMESTRE",
            "Basé sur votre usage, nous vous recommandons :",
            "1. ",
            "2. ",
            "🆕 NOUVEAUTÉS QUE VOUS AVEZ PEUT-ÊTRE MANQUÉES",
            "[Voir mon rapport complet](https://example.com/full-report)",
            "Questions ? Répondez à cet email.",
            "L'équipe Acme",
        ],
    )


def test_the_review_by_email_needs_its_playbook(root: Path) -> None:
    result = run(root, "self_serve_review", "A-7")
    assert result.exit_code == 1
    assert "error[unknown-playbook]: there is no good playbook `self_serve_review`" in result.stderr


@pytest.mark.parametrize(
    ("field", "value", "language", "text"),
    [
        ("notice_days", 90.0, "en", "90 days"),
        ("notice_days", 1.0, "fr", "1 jour"),
        ("contract_term_months", 12.0, "fr", "12 mois"),
        ("contract_term_months", 1.0, "de", "1 Monat"),
        ("notice_days", 0.5, "fr", "0,5"),
        ("seats_active", 40.0, "en", "40"),
    ],
)
def test_lengths_of_time_have_their_unit(
    field: str, value: float, language: str, text: str
) -> None:
    (spec,) = (each for each in STANDARD if each.name == field)
    assert field_value_text(value, spec, {}, language) == text
