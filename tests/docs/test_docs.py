"""README and docs: playbooks load, commands run and print what is shown, links lead to pages."""

from __future__ import annotations

import csv
import re
import shutil
import textwrap
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from support.doc_blocks import (
    DOCS,
    ROOT,
    Block,
    Command,
    all_blocks,
    blocks,
    commands,
    pages,
    tables,
)
from support.problem_examples import ELSEWHERE
from tenure.cli.main import COMMANDS, main
from tenure.engine.fields.catalogue_loader import load_catalogue
from tenure.engine.foresight.assumptions import read_assumptions
from tenure.engine.language.expressions import BUILTIN_NAMES
from tenure.engine.language.functions import FUNCTIONS
from tenure.engine.language.functions.event_functions import EVENT_FUNCTIONS
from tenure.engine.machine.machine_checks import check_machine
from tenure.engine.machine.playbook_warnings import playbook_warnings
from tenure.engine.playbook.lowering import Symbols
from tenure.engine.playbook.playbook_loader import load_playbook
from tenure.engine.playbook.step_schema import KINDS
from tenure.engine.playbook.template_names import MESSAGE_NAMES, TIER_NAMES
from tenure.engine.project.project_reading import symbols_of
from tenure.engine.text.problem_codes import PROBLEM_CODES
from tenure.engine.text.problem_help import HELP
from tenure.engine.text.problem_text import render
from tenure.engine.text.yaml_reader import read_yaml
from tenure.engine.workspace.plan_file import read_plan
from tenure.engine.workspace.plan_items import dated_items, repeated_items
from tenure.engine.workspace.settings_loader import load_workspace
from tenure_docs.commands import command_sections
from tenure_docs.pages import generate_pages
from tenure_docs.problems import examples_of

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
ON = "2026-04-01"
LEFT_OUT = 4
"""The exit code of `run` and `preview` where rows are left out: the example has bad values on purpose."""
EXAMPLES = sorted(path.parent for path in (DOCS / "examples").glob("*/expected.csv"))
CHECKED = {
    "console",
    "yaml playbook",
    "yaml actions",
    "yaml settings",
    "yaml fields",
    "yaml plan",
    "yaml assumptions",
    "yaml wrong",
    "text problems",
    "pycon",
}
UNCHECKED = {"sh", "text", "{toctree}"}
"""`sh` changes the machine that it runs on; `text` is a drawing."""

WITHOUT_HELP: frozenset[str] = frozenset()
"""Codes whose help is still to be written; the aim is none."""


@cache
def made() -> dict[str, str]:
    """Every generated page by its path below `docs/`."""
    return generate_pages()


def by_name(block: Block) -> str:
    return block.name


