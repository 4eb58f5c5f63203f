"""Commands leave the process as it was: they may run inside another program."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from tenure.cli.main import main, rare_collection
from tenure.engine.core.atomic_files import write_whole


@pytest.fixture
def mask() -> Iterator[int]:
    before = os.umask(0o027)
    yield 0o027
    os.umask(before)


@pytest.mark.parametrize("collecting", [True, False])
def test_validate_leaves_the_garbage_collector_as_it_was(tmp_path: Path, collecting: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if collecting else gc.disable)()
        assert CliRunner().invoke(main, ["validate", "--workspace", str(tmp_path)]).exit_code == 1
        assert gc.isenabled() is collecting
    finally:
        (gc.enable if before else gc.disable)()


def test_collection_is_rare_inside_and_as_before_after_an_error() -> None:
    before = gc.get_threshold()
    seen = []

    def fail() -> None:
        with rare_collection():
            seen.append(gc.get_threshold())
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert seen[0][0] > before[0]
    assert gc.get_threshold() == before


def test_a_new_file_has_the_permissions_of_any_new_file_and_the_mask_is_never_changed(
    tmp_path: Path, mask: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "umask", lambda _: pytest.fail("the mask holds for all threads"))
        write_whole(tmp_path / "new", b"1")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640
    assert os.umask(mask) == mask


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o666])
def test_a_replaced_file_keeps_its_permissions(tmp_path: Path, mask: int, mode: int) -> None:
    assert mask
    file = tmp_path / "there"
    file.write_bytes(b"0")
    file.chmod(mode)
    write_whole(file, b"1")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"1", mode)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("name", ["a", "x" * 240])
def test_a_file_that_cannot_be_written_is_named_and_leaves_nothing(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / name, b"1")
    assert list(tmp_path.iterdir()) == []


def test_loading_polars_leaves_the_environment_as_it_was() -> None:
    code = (
        "import os\n"
        "from tenure.cli import allocator\n"
        "os.environ.pop(allocator.ALLOCATOR_SETTING, None)\n"
        "before = dict(os.environ)\n"
        "allocator.load_polars()\n"
        "assert dict(os.environ) == before\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
