"""What README.md shows is so: its playbooks and settings are good, its commands run, and print what it says."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from tenure.cli.main import COMMANDS, main
from tenure.engine.fields.load import load_catalogue
from tenure.engine.language.functions import FUNCTIONS
from tenure.engine.language.tree import NAMES
from tenure.engine.machine.check import check_machine
from tenure.engine.playbook.load import load_playbook
from tenure.engine.playbook.lowering import Surroundings
from tenure.engine.playbook.step_shape import KINDS
from tenure.engine.playbook.vocabulary import MESSAGE_NAMES, TIER_NAMES
from tenure.engine.runs.project import surroundings
from tenure.engine.text.render import render
from tenure.engine.text.yaml import read_yaml
from tenure.engine.workspace.load import load_workspace

HEAD = """\
playbook: actions
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 7 days, then: skip}
anniversaries:
  of: signup_date
  years:
    - id: first_year
      year: 1
      do:
"""
README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
ON = "2026-04-01"


def blocks(kind: str) -> list[str]:
    """The contents of every fenced block that is marked so."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def tenure(*args: str) -> tuple[int, str]:
    """The exit code, and everything printed."""
    result = CliRunner().invoke(main, args)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readme") / "demo"
    assert tenure("init", str(folder), "--on", ON)[0] == 0
    return folder


@pytest.fixture(scope="module")
def around(demo: Path) -> Surroundings:
    workspace, catalogue, _, _ = load_workspace(demo)
    return surroundings(workspace, catalogue)


def test_there_is_something_to_check() -> None:
    bodies = {"timeline", "triggers", "tiers", "anniversaries", "machine"}
    shown = {line for text in blocks("yaml playbook") for line in text.splitlines()}
    assert {f"{body}:" for body in bodies} <= shown
    assert blocks("console")


@pytest.mark.parametrize("text", blocks("yaml playbook"), ids=lambda text: text.split("\n")[0])
def test_playbook_is_good(text: str, around: Surroundings) -> None:
    playbook, problems = load_playbook(text, "playbook.yaml", around)
    assert playbook is not None, render(problems, {"playbook.yaml": text})
    problems = problems + check_machine(playbook)
    assert not problems, render(problems, {"playbook.yaml": text})


@pytest.mark.parametrize("text", blocks("yaml actions"), ids=lambda text: text.split("\n")[0])
def test_actions_are_good(text: str, around: Surroundings) -> None:
    test_playbook_is_good(HEAD + textwrap.indent(text, " " * 8), around)


def test_every_word_of_messages_is_explained() -> None:
    explained = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", README, re.M))))
    assert {*MESSAGE_NAMES, *TIER_NAMES} <= explained


@pytest.mark.parametrize("text", blocks("yaml settings"), ids=lambda text: text.split("\n")[0])
def test_settings_are_good(text: str, tmp_path: Path) -> None:
    (tmp_path / "tenure.yaml").write_text(text, "utf-8")
    workspace, _, problems, sources = load_workspace(tmp_path)
    assert workspace is not None
    assert not problems, render(problems, sources)


@pytest.mark.parametrize("text", blocks("yaml fields"), ids=lambda text: text.split("\n")[0])
def test_fields_are_good(text: str) -> None:
    node, problems = read_yaml(text, "fields.yaml")
    problems = problems + load_catalogue(node)[1]
    assert not problems, render(problems, {"fields.yaml": text})


def test_problems_are_shown_as_it_says(around: Surroundings) -> None:
    [wrong], [shown] = blocks("yaml wrong"), blocks("text")
    problems = load_playbook(wrong, "playbooks/oops.yaml", around)[1]
    assert render(problems, {"playbooks/oops.yaml": wrong}) == shown


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command with the lines shown as its output, in order."""
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *shown = part.splitlines()
            yield command, shown


def has_in_order(line: str, words: list[str]) -> bool:
    """Whether the line has all the words in their order, whatever stands between them."""
    rest = iter(line.split())
    return all(word in rest for word in words)


def test_commands_run_and_print_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder of its own, from top to bottom; of each shown line columns may be left out."""
    monkeypatch.chdir(tmp_path)
    ran = set()
    for command, shown in commands():
        program, *args = shlex.split(command)
        if program == "cd":
            monkeypatch.chdir(args[0])
        if program != "tenure":
            continue
        code, output = tenure(*args)
        ran.add(args[0])
        # The example has bad values on purpose, which `run` and `preview` tell with 1.
        assert code == 0 or (code == 4 and args[0] in ("run", "preview")), (command, output)
        lines = output.splitlines()
        for line in shown:
            assert any(has_in_order(each, line.split()) for each in lines), (command, line)
    assert ran == set(COMMANDS)


@pytest.mark.parametrize(
    "words", [FUNCTIONS, NAMES, KINDS, COMMANDS], ids=["functions", "names", "kinds", "commands"]
)
def test_every_word_is_explained(words: dict[str, object]) -> None:
    explained = "\n".join(line for line in README.splitlines() if line.startswith("| "))
    missing = [word for word in words if not re.search(rf"`(tenure )?{word}\b", explained)]
    assert not missing


def test_links_within_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
    assert set(re.findall(r"\]\(#([^)]*)\)", README)) <= anchors
