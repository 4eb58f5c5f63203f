"""`hold`, `release`, `enrol`, `close`, `skip` and `unskip`: recorded with a reason, refused with a suggestion."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from support.done_work import TODAY, overtaken_by, tenure, with_actions
from tenure.engine.store import Reader


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_actions(tmp_path_factory.mktemp("by_hand") / "w")


@pytest.fixture
def root(committed: Path, tmp_path: Path) -> Path:
    import shutil

    shutil.copytree(committed, tmp_path / "w")
    return tmp_path / "w"


WHY = ["--because", "merger"]


def test_a_hold_is_recorded_once_and_released(root: Path) -> None:
    hold = ["hold", "a1", "--until", "2026-04-01", *WHY, "--by", "Ana"]
    said = "Recorded: nothing is issued for a1 up to and including 2026-04-01.\n"
    assert tenure(root, *hold).stderr == said
    assert tenure(root, *hold).stderr == "Recorded already.\n"
    longer = [*hold[:3], "2026-05-01", *hold[4:]]
    assert tenure(root, *longer).exit_code == 0
    assert tenure(root, "release", "a1").stderr == "Recorded: a1 is not on hold any more.\n"
    moves = Reader(root / "store").hand_moves()
    columns = ["move", "account_id", "playbook", "on", "until", "by", "because", "source"]
    assert moves.select(columns).rows() == [
        ("hold", "a1", None, TODAY, dt.date(2026, 4, 1), "Ana", "merger", "tenure hold"),
        ("hold", "a1", None, TODAY, dt.date(2026, 5, 1), "Ana", "merger", "tenure hold"),
        ("release", "a1", None, TODAY, None, None, None, "tenure release"),
    ]


def test_moves_and_what_undoes_them(root: Path) -> None:
    for args in (
        ["skip", "a1", "renewal/push", *WHY],
        ["unskip", "a1", "renewal/push"],
        ["close", "a1", "renewal", *WHY],
        ["enrol", "a1", "renewal", *WHY],
        ["hold", "a1", "--until", "2026-04-01", "--playbook", "renewal", *WHY],
        ["release", "a1", "--playbook", "renewal"],
    ):
        result = tenure(root, *args)
        assert (result.exit_code, result.stderr.startswith("Recorded: ")) == (0, True), args
    found = Reader(root / "store").hand_moves().select("move", "playbook", "step").rows()
    assert found == [
        ("skip", "renewal", "push"),
        ("unskip", "renewal", "push"),
        ("close", "renewal", None),
        ("enrol", "renewal", None),
        ("hold", "renewal", None),
        ("release", "renewal", None),
    ]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["hold", "a1", *WHY], "Missing option '--until'"),
        (["hold", "a1", "--until", "2026-04-01"], "Missing option '--because'"),
        (["hold", "a1", "--until", "2026-04-01", "--because", " "], "the reason is empty"),
        (["hold", "a1", "--until", "2026-03-04", *WHY], "2026-03-04 is before 2026-03-05"),
        (["hold", "a1", "--until", "2026-04-01", *WHY, "--on", "2026-03-06"], "is after today"),
        (["hold", "0a1", "--until", "2026-04-01", *WHY], "did you mean a1?"),
        (["release", "a1"], "a1 is not on hold; nothing was recorded"),
        (["enrol", "a1", "renewal", *WHY], "a1 is in renewal already"),
        (["enrol", "a1", "renewals", *WHY], "did you mean renewal?"),
        (["close", "a1", "nothing", *WHY], "no playbook 'nothing'; there are: renewal"),
        (["skip", "a1", "renewal/notise", *WHY], "did you mean notice?"),
        (
            ["skip", "a1", "renewal/enrolled", *WHY],
            "renewal has no actions in enrolled; there are:",
        ),
        (["skip", "a1", "notice", *WHY], "write its playbook too, such as renewal/grace"),
        (["unskip", "a1", "renewal/notice"], "renewal/notice is not skipped for a1"),
    ],
)
def test_what_cannot_be_recorded_is_refused(root: Path, args: list[str], message: str) -> None:
    result = tenure(root, *args)
    assert (result.exit_code, message in result.stderr) == (2, True), result.stderr
    assert Reader(root / "store").hand_moves().is_empty()


def test_a_hold_comes_before_the_first_run_too(tmp_path: Path) -> None:
    from support.workspaces import RENEWAL, snapshot, workspace

    root = workspace(tmp_path / "w", {"renewal": RENEWAL})
    snapshot(root, TODAY, [{"account_id": "a1", "status": "active", "renewal_date": "2026-09-01"}])
    assert tenure(root, "hold", "a1", "--until", "2026-04-01", *WHY).exit_code == 0
    assert Reader(root / "store").hand_moves().height == 1


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["hold", "a1", "--until", "2026-04-01"], 0, "Recorded already.\n"),
        (["close", "a1", "renewal"], 0, "Recorded already.\n"),
        (["enrol", "a1", "renewal"], 2, "a1 is in renewal already; nothing was recorded.\n"),
    ],
)
def test_of_two_moves_at_once_the_second_knows_of_the_first(
    root: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], code: int, said: str
) -> None:
    moves = 1
    if args[0] == "enrol":
        tenure(root, "close", "a1", "renewal", *WHY)
        moves = 2
    overtaken_by(root, *args, "--because", "first" if code else WHY[1], patch=monkeypatch)
    result = tenure(root, *args, *WHY)
    assert (result.exit_code, result.stderr.endswith(said)) == (code, True)
    assert Reader(root / "store").hand_moves().height == moves


def test_a_release_counts_again_after_a_hold_of_one_playbook(root: Path) -> None:
    hold = ["hold", "a1", "--until", "2026-04-01", *WHY]
    for args in (hold, ["release", "a1"], [*hold, "--playbook", "renewal"]):
        assert tenure(root, *args).exit_code == 0
    assert tenure(root, "release", "a1").stderr == "Recorded: a1 is not on hold any more.\n"
    assert "is not on hold" in tenure(root, "release", "a1", "--playbook", "renewal").stderr


def test_work_that_went_back_may_be_reassigned_again(root: Path) -> None:
    there = ["assign", "--owner", "Ana", "--to", "Ben"]
    back = ["assign", "--owner", "Ben", "--to", "Ana"]
    for args in (there, there, back, there):
        assert tenure(root, *args).exit_code == 0
    moves = Reader(root / "store").hand_moves().select("owner", "to").rows()
    assert moves == [("Ana", "Ben"), ("Ben", "Ana"), ("Ana", "Ben")]
