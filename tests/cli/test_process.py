"""The command line as a process of its own: streams, signals, locks, and what it imports."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from tenure.cli.main import main

ON = "2026-04-01"
PROGRAM = [sys.executable, "-c", "from tenure.cli.main import main; main(prog_name='tenure')"]


def tenure(*args: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *map(str, args)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **settings},
    )


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("process") / "demo"
    # In this process: only what tests do with it needs one of its own.
    words = (["init", str(folder), "--demo"], ["run", "--workspace", str(folder)])
    done = [CliRunner().invoke(main, [*each, "--on", ON]).exit_code for each in words]
    assert done == [0, 4]
    return folder


def imported(*args: str | Path) -> set[str]:
    """The top-level modules that a command imports."""
    code = (
        "import sys\nfrom tenure.cli.main import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print(*{name.split('.')[0] for name in sys.modules}, file=sys.__stderr__)"
    )
    command = [sys.executable, "-c", code, *map(str, args)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(result.stderr.splitlines()[-1].split())


HEAVY = {"babel", "polars", "jinja2", "holidays", "croniter", "transitions", "icalendar"}


def test_help_imports_click_and_nothing_heavy() -> None:
    assert imported("--help").isdisjoint({*HEAVY, "ruamel", "yaml", "duckdb", "sqlite3", "json"})


PLAYBOOK = """
playbook: small
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 7 days, then: skip}
timeline:
  anchor: renewal_date
  steps:
    - id: check
      at: -90 days
      when: health_score < 70
      do: [email: {owner: csm, from: csm, message: hello, cta: [book_call]}]
  outcomes:
    lapsed: {at: 30 days}
messages:
  hello:
    en: {subject: "Hello", body: "Dear {{ contact_first_name | default }}{% if arr > 3 %}!{% endif %}"}
"""


def test_validate_imports_nothing_heavy(workspace: Path, tmp_path: Path) -> None:
    playbook = tmp_path / "small.yaml"
    playbook.write_text(PLAYBOOK)
    found = imported("validate", playbook, "--workspace", workspace)
    # An ordinary text is libyaml's to read.
    assert "yaml" in found
    assert "ruamel" not in found
    # Templates of messages are checked by Jinja2 itself.
    assert found & {*HEAVY - {"jinja2"}, "duckdb", "jsonschema", "sqlite3"} == set()


def test_a_reader_that_leaves_early_is_no_error(workspace: Path) -> None:
    command = [*PROGRAM, "actions", "--workspace", str(workspace), "--from", "2000-01-01"]
    # Without a buffer Python drops the rest of a broken write in silence.
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        [*command, "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=settings,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_another_run_stops_with_its_own_code_and_names_the_holder(workspace: Path) -> None:
    lock = os.open(workspace / "store/lock", os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.ftruncate(lock, 0)
        os.pwrite(lock, b"4711\n", 0)
        result = tenure("run", "--workspace", workspace, "--on", "2026-04-02")
        assert (result.returncode, result.stdout) == (3, "")
        assert "process 4711" in result.stderr
        assert tenure("preview", "--workspace", workspace, "--on", "2026-04-02").stdout
        assert tenure("actions", "--workspace", workspace, "--on", ON).stdout
    finally:
        os.close(lock)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_an_error(workspace: Path) -> None:
    (workspace / "store").chmod(0o500)
    try:
        result = tenure("run", "--workspace", workspace, "--on", "2026-04-02")
    finally:
        (workspace / "store").chmod(0o700)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr


def test_an_interrupt_leaves_quietly(workspace: Path) -> None:
    code = (
        "import os, signal\nfrom tenure.cli import main as program\n"
        "import tenure.engine.runs.running as runs\n"
        "def wait(*args, **kwargs):\n    print('ready', flush=True)\n    signal.pause()\n"
        f"runs.run = wait\nprogram.main(['run', '--workspace', {str(workspace)!r}])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read()
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "interrupted" in errors


def failing(workspace: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    code = (
        "import tenure.engine.runs.running as runs\nfrom tenure.cli.main import main\n"
        "def fail(*args, **kwargs): raise RuntimeError('out of luck')\n"
        f"runs.run = fail\nmain(['run', '--workspace', {str(workspace)!r}])"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **settings},
    )


def test_an_error_of_our_own_is_short_and_says_where_to_report_it(workspace: Path) -> None:
    result = failing(workspace)
    assert (result.returncode, result.stdout) == (1, "")
    assert "RuntimeError: out of luck" in result.stderr
    assert "report" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in failing(workspace, TENURE_DEBUG="1").stderr


def test_no_bar_is_drawn_where_standard_error_is_no_terminal(workspace: Path) -> None:
    result = tenure("preview", "--workspace", workspace, "--on", "2026-04-19")
    assert "Evaluating" not in result.stderr


def test_output_is_the_same_in_any_locale(workspace: Path) -> None:
    args = ("actions", "--workspace", workspace, "--on", ON, "--format", "csv")
    plain = tenure(*args, LC_ALL="C", PYTHONHASHSEED="1")
    assert plain.stdout == tenure(*args, LC_ALL="C.UTF-8", PYTHONHASHSEED="2").stdout
    assert not plain.stdout.isascii()