def tenure(*args: str) -> tuple[int, str]:
    """The exit code, and everything printed."""
    result = CliRunner().invoke(main, args)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example workspace, before any run."""
    folder = tmp_path_factory.mktemp("docs") / "demo"
    assert tenure("init", str(folder), "--demo", "--on", ON)[0] == 0
    return folder


@pytest.fixture(scope="module")
def ready(demo: Path) -> Path:
    """The example workspace after two runs."""
    folder = demo.with_name("ready")
    shutil.copytree(demo, folder)
    for day in ("2026-03-31", ON):
        assert (
            tenure("run", "--workspace", str(folder), "--on", day, "--format", "brief")[0]
            == LEFT_OUT
        )
    return folder


@pytest.fixture(scope="module")
def around(demo: Path) -> Symbols:
    """The names of the example workspace, and the tables of events of the example that has some."""
    workspace, catalogue, _, _ = load_workspace(demo)
    events = load_workspace(DOCS / "examples" / "support_load")[1].events
    return symbols_of(workspace, catalogue._replace(events=events))


def test_there_is_something_to_check() -> None:
    bodies = {"timeline", "triggers", "tiers", "anniversaries", "machine"}
    shown = {line for block in blocks("yaml playbook") for line in block.text.splitlines()}
    assert {f"{body}:" for body in bodies} <= shown
    for kind in CHECKED:
        assert blocks(kind), kind


@pytest.mark.parametrize("block", all_blocks(), ids=by_name)
def test_every_block_is_of_a_known_kind(block: Block) -> None:
    assert block.kind in CHECKED | UNCHECKED or block.kind.startswith("{playbook-graph}")


@pytest.mark.parametrize("block", blocks("yaml playbook"), ids=by_name)
def test_a_playbook_loads(block: Block, around: Symbols) -> None:
    check_playbook(block.text, around)


def check_playbook(text: str, around: Symbols) -> None:
    """Fail with the rendering of its problems, if it has any."""
    playbook, problems = load_playbook(text, "playbook.yaml", around)
    assert playbook is not None, render(problems, {"playbook.yaml": text})
    problems = problems + check_machine(playbook) + playbook_warnings(playbook)
    assert not problems, render(problems, {"playbook.yaml": text})


@pytest.mark.parametrize("block", blocks("yaml actions"), ids=by_name)
def test_actions_load(block: Block, around: Symbols) -> None:
    check_playbook(HEAD + textwrap.indent(block.text, " " * 8), around)


@pytest.mark.parametrize("block", blocks("yaml settings"), ids=by_name)
def test_settings_load(block: Block, tmp_path: Path) -> None:
    (tmp_path / "tenure.yaml").write_text(block.text, "utf-8")
    workspace, _, problems, sources = load_workspace(tmp_path)
    assert workspace is not None
    assert not problems, render(problems, sources)


@pytest.mark.parametrize("block", blocks("yaml fields"), ids=by_name)
def test_fields_load(block: Block) -> None:
    node, problems = read_yaml(block.text, "fields.yaml")
    problems = problems + load_catalogue(node)[1]
    assert not problems, render(problems, {"fields.yaml": block.text})


@pytest.mark.parametrize("block", blocks("yaml plan"), ids=by_name)
def test_success_plans_are_good_and_each_item_becomes_an_action(block: Block) -> None:
    plan = read_plan(block.text, block.page, None, load_catalogue(None)[0])
    assert repeated_items(plan) == []
    assert len(dated_items(plan)) == block.text.count("owner:")


@pytest.mark.parametrize("block", blocks("yaml assumptions"), ids=by_name)
def test_assumptions_are_good_and_each_key_is_one(block: Block, tmp_path: Path) -> None:
    file = tmp_path / "assumptions.yaml"
    file.write_text(block.text, "utf-8")
    keys = [line for line in block.text.splitlines() if not line.startswith("#")]
    assert len(read_assumptions([str(file)]).sentences()) == len(keys)


@pytest.mark.parametrize("block", blocks("yaml wrong"), ids=by_name)
def test_problems_are_shown_exactly(block: Block, around: Symbols) -> None:
    after = [other for other in blocks("text problems") if other.page == block.page]
    shown = next(other for other in after if other.line > block.line)
    problems = load_playbook(block.text, "playbooks/oops.yaml", around)[1]
    assert render(problems, {"playbooks/oops.yaml": block.text}) == shown.text


# Commands: a page runs once, from top to bottom; each block is a test.


@cache
def ran(page: str, ready: Path, folder: Path) -> dict[int, list[tuple[Command, int, str]]]:
    """Every command of a page's blocks with its exit code and its output, by the block's line."""
    with pytest.MonkeyPatch.context() as patch:
        begin(page, ready, folder, patch)
        return {
            block.line: [(command, *execute(command, patch)) for command in commands(block)]
            for block in blocks("console")
            if block.page == page
        }


def begin(page: str, ready: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Enter an empty folder with the examples, or the example workspace, as the page's first command asks."""
    words = [c.words for b in blocks("console") if b.page == page for c in commands(b)]
    first = next((w for w in words if w[0] in ("tenure", "cd")), ("cd",))
    if first[0] == "cd" or first[1] in ("init", "import"):
        shutil.copytree(DOCS / "examples", folder / "docs" / "examples")
        patch.chdir(folder)
    else:
        shutil.copytree(ready, folder / "workspace")
        patch.chdir(folder / "workspace")


