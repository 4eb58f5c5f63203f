"""`tenure describe`: every number and name of a description is one of the machine, and none is lost."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from babel.numbers import NumberFormatError, parse_decimal
from click.testing import CliRunner
from tenure.cli.init import create_empty, empty_layout
from tenure.cli.main import main
from tenure.engine.core.languages import choose_text
from tenure.engine.core.offsets import Offset
from tenure.engine.documents.condition_words import ConditionWords
from tenure.engine.documents.markdown import escape
from tenure.engine.foresight.description import dated_steps, describe_playbook
from tenure.engine.foresight.description_page import description_text
from tenure.engine.language.expressions import (
    BUILTIN_NAMES,
    Alias,
    Constant,
    Expression,
    Field,
)
from tenure.engine.language.functions import FUNCTIONS
from tenure.engine.language.functions.event_functions import EVENT_FUNCTIONS
from tenure.engine.playbook.model import (
    ENROLLED,
    Agenda,
    AgendaPart,
    Holdout,
    Lines,
    Machine,
    Minutes,
    Playbook,
)
from tenure.engine.project.loading import Project, load_project
from tenure.engine.text.translations import shipped

LANGUAGES = ("en", "fr", "de")
PLAYBOOKS = tuple(
    sorted(path.stem for path in (Path(__file__).parents[2] / "playbooks").glob("*.yaml"))
)
QUOTES = {"en": "“([^”]*)”", "fr": "«\u00a0([^»]*)\u00a0»", "de": "„([^“]*)“"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("described") / "w"
    create_empty(root, empty_layout("en", "Europe/Paris", None))
    return load_project(root)


def parts(thing: Any) -> Iterator[Any]:
    """Everything within a record, by its fields and items, whatever it is."""
    yield thing
    if isinstance(thing, str | Offset):
        return
    if dataclasses.is_dataclass(thing):
        for each in dataclasses.fields(thing):
            if each.name not in ("span", "calendar"):
                yield from parts(getattr(thing, each.name))
    elif isinstance(thing, tuple):
        for value in thing:
            yield from parts(value)


def facts(machine: Machine, language: str) -> tuple[set[str], set[float], set[str]]:
    """The texts, the numbers and the defined names of a machine."""
    texts, numbers, names = set[str](), set[float](), set[str]()
    for part in parts(machine):
        if isinstance(part, Offset):
            numbers.add(abs(part.count))
        elif isinstance(part, Constant) and isinstance(part.value, str):
            texts.add(part.value)
        elif isinstance(part, Constant) and not isinstance(part.value, bool):
            if isinstance(part.value, int | float):
                numbers.add(abs(float(part.value)))
        elif isinstance(part, Alias) and part.name.isidentifier():
            names.add(part.name.replace("_", " "))
    return texts, numbers, names


def shown_numbers(text: str, language: str) -> set[float]:
    found = set()
    for number in re.findall(r"(?<![\w.])\d[\d.,\u00a0\u202f]*\d|(?<![\w.])\d", text):
        try:
            found.add(float(parse_decimal(number.rstrip(".,"), locale=language)))
        except NumberFormatError:
            found.add(-1.0)
    return found


def titles(playbook: Playbook, language: str) -> set[str]:
    """The texts for people that the playbook has, of which a description quotes some."""
    machine = playbook.machine
    found = {choose_text(state.title, language) for state in machine.states}
    found |= {choose_text(action.title, language) for action in machine.actions()}
    for action in machine.actions():
        for _, value in action.detail:
            if isinstance(value, Lines):
                found |= {choose_text(text, language) for text in value.texts}
            elif isinstance(value, Agenda):
                found |= {choose_text(part.title, language) for part in value.parts}
            elif not isinstance(value, str | int | Minutes):
                found.add(choose_text(value, language))
    return {each for each in found if each}


@cache
def described(project: Project, playbook: str, language: str) -> str:
    (chosen,) = (each for each in project.playbooks if each.id == playbook)
    return describe_playbook(project, chosen, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("id", PLAYBOOKS)
def test_no_number_or_name_is_invented_or_lost(id: str, language: str, project: Project) -> None:
    (playbook,) = (each for each in project.playbooks if each.id == id)
    text = re.sub(r"`[^`]*`", "", described(project, id, language))
    constants, numbers, names = facts(playbook.machine, language)
    quoted = titles(playbook, language)
    plain = text.replace("\\", "")
    # Lost: every title, name, text and number of the machine is there.
    shown = {each for each in quoted if each in plain}
    hidden = {choose_text(s.title, language) for s in playbook.machine.states if s.id == ENROLLED}
    assert quoted - shown <= hidden
    for each in (*names, *constants):
        assert escape(each) in text, each
    assert numbers - {0} <= shown_numbers(plain, language) | {0}
    # Invented: without the playbook's own texts, only its numbers, names and fields are left.
    quoted |= {choose_text(t, language) for a in playbook.machine.actions() for _, t in a.because}
    for each in sorted(quoted, key=len, reverse=True):
        if re.search(r"[\d“”«»„]", each):
            plain = plain.replace(each, "")
    minutes = {
        float(number or 0)
        for part in parts(playbook.machine)
        for number in (
            part
            if isinstance(part, Minutes)
            else [part.minutes]
            if isinstance(part, AgendaPart)
            else []
        )
    }
    counts = {
        float(each)
        for action in playbook.machine.actions()
        for each in (action.repeat.at_most if action.repeat else 1, action.until or 1)
    }
    allowed = numbers | minutes | counts | {float(f.at_most) for f in playbook.machine.follow_ups}
    allowed |= {float(playbook.catch_up.within), *map(float, re.findall(r"\d+", playbook.schedule))}
    dates = [p.value for p in parts(playbook.machine) if isinstance(p, Constant)]
    for date in (each for each in dates if isinstance(each, dt.date)):
        allowed |= {float(date.day), float(date.year)}
    if playbook.at_most:
        allowed |= {float(playbook.at_most.openings), float(playbook.at_most.days)}
    # "1 for Monday" explains the days of the week; the file names itself.
    without_fields = re.sub(r"\*[^*]+\*", "", plain.replace("**", ""))
    assert not shown_numbers(without_fields, language) - allowed - {1.0, 0.0}
    known = (
        names
        | constants
        | quoted
        | {playbook.priority, "oui", "non", "yes", "no", "ja", "nein", ""}
    )
    known |= set(project.workspace.policy.priorities)
    known |= {action.needs.id for action in playbook.machine.actions() if action.needs}
    assert {each.strip() for each in re.findall(QUOTES[language], plain)} <= known
    read = {part.name for part in parts(playbook.machine) if isinstance(part, Field)}
    section = shipped().section("fields", language)
    fields = {escape(section.get(name, name)) for name in read}
    fields |= {project.catalogue.fields[name].title or name for name in read}
    assert set(re.findall(r"\*([^*]+)\*", text.replace("**", ""))) <= fields


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_function_and_name_has_words(language: str) -> None:
    catalogue = shipped()
    assert set(catalogue.section("describe.functions", language)) == set(FUNCTIONS)
    assert set(EVENT_FUNCTIONS) <= set(catalogue.section("describe.events", language))
    assert set(BUILTIN_NAMES) <= set(catalogue.section("describe.names", language))


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("arr < 1000.5", "*ARR* is below 1,000.5"),
        ("not arr < 1000", "*ARR* is at least 1,000"),
        ("not (arr == 1 and vip)", "it is not so that (*ARR* is 1 and *VIP* is “yes”)"),
        ("not not vip", "*VIP* is “yes”"),
        (
            "not vip or arr is missing and vip",
            "*VIP* is “no” or (*ARR* is not known and *VIP* is “yes”)",
        ),
        ("segment in ('growth', 'self_serve')", "*Segment* is one of “growth”, “self_serve”"),
        ("segment not in ('growth')", "*Segment* is none of “growth”"),
        ("csm is not missing", "*CSM* is known"),
        ("renewal_date - 90 days >= today", "*Renewal* minus 90 days is not before today"),
        ("days_until(renewal_date) == 1", "the number of days until *Renewal* is 1"),
        ("(arr + 1) * 2 > 4", "(*ARR* plus 1) times 2 is above 4"),
        (
            "change(health_score, 30 days) <= -15",
            "the change of *Health* over 30 days is at most -15",
        ),
    ],
)
def test_conditions_in_words(condition: str, words: str, project: Project) -> None:
    assert ConditionWords("en", project.catalogue)(parsed(condition, project)) == words


def parsed(condition: str, project: Project) -> Expression:
    from tenure.engine.language.condition import Scope, load_condition
    from tenure.engine.playbook.lowering import TRUE
    from tenure.engine.project.project_reading import symbols_of
    from tenure.engine.text.yaml_reader import read_yaml

    node, _ = read_yaml(f'"{condition}"', "f.yaml")
    assert node is not None
    around = symbols_of(project.workspace, project.catalogue)
    found, problems = load_condition(node, Scope(around.fields, TRUE))
    assert problems == []
    assert found is not None
    return found


def test_steps_of_the_calendar_are_those_of_the_file(project: Project) -> None:
    (renewal,) = (each for each in project.playbooks if each.id == "renewal")
    days = [step.day for step in dated_steps(renewal, "en")]
    # "J-120 ... J-90 ... J-60 ... J-30 ... J-14 ... J-7 ... J0 (expiry, grace) ... J+7 ... J+30"
    assert days == [-120, -90, -60, -30, -14, -7, 0, 0, 7, 30]


@pytest.mark.parametrize("id", PLAYBOOKS)
def test_a_page_loads_nothing_and_its_drawings_are_whole(id: str, project: Project) -> None:
    (playbook,) = (each for each in project.playbooks if each.id == id)
    page = description_text(project, playbook, "fr", "html")
    assert "TENURE-" not in page
    assert not re.search(r"<script|https?://|src=", page)
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) == (2 if dated_steps(playbook, "fr") else 1)
    for drawing in drawings:
        ElementTree.fromstring(drawing)


def test_the_command_chooses_the_language(project: Project) -> None:
    def describe(*args: str) -> str:
        given = ["describe", "renewal", "--workspace", str(project.root), *args]
        result = CliRunner().invoke(main, given)
        assert result.exit_code == 0, result.output
        return result.stdout

    assert "## Who it is for\n" in describe()
    assert "## À qui il s'adresse\n" in describe("--language", "fr")
    assert "## Für wen es gilt\n" in describe("--language", "de-AT")
    assert "```mermaid\n" in describe()
    assert describe("--format", "html").startswith("<!DOCTYPE html>")


def test_a_step_of_the_calendar_counts_what_recurs_in_it(project: Project) -> None:
    (renewal,) = (each for each in project.playbooks if each.id == "renewal")
    # At the grace period there is a task, and an email that comes again.
    assert [
        step.actions for step in dated_steps(renewal, "en") if step.title == "Grace period"
    ] == [2]


@pytest.mark.parametrize(
    ("language", "share"), [("en", "12.5%"), ("fr", "12,5\u00a0%"), ("de", "12,5\u00a0%")]
)
def test_a_holdout_is_a_rule_with_its_share(language: str, share: str, project: Project) -> None:
    (vip,) = (each for each in project.playbooks if each.id == "vip")
    with_holdout = vip._replace(holdout=Holdout(Decimal("0.125"), frozenset()))
    before, after = (describe_playbook(project, each, language) for each in (vip, with_holdout))
    [sentence] = set(after.splitlines()) - set(before.splitlines())
    assert sentence.startswith(f"- {share} ")
