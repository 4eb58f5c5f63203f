"""`tenure report`: what it is asked for, in which language and format, and where it goes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.papers import EMPTY, FULL, papers, report, run
from tenure.engine.core import atomic_files
from tenure.engine.documents.registry import DOCUMENTS


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return papers(tmp_path / "w", [FULL, EMPTY, {"account_id": "007"}])


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["qbr_prepp", "A-7"], "did you mean qbr_prep?"),
        (["bilan", "A-7"], "there are: qbr_prep, success_plan"),
        (["qbr_prep"], "tenure report qbr_prep ACCOUNT"),
        (["qbr_prep", "A-8"], "no account 'A-8' in the newest snapshot; did you mean A-7?"),
        (["qbr_prep", "7"], "did you mean 007?"),
        (["qbr_prep", "delta *sas* | <SCRIPT>alert(1)</script>"], "did you mean A-7?"),
        (["qbr_prep", ""], "no account '' in the newest snapshot"),
        (["qbr_prep", "A-7", "--format", "pdf"], "there are: markdown, html"),
        (["qbr_prep", "A-7", "--language", "es"], "there are: de, en, fr"),
        (["success_plan", "A-7", "--update", "--language", "es"], "there are: de, en, fr"),
        (["qbr_prep", "A-7", "--update"], "--update is for success_plan alone"),
        (["success_plan", "A-7", "--update", "--format", "yaml"], "writes its file"),
    ],
)
def test_wrong_usage_says_what_is_right(root: Path, args: list[str], said: str) -> None:
    result = run(root, *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in " ".join(result.stderr.split())


def test_help_lists_every_document() -> None:
    from click.testing import CliRunner
    from tenure.cli.main import main

    said = CliRunner().invoke(main, ["report", "--help"]).output
    for name, document in DOCUMENTS.items():
        assert f"{name} {document.subject}".strip() in said


def test_without_a_snapshot_it_says_so(root: Path) -> None:
    for file in (root / "data").iterdir():
        file.unlink()
    result = run(root, "qbr_prep", "A-7")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error[no-snapshot]: there is no snapshot for 2026-04-01" in result.stderr


def test_nothing_is_written_from_a_snapshot_that_a_run_would_refuse(root: Path) -> None:
    settings = root / "tenure.yaml"
    text = settings.read_text("utf-8").replace("snapshots:\n", "snapshots:\n  max_age: 7 days\n")
    settings.write_text(text, "utf-8")
    (root / "data" / "accounts-2026-04-01.csv").rename(root / "data" / "accounts-2026-03-25.csv")
    assert report(root, "qbr_prep", "A-7").startswith("# QBR Prep")
    (root / "data" / "accounts-2026-03-25.csv").rename(root / "data" / "accounts-2026-03-24.csv")
    result = run(root, "qbr_prep", "A-7")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error[snapshot-too-old]" in result.stderr


def test_what_customers_read_is_in_their_language(tmp_path: Path) -> None:
    other = {**FULL, "account_id": "B-8", "language": "pt"}
    root = papers(tmp_path / "w", [FULL, other])
    assert report(root, "recap_email", "A-7").startswith("Objet : ")
    assert report(root, "recap_email", "B-8").startswith("Subject: "), "the workspace's"
    assert "## Account Information" in report(root, "qbr_prep", "A-7"), "the workspace's"
    assert report(root, "recap_email", "A-7", "--language", "en").startswith("Subject: ")


def test_the_number_of_missing_values_goes_to_standard_error(root: Path) -> None:
    said = run(root, "qbr_prep", "A-7").stderr
    assert said == "8 values are missing; the last section says where to put what is missing\n"


def test_a_file_holds_what_standard_output_would(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "prep.md"
    printed = report(root, "qbr_prep", "A-7")
    assert report(root, "qbr_prep", "A-7", "--output", str(file)) == ""
    assert file.read_bytes().decode("utf-8") == printed


def test_a_file_is_written_whole_or_not_at_all(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "prep.md"
    file.write_text("before", "utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic_files.os, "fsync", full)
    result = run(root, "qbr_prep", "A-7", "--output", str(file))
    assert result.exit_code == 1
    assert "No space left on device" in result.stderr
    assert file.read_text("utf-8") == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["prep.md", "w"]


def test_a_file_is_never_written_over_a_folder(root: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    result = run(root, "qbr_prep", "A-7", "--output", str(tmp_path / "out"))
    assert result.exit_code == 1
    assert "there is a folder of that name" in result.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_a_new_file_is_for_its_owner_alone(root: Path, tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        report(root, "qbr_prep", "A-7", "--output", str(tmp_path / "prep.md"))
    finally:
        os.umask(mask)
    assert (tmp_path / "prep.md").stat().st_mode & 0o777 == 0o600


def test_a_linked_file_is_written_where_it_leads(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link.md").symlink_to(tmp_path / "there.md")
    report(root, "qbr_prep", "A-7", "--output", str(tmp_path / "link.md"))
    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / "there.md").read_text("utf-8").startswith("# QBR Prep")


def test_a_pipe_is_written_to_and_never_replaced(root: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        report(root, "qbr_prep", "A-7", "--output", str(pipe))
        assert os.read(reader, 100).startswith(b"# QBR Prep")
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_file_in_no_folder_is_refused_by_the_name_that_was_given(
    root: Path, tmp_path: Path
) -> None:
    file = tmp_path / "nowhere" / "prep.md"
    result = run(root, "qbr_prep", "A-7", "--output", str(file))
    assert (result.exit_code, result.stderr) == (1, f"tenure: {file}: its folder does not exist\n")


@pytest.mark.parametrize(
    ("file", "begins"),
    [("prep.html", "<!DOCTYPE html>"), ("prep.md", "# QBR Prep"), ("prep", "# QBR Prep")],
)
def test_the_ending_of_a_file_says_its_format(
    root: Path, tmp_path: Path, file: str, begins: str
) -> None:
    report(root, "qbr_prep", "A-7", "--output", str(tmp_path / file))
    assert (tmp_path / file).read_text("utf-8").startswith(begins)


def test_a_file_whose_ending_is_no_format_of_the_document_is_refused(
    root: Path, tmp_path: Path
) -> None:
    result = run(root, "qbr_prep", "A-7", "--output", str(tmp_path / "prep.pdf"))
    assert result.exit_code == 2
    assert "not written as 'pdf'; there are: markdown, html" in result.stderr
    assert not (tmp_path / "prep.pdf").exists()
    report(root, "qbr_prep", "A-7", "--format", "html", "--output", str(tmp_path / "prep.txt"))


def test_a_hyphen_is_standard_output(root: Path) -> None:
    assert report(root, "qbr_prep", "A-7", "--output", "-").startswith("# QBR Prep")


@pytest.mark.parametrize(
    "asked", [["explain", "7"], ["metrics", "roi", "--account", "7"], ["report", "qbr_prep", "7"]]
)
def test_each_command_suggests_the_account_that_was_meant(root: Path, asked: list[str]) -> None:
    from click.testing import CliRunner
    from tenure.cli.main import main

    place = ["--workspace", str(root), "--on", "2026-04-01"]
    result = CliRunner().invoke(main, [*asked, *place])
    assert result.exit_code == 2
    assert "did you mean 007?" in " ".join(result.stderr.split())
    for file in (root / "data").iterdir():
        file.unlink()
    gone = CliRunner().invoke(main, ["explain", "7", *place])
    assert (gone.exit_code, "did you mean" in gone.stderr) == (2, False)
