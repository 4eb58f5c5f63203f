"""The engine's texts are in the catalogues, and none is in code.

Pages, slides and metrics are made in Esperanto, of which Babel knows dates and numbers, and which only a catalogue of
the tests has. Each text of it is marked: any other word comes from the workspace's data or from Babel, or is a text in
code.
"""

from __future__ import annotations

import ast
import datetime as dt
import json
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import tenure.cli
import tenure.engine
from babel import Locale
from click.testing import CliRunner
from support.playbook_texts import loaded, timeline, with_body
from support.review_account import PLAN, review_workspace
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.core.languages import choose_text
from tenure.engine.documents.account_documents import facts_of
from tenure.engine.documents.deck.review_deck import lay_out
from tenure.engine.documents.deck.slide_model import BAD, FAIR, GOOD
from tenure.engine.documents.registry import DocumentRequest, make_document
from tenure.engine.fields.standard_fields import STANDARD
from tenure.engine.metrics.groups import FAMILIES
from tenure.engine.metrics.roi import ROI_FIELDS
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.text import translations
from tenure.engine.workspace.plan_schema import PLAN_SHAPE

ON = dt.date(2026, 4, 1)
PACKAGES = [Path(package.__path__[0]) for package in (tenure.engine, tenure.cli)]

FOREIGN = {
    "engine/example/companies.py": "names of made-up companies and people",
    "engine/example/people.py": "names of made-up people",
    "engine/language/worded_comparisons.py": "words of comparisons in English, French and German",
    "engine/calendar/regions.py": "names of regions in English, French and German",
    "engine/documents/deck/text_fit.py": "wide letters",
    "engine/metrics/review_impact.py": "a heading of a source document, which is in French",
    "engine/text/calendar_words.py": "names of months and weekdays in English, French and German",
    "engine/text/printable.py": "ranges of letters that are hidden or join others",
    "engine/text/written_values.py": "units and numbers as people write them in French and German",
    "engine/importing/written_dates.py": "words between dates and times in French",
    "engine/sources/how_to_read.py": "words between dates and times in French",
    "engine/sources/export_file.py": "letters by which an encoding is told",
    "engine/importing/table_layout.py": "words of rows with totals in French and German",
    "engine/importing/written_numbers.py": "signs of currencies, and signs that people write in numbers",
    "engine/language/parser.py": "words of French and German that a help says in Tenure's",
    "engine/language/text_tests.py": "words of French and German for tests of texts",
}
"""Modules with letters of other alphabets than English, each with the reason."""


