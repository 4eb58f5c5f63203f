"""Files are looked at before they are read: only regular ones, none over its limit."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.papers import ON, papers
from support.workspaces import workspace
from tenure.cli.main import main
from tenure.engine.core.problems import Problems
from tenure.engine.documents.document_templates import MAX_TEMPLATE_BYTES
from tenure.engine.sources.csv_structure import MAX_HEADER
from tenure.engine.text.input_files import (
    MAX_BINARY_BYTES,
    MAX_BYTES,
    MAX_SNAPSHOT_BYTES,
    read_bounded,
    read_text,
)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def listening(path: Path) -> None:
    made = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's own path may have few characters
    try:
        made.bind(path.name)
    finally:
        os.chdir(here)
        made.close()


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, MAX_SNAPSHOT_BYTES + 1)


KINDS: dict[str, tuple[Callable[[Path], None], str]] = {
    "folder": (Path.mkdir, "is a folder, and a file is needed here"),
    "pipe": (pipe, "is a pipe, and a file is needed here"),
    "socket": (listening, "is a socket, and a file is needed here"),
    "device": (device, "is a device, and a file is needed here"),
    "sparse": (sparse, "the file has more than"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_a_file_of_fair_size_is_not_read(kind: str, tmp_path: Path) -> None:
    make, message = KINDS[kind]
    make(tmp_path / "f.yaml")
    text, problems = read_text(tmp_path / "f.yaml", "f.yaml")
    assert text is None
    assert [each.code for each in problems] == ["too-large" if kind == "sparse" else "not-a-file"]
    assert message in problems[0].message


def test_a_file_of_just_the_limit_is_read(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"12345")
    assert read_bounded(tmp_path / "f", "f", 5) == b"12345"
    with pytest.raises(Problems) as raised:
        read_bounded(tmp_path / "f", "f", 4)
    (problem,) = raised.value.problems
    assert problem.message == "f: the file has more than 4 bytes, which is the limit"


def test_a_file_that_says_it_is_empty_is_read_no_further_than_its_limit() -> None:
    if not Path("/proc/self/smaps").exists():
        pytest.skip("no file here is made up by the system as it is read")
    with pytest.raises(Problems, match="more than 100 bytes"):
        read_bounded(Path("/proc/self/smaps"), "smaps", 100)


def test_a_file_that_the_system_refuses_says_why(tmp_path: Path) -> None:
    (tmp_path / "f").symlink_to("f")
    text, (problem,) = read_text(tmp_path / "f", "f", hint="see the link")
    assert (text, problem.code, problem.hint) == (None, "unreadable-file", "see the link")
    assert problem.message.startswith("f cannot be read: ")


# Every place of a workspace where a file is read, by the command that reads it.

PLACES: dict[str, list[str]] = {
    "tenure.yaml": ["validate"],
    "fields.yaml": ["validate"],
    "playbooks/other.yaml": ["validate"],
    "plans/vega.yaml": ["validate"],
    "documents/qbr_prep.en.md": ["validate"],
    "documents/portfolio.html": ["report", "portfolio", "--on", str(ON)],
    "documents/portfolio.css": ["report", "portfolio", "--on", str(ON)],
    "documents/chart.css": ["report", "portfolio", "--on", str(ON)],
    "rates.csv": ["validate"],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", PLACES)
def test_no_command_reads_it_either(place: str, kind: str, tmp_path: Path) -> None:
    settings = "metrics: {currency: EUR, rates: rates.csv}\n" if place == "rates.csv" else ""
    root = papers(tmp_path / "w", settings=settings)
    path = root / place
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    KINDS[kind][0](path)
    command = PLACES[place]
    result = CliRunner().invoke(main, [*command, "--workspace", str(root)])
    assert result.exit_code == 1
    assert KINDS[kind][1] in result.stderr
    assert Path(place).name in result.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_a_playbook_named_on_the_command_line_is_looked_at_too(kind: str, tmp_path: Path) -> None:
    if kind == "folder":
        pytest.skip("click refuses it")
    root = papers(tmp_path / "w")
    KINDS[kind][0](tmp_path / "p.yaml")
    result = CliRunner().invoke(
        main, ["validate", str(tmp_path / "p.yaml"), "--workspace", str(root)]
    )
    assert result.exit_code == 1
    assert KINDS[kind][1] in result.stderr


SNAPSHOT = """\
workspace: w
time_zone: UTC
snapshots: {{file: accounts{ending}, date_column: as_of}}
roles: {{csm: {{name: Zoé}}}}
"""

PLAYBOOK = """\
playbook: renewal
for: not renewal_date is missing
schedule: "0 6 * * *"
catch_up: {within: 3 days, then: skip}
timeline:
  anchor: renewal_date
  steps: [{id: push, at: -7 days, do: [{call: {owner: csm}}]}]
"""


def dated(root: Path, ending: str, also: str = "") -> Path:
    """A workspace with one playbook, whose snapshots are in one file, not yet there."""
    settings = SNAPSHOT.format(ending=ending).replace("as_of}", f"as_of{also}}}")
    return workspace(root, {"renewal": PLAYBOOK}, settings)


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_snapshot_is_looked_at_first(kind: str, ending: str, tmp_path: Path) -> None:
    root = dated(tmp_path / "w", ending)
    KINDS[kind][0](root / f"accounts{ending}")
    result = CliRunner().invoke(main, ["preview", "--workspace", str(root), "--on", str(ON)])
    assert result.exit_code == 1
    assert KINDS[kind][1] in result.stderr


def test_a_csv_file_of_one_endless_line_is_refused(tmp_path: Path) -> None:
    root = dated(tmp_path / "w", ".csv")
    (root / "accounts.csv").touch()
    os.truncate(root / "accounts.csv", 10 * MAX_HEADER)
    result = CliRunner().invoke(main, ["preview", "--workspace", str(root), "--on", str(ON)])
    assert result.exit_code == 1
    assert (
        f"the first line of accounts.csv has more than {MAX_HEADER:,} characters" in result.stderr
    )


@pytest.mark.parametrize("stated", ["rows_file", "checksum_file"])
@pytest.mark.parametrize("kind", ["device", "pipe", "sparse"])
def test_a_stated_count_or_checksum_is_looked_at_first(
    kind: str, stated: str, tmp_path: Path
) -> None:
    root = dated(tmp_path / "w", ".csv", f", {stated}: stated.txt")
    (root / "accounts.csv").write_text(f"account_id,as_of,renewal_date\na,{ON},{ON}\n")
    KINDS[kind][0](root / "stated.txt")
    result = CliRunner().invoke(main, ["preview", "--workspace", str(root), "--on", str(ON)])
    assert result.exit_code == 1
    wanted = KINDS[kind][1] if kind == "sparse" else "stated.txt is not there"
    assert wanted in result.stderr


def test_limits_are_ordered_by_what_files_hold() -> None:
    assert MAX_TEMPLATE_BYTES < MAX_BYTES < MAX_BINARY_BYTES < MAX_SNAPSHOT_BYTES