def execute(command: Command, patch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Run a `tenure` command; of any other, check that what it names exists."""
    program, *args = command.words
    if program == "tenure":
        return tenure(*args)
    if program == "cd":
        patch.chdir(args[0])
    elif program == "make":
        assert re.search(rf"^{args[0]}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    elif program == "export":
        name, _, value = args[0].partition("=")
        patch.setenv(name, value)
    elif program == "cp":
        shutil.copytree(args[1], args[2])
    elif program == "sed":
        _, old, new, _ = args[1].split("/")
        text = Path(args[2]).read_text("utf-8")
        assert old in text, command
        Path(args[2]).write_text(text.replace(old, new.replace("\\n", "\n")), "utf-8")
    elif program == "printf":
        text, sign, file = args
        with Path(file).open("a" if sign == ">>" else "w", encoding="utf-8") as opened:
            opened.write(text.replace("\\n", "\n"))
    elif program in ("python", ".venv/bin/python"):
        assert (ROOT / args[0]).exists(), args[0]
    else:
        assert (ROOT / program).is_file(), program
    return 0, ""


def has_in_order(line: str, words: list[str]) -> bool:
    """Whether the line has all the words in their order; others may be between them."""
    rest = iter(line.split())
    return all(word in rest for word in words)


LONG = ("--until +30d", "tenure diff", "tenure simulate", "--format ical")
"""Commands that take long: previews of a month, comparisons, and blocks with several runs."""


def consoles() -> list[Any]:
    """Return each block of commands; one with a long command is marked."""
    return [
        pytest.param(
            block,
            marks=[pytest.mark.slow] if any(long in block.text for long in LONG) else [],
            id=block.name,
        )
        for block in blocks("console")
    ]


@pytest.mark.parametrize("block", consoles())
def test_commands_run_and_print_what_is_shown(block: Block, ready: Path) -> None:
    folder = ready.parent / f"page-{block.page.replace('/', '-')}"
    folder.mkdir(exist_ok=True)
    for command, code, output in ran(block.page, ready, folder)[block.line]:
        may_leave_out = {"run", "preview", "metrics"} & set(command.words[1:2])
        may_leave_out |= {"--from"} & set(command.words[2:])
        allowed = {0, LEFT_OUT} if may_leave_out else {0}
        assert code in allowed, (command, output)
        lines = output.splitlines()
        for line in command.shown:
            assert any(has_in_order(each, line.split()) for each in lines), (command.words, line)


def test_every_command_is_shown() -> None:
    shown = {c.words[1] for b in blocks("console") for c in commands(b) if c.words[0] == "tenure"}
    assert shown == set(COMMANDS)


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_an_example_gives_the_expected_list(folder: Path, tmp_path: Path) -> None:
    root = tmp_path / folder.name
    shutil.copytree(folder, root)
    code, output = tenure("validate", "--workspace", str(root))
    assert code == 0, output
    for snapshot in sorted((root / "data").glob("*.csv")):
        on = snapshot.stem.removeprefix("accounts-")
        code, output = tenure("run", "--workspace", str(root), "--on", on, "--format", "brief")
        assert code == 0, output
    expected = list(csv.DictReader((folder / "expected.csv").read_text("utf-8").splitlines()))
    columns = ",".join(expected[0])
    wanted = ("--on", ON, "--columns", columns, "--format", "csv")
    code, output = tenure("actions", "--workspace", str(root), *wanted)
    assert code == 0, output
    rows = list(csv.DictReader(output.splitlines()))
    assert sorted(map(repr, rows)) == sorted(map(repr, expected))


def test_the_readme_shows_the_example() -> None:
    [shown] = [block.text for block in blocks("yaml playbook") if block.page == "README.md"]
    file = DOCS / "examples" / "short_renewal" / "playbooks" / "short_renewal.yaml"
    assert file.read_text("utf-8") == shown


def test_the_readme_is_short() -> None:
    assert len(pages()["README.md"].splitlines()) <= 150


# Every word that a user may write is explained.


def test_every_word_of_messages_is_explained() -> None:
    explained = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", tables(), re.M))))
    assert {*MESSAGE_NAMES, *TIER_NAMES} <= explained


@pytest.mark.parametrize(
    "words",
    [FUNCTIONS, EVENT_FUNCTIONS, BUILTIN_NAMES, KINDS, COMMANDS],
    ids=["functions", "functions of events", "names", "kinds", "commands"],
)
def test_every_word_is_explained(words: dict[str, object]) -> None:
    generated = "\n".join(made().values())
    explained = tables() + "\n".join(x for x in generated.splitlines() if x.startswith("| "))
    missing = [word for word in words if not re.search(rf"`(tenure )?{word}\b", explained)]
    assert not missing


# Generated pages.


def test_every_code_has_help() -> None:
    assert PROBLEM_CODES.keys() - HELP.keys() == WITHOUT_HELP
    assert HELP.keys() <= PROBLEM_CODES.keys()


@pytest.mark.parametrize("code", PROBLEM_CODES)
def test_a_code_has_a_page_with_examples(code: str) -> None:
    page = made()[f"reference/problems/{code}.md"]
    assert f"# {code}\n" in page
    assert PROBLEM_CODES[code] in page
    if code in HELP:
        assert HELP[code].why in page
        assert HELP[code].fix in page
    examples = list(examples_of(code))
    assert bool(examples) != (code in ELSEWHERE)
    assert all(code in example.shown for example in examples)


def test_every_command_function_and_option_is_in_the_reference() -> None:
    assert {f"reference/commands/{name}.md" for name in COMMANDS} <= made().keys()
    assert {f"reference/language/functions/{name}.md" for name in FUNCTIONS} <= made().keys()
    assert "`--redo`" in made()["reference/commands/run.md"]
    assert "| `catch_up` |" in made()["reference/keys/playbook.md"]
    assert "## `contact_policy.suppress[]`" in made()["reference/keys/workspace.md"]
    assert "| `daily_snapshots` |" in made()["reference/keys/test.md"]
    assert "## `score_drift`" in made()["reference/keys/assumptions.md"]


def test_a_group_of_commands_has_a_section_for_each() -> None:
    group = click.Group("store", help="Look after the store.")
    group.add_command(click.Command("verify", help="Check it.", params=[click.Option(["--deep"])]))
    text = "\n".join(command_sections(group, "store", click.Context(main, info_name="tenure"), "#"))
    assert "# tenure store\n" in text
    assert "## tenure store verify\n" in text
    assert "| `--deep TEXT` |" in text


# Links between pages; `make docs` checks those to sections, which only Sphinx knows.


@pytest.mark.parametrize("page", pages())
def test_links_lead_to_files(page: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", pages()[page]):
        path = ((ROOT / page).parent / target).resolve()
        inside = path.relative_to(DOCS).as_posix() if path.is_relative_to(DOCS) else ""
        assert path.exists() or inside in made(), target