def literals(source: str) -> Iterator[str]:
    """The texts in code, without docstrings."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = ""


def has_text_of_other_languages(source: str) -> bool:
    """Whether the code has a letter that English lacks, or texts by language."""
    by_language = any(
        {"en", "fr"} <= {key.value for key in node.keys if isinstance(key, ast.Constant)}
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Dict)
    )
    return by_language or any(foreign(text) for text in literals(source))


def foreign(text: str) -> bool:
    return any(sign.isalpha() and not sign.isascii() for sign in text)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('t("Account at risk", "Compte à risque")', True),
        ('f"{risk} à risque"', True),
        ('{"en": "Done", "fr": "Fait"}', True),
        ('"""À risque."""\nt("at_risk")', False),
        ('def f():\n    """Return `2. März`."""\n    return "10 €"', False),
    ],
)
def test_text_of_other_languages_is_found(source: str, found: bool) -> None:
    assert has_text_of_other_languages(source) is found


def test_no_module_has_text_of_other_languages() -> None:
    found = {
        f"{package.name}/{file.relative_to(package).as_posix()}"
        for package in PACKAGES
        for file in package.rglob("*.py")
        if has_text_of_other_languages(file.read_text("utf-8"))
    }
    assert found == FOREIGN.keys()


def test_no_template_without_a_language_in_its_name_has_text() -> None:
    folder = PACKAGES[0] / "documents" / "templates"
    for file in [each for each in folder.iterdir() if each.name.count(".") == 1]:
        assert not foreign(file.read_text("utf-8")), file.name


SECTIONS = ("portfolio", "deck", "states", "sources", "remarks", "digest")

BUILT = {
    *(f"{effect}_benchmark" for effect in ("retention", "expansion", "nps")),
    *(f"is_{urgency}" for urgency in ("today", "overdue", "new", "open")),
}
"""Keys that code puts together."""


def test_each_text_is_used_and_each_key_in_code_has_a_text() -> None:
    trees = [ast.parse(file.read_text("utf-8")) for file in PACKAGES[0].rglob("*.py")]
    used = {text for tree in trees for text in constants(tree)}
    used |= set(re.findall(r"""\bt\(["'](\w+)["']""", page_templates()))
    english = {name: translations.shipped().section(name, "en") for name in SECTIONS}
    for name, texts in english.items():
        assert texts.keys() - BUILT <= used, name
    remarks = {key for tree in trees for key in first_arguments(tree, "remark")}
    assert remarks <= english["remarks"].keys()
    called = {key for tree in trees for key in first_arguments(tree, "t")}
    assert called <= english["portfolio"].keys() | english["deck"].keys() | english["digest"].keys()
    assert len(remarks) > 20
    assert len(called) > 80


def constants(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def first_arguments(tree: ast.AST, function: str) -> Iterator[str]:
    """The texts that are first arguments of calls of a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            first = node.args[0] if node.args else None
            if node.func.id == function and isinstance(first, ast.Constant):
                yield first.value


def page_templates() -> str:
    """The templates of the portfolio and of the digest."""
    digests = sorted((PACKAGES[0] / "delivery" / "templates").glob("digest.*"))
    portfolio = PACKAGES[0] / "documents" / "templates" / "portfolio.html"
    return "".join(path.read_text("utf-8") for path in (portfolio, *digests))


@pytest.fixture
def esperanto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A catalogue more: the English one, with each text marked."""
    folder = tmp_path / "catalogues"
    shutil.copytree(translations.CATALOGUES, folder)
    english = tomllib.loads((folder / "en.toml").read_text("utf-8"))
    (folder / "eo.toml").write_text("\n".join(toml(marked(english))), "utf-8")
    monkeypatch.setattr(translations, "CATALOGUES", folder)
    forget()
    yield
    monkeypatch.undo()
    forget()


def forget() -> None:
    translations.shipped.cache_clear()
    translations._text.cache_clear()


def marked(table: Mapping[str, Any]) -> dict[str, Any]:
    """The texts with the parts between their places in brackets: `Week of {week}` becomes `⟦Week of ⟧{week}`."""
    return {
        key: marked(value) if isinstance(value, dict) else "".join(parts(value))
        for key, value in table.items()
    }


def parts(text: str) -> Iterator[str]:
    for between, place, _, _ in Formatter().parse(text):
        yield f"⟦{between.replace('{', '{{').replace('}', '}}')}⟧" if between else ""
        yield f"{{{place}}}" if place is not None else ""


def toml(table: Mapping[str, Any], section: str = "") -> Iterator[str]:
    texts = {key: value for key, value in table.items() if isinstance(value, str)}
    if texts:
        yield f"[{section}]"
        yield from (f"{json.dumps(key)} = {json.dumps(value)}" for key, value in texts.items())
    for key, value in table.items():
        if isinstance(value, dict):
            yield from toml(value, f"{section}.{key}" if section else key)


def words(text: str) -> set[str]:
    """The words that are not of the catalogue."""
    return set(re.findall(r"[^\W\d_]{2,}", re.sub("⟦[^⟧]*⟧", " ", text)))


def data_words(root: Path) -> set[str]:
    """The words of the values in a workspace's files, and of dates in Esperanto."""
    tables = [file.read_text("utf-8").partition("\n")[2] for file in root.rglob("*.csv")]
    texts = [re.sub(r"\w+:", "", file.read_text("utf-8")) for file in root.rglob("*.yaml")]
    months = Locale("eo").months["format"]
    names = [name for width in ("wide", "abbreviated") for name in months[width].values()]
    return words(" ".join([*tables, *texts, *names]))


PLAYBOOK = """\
playbook: renewal
title: Renouvellement
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 400 days, then: issue}
timeline:
  anchor: renewal_date
  steps:
    - id: preparation
      title: Vorbereitung
      at: -120 days
      do:
        - task: {id: recovery_plan, owner: csm, due: 20 days, when: health_score < 50}
        - task: {id: risks, owner: [csm, operations], due: 10 days}
"""


def accounts() -> Iterator[dict[str, Any]]:
    """Forty accounts that differ in whatever the page tells apart, with values missing and bad."""
    for n in range(40):
        yield {
            "account_id": f"{n:03}",
            "account_name": f"Konto{n:03}",
            "status": "lapsed" if n % 11 == 10 else "active",
            "renewal_date": (ON + dt.timedelta(days=9 * n - 60)).isoformat(),
            "health_score": "" if n % 13 == 5 else 40 + (n * 17) % 60,
            "arr": "" if n % 17 == 9 else 1000 * n,
            "mrr": "x" if n == 3 else 100 * n + 100,
            "currency": "EUR" if n % 3 else "",
            "csm": ["Anna", "Bob", ""][n % 3],
            "segment": ["growth", "strategic", ""][n % 3],
            "signup_date": dt.date(2025, 4, 1 + n % 28).isoformat(),
            "last_review_date": dt.date(2025, 3 + n % 9, 1).isoformat(),
        }


@pytest.fixture
def portfolio(tmp_path: Path) -> Path:
    root = workspace(tmp_path / "w", {"renewal": PLAYBOOK}, SETTINGS.replace("Test", "Laborejo"))
    for month in range(13):
        year, index = divmod(2025 * 12 + 3 + month, 12)
        snapshot(root, dt.date(year, index + 1, 1), list(accounts()))
    run(load_project(root), ON)
    return root


class Text(HTMLParser):
    """What a page shows or reads out: its text, and the labels of its parts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._in_style = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        labels = ("aria-label", "data-label", "title", "alt")
        self.parts += [value for name, value in attrs if name in labels and value]

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            self.parts.append(data)


@pytest.mark.usefixtures("esperanto")
@pytest.mark.parametrize("on", [ON, dt.date(2025, 4, 1), dt.date(2024, 1, 1)])
def test_a_page_has_no_word_that_is_neither_of_the_catalogue_nor_data(
    portfolio: Path, on: dt.date
) -> None:
    """On the last date with a run; on one with a single snapshot; on one before everything."""
    request = DocumentRequest(load_project(portfolio), "portfolio", None, on, "eo", "html")
    page = make_document(request).content
    assert isinstance(page, str)
    assert '<html lang="eo">' in page
    text = " ".join(Text(page).parts)
    assert "⟦Portfolio on⟧" in text
    assert words(text) - data_words(portfolio) <= DERIVED


DERIVED = {"self", "serve"}
"""The segment that the field catalogue gives to accounts without one."""


@pytest.mark.usefixtures("esperanto")
@pytest.mark.parametrize("by", [[], ["--by", "segment"]])
def test_metrics_have_no_word_that_is_neither_of_the_catalogue_nor_data(
    portfolio: Path, by: list[str]
) -> None:
    where = ["--workspace", str(portfolio), "--on", ON.isoformat(), "--language", "eo"]
    result = CliRunner().invoke(main, ["metrics", *FAMILIES, *where, *by, "--explain"])
    assert result.exit_code in (0, 4), result.output
    assert "⟦Net revenue retention (NRR)⟧" in result.stdout
    without_headings = re.sub("`[^`]*`", "", result.stdout)
    assert words(without_headings) - data_words(portfolio) <= DERIVED | SOURCES | ROI_NAMES


ROI_NAMES = words(" ".join(ROI_FIELDS))

SOURCES = {"retention", "QBR"}
"""Names of the source documents, whose headings are in backticks."""


WHERE = words(" ".join(["plans/007.yaml", *PLAN_SHAPE.keys, *(spec.name for spec in STANDARD)]))
"""Names of fields, of the plan's file and its keys, which say where to put what is missing."""


@pytest.mark.usefixtures("esperanto")
@pytest.mark.parametrize(("plan", "where"), [(PLAN, set()), (None, WHERE)])
def test_a_deck_has_no_word_that_is_neither_of_the_catalogue_nor_data(
    tmp_path: Path, plan: str | None, where: set[str]
) -> None:
    root = review_workspace(tmp_path / "w", plan)
    request = DocumentRequest(load_project(root), "review_deck", "007", ON, "eo", "pptx")
    deck, _ = lay_out(request, facts_of(request))
    text = " ".join(shown(asdict(deck)))
    assert "⟦Quarterly Business Review⟧" in text
    assert words(text) - data_words(root) <= where


def shown(part: object) -> Iterator[str]:
    """The texts of a part of a deck."""
    if isinstance(part, dict):
        yield from shown([value for name, value in part.items() if name != "language"])
    elif isinstance(part, list | tuple):
        for each in part:
            yield from shown(each)
    elif isinstance(part, str) and part not in (GOOD, FAIR, BAD):
        yield part


LEVELS = """
since: signup_date
notice: {before: 30 days, do: [task: {owner: csm}]}
downgrade: one level
below_for: 30 days
levels:
  - {id: bronze, title: Bronze, when: arr > 10}
  - {id: silver, title: {fr: Argent}, after: 365 days, when: arr > 20}
"""


MACHINE = """
initial: open
states: [{id: open, title: Offen}, {id: over, title: Vorbei, final: true}]
transitions: [{from: open, to: over, after: 5 days}]
"""


@pytest.mark.parametrize(
    ("body", "titles"),
    [
        (
            with_body("tiers", LEVELS),
            {
                "enrolled": "Noch keine Stufe",
                "bronze_notified": "Bronze, über die nächste informiert",
                "bronze_below": "Bronze, darunter",
                "silver_below": "Argent, darunter",
            },
        ),
        (
            timeline("steps: [{id: notice, title: Notiz, at: -30 days, do: [task: {owner: csm}]}]"),
            {"enrolled": "Aufgenommen", "done": "Abgeschlossen"},
        ),
        (
            with_body(
                "anniversaries",
                "of: signup_date\nyears: [{id: first, title: Eins, year: 1, do: [task: {owner: csm}]}]",
            ),
            {"enrolled": "Jahrestag", "uncelebrated": "Nichts geplant"},
        ),
        (
            with_body("machine", MACHINE),
            {"enrolled": "Aufgenommen"},
        ),
    ],
)
def test_states_that_a_playbook_does_not_write_have_german_titles(
    body: str, titles: dict[str, str]
) -> None:
    states = loaded(body).machine.states
    assert titles.items() <= {state.id: choose_text(state.title, "de") for state in states}.items()
