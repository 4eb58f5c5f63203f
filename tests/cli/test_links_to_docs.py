"""Links from problem codes to their pages: where the documentation has an address, and a reader can follow links."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from email.message import Message
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.workspaces import SETTINGS, workspace
from tenure.cli.docs_address import VARIABLE, docs_address
from tenure.cli.main import main
from tenure.engine.core.problems import Problem
from tenure.engine.text.problem_codes import PROBLEM_CODES, help_uri
from tenure.engine.text.problem_text import render
from tenure_docs.problems import problem_pages

SITE = "https://docs.example.com/tenure/"
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    docs_address.cache_clear()
    yield
    docs_address.cache_clear()


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A workspace with one problem."""
    return workspace(tmp_path / "w", {}, SETTINGS.replace("time_zone", "time_zoen"))


def test_each_code_has_its_page_where_links_lead() -> None:
    """Sphinx's builder `html` writes `a/b.md` as `a/b.html` unless it is told otherwise."""
    pages = {f"{SITE}{page.removesuffix('.md')}.html" for page in problem_pages()}
    assert {help_uri(code, SITE) for code in PROBLEM_CODES} == pages - {
        f"{SITE}reference/problems/index.html"
    }
    assert "--builder html docs" in (ROOT / "Makefile").read_text("utf-8")
    settings = (ROOT / "docs" / "conf.py").read_text("utf-8")
    assert not re.search("html_(file|link)_suffix", settings)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://docs.example.com/tenure/", SITE),
        ("https://docs.example.com/tenure", SITE),
        (" https://docs.example.com/tenure/index.html\n", SITE),
        ("https://localhost:8443", "https://localhost:8443/"),
        ("", None),
    ],
)
def test_the_variable_names_the_address(
    monkeypatch: pytest.MonkeyPatch, given: str, address: str | None
) -> None:
    monkeypatch.setenv(VARIABLE, given)
    assert docs_address() == address


@pytest.mark.parametrize(
    "given",
    [
        "docs.example.com",
        "http://docs.example.com/",
        "https://",
        "https://docs.example.com/?version=1",
        "https://docs.example.com/#top",
        "https://docs.example.com/two words",
        "https://docs.example.com/\x1b]8;;\x1b\\",
        "https://user@docs.example.com/",
        "javascript:alert(1)",
    ],
)
def test_any_other_value_is_ignored_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: str
) -> None:
    monkeypatch.setenv(VARIABLE, given)
    assert [docs_address(), docs_address()] == [None, None]
    said = capsys.readouterr().err
    assert said.startswith(f"{VARIABLE} is ignored: ")
    assert said.count("\n") == 1
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("Documentation, https://docs.example.com/tenure", SITE),
        ("Homepage, https://example.com/", None),
        ("Documentation, to come", None),
    ],
)
def test_without_the_variable_it_is_that_of_the_package(
    monkeypatch: pytest.MonkeyPatch, url: str, address: str | None
) -> None:
    message = Message()
    message["Project-URL"] = url
    monkeypatch.setattr(metadata, "metadata", lambda _name: message)
    monkeypatch.delenv(VARIABLE, raising=False)
    assert docs_address() == address
    docs_address.cache_clear()
    monkeypatch.setenv(VARIABLE, "https://copy.example.com/")
    assert docs_address() == "https://copy.example.com/"


def test_sarif_of_the_command_has_the_address(wrong: Path) -> None:
    words = ["validate", "--workspace", str(wrong), "--format", "sarif"]
    result = CliRunner().invoke(main, words, env={VARIABLE: SITE})
    rules = json.loads(result.stdout)["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["helpUri"] for rule in rules] == [
        f"{SITE}reference/problems/{rule['id']}.html" for rule in rules
    ]
    assert "unknown-key" in {rule["id"] for rule in rules}


def test_with_colours_the_code_is_a_link_and_without_it_is_text() -> None:
    problem = Problem("empty-file", "nothing here")
    uri = f"{SITE}reference/problems/empty-file.html"
    linked = render([problem], {}, True, SITE)
    assert f"error[\x1b]8;;{uri}\x1b\\empty-file\x1b]8;;\x1b\\]" in linked
    assert "\x1b]8" not in render([problem], {}, True)
    assert render([problem], {}, False, SITE) == render([problem], {})


def on_a_terminal(root: Path, **env: str) -> str:
    """What `validate` writes to a terminal."""
    ours, theirs = pty.openpty()
    code = "import sys; from tenure.cli.main import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, "validate", "--workspace", str(root)]
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with os.fdopen(theirs, "wb") as terminal:
        done = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=terminal, env=kept | env)
    written = b""
    try:
        while piece := os.read(ours, 4096):
            written += piece
    except OSError:  # Linux says so when the other end is closed.
        pass
    finally:
        os.close(ours)
    assert done.wait() == 1
    return written.decode()


@pytest.mark.parametrize(
    ("env", "linked"),
    [
        ({VARIABLE: SITE, "TERM": "xterm"}, True),
        ({VARIABLE: SITE, "TERM": "xterm", "NO_COLOR": "1"}, False),
        ({VARIABLE: SITE, "TERM": "dumb"}, False),
        ({"TERM": "xterm"}, False),
    ],
)
def test_a_terminal_gets_links_where_it_shows_colours(
    wrong: Path, env: dict[str, str], linked: bool
) -> None:
    written = on_a_terminal(wrong, **env)
    assert "unknown-key" in written
    assert (f"\x1b]8;;{SITE}reference/problems/unknown-key.html" in written) is linked


def test_a_pipe_gets_none(wrong: Path) -> None:
    result = CliRunner().invoke(
        main, ["validate", "--workspace", str(wrong)], env={VARIABLE: SITE, "TERM": "xterm"}
    )
    assert "unknown-key" in result.stderr
    assert "\x1b" not in result.output
