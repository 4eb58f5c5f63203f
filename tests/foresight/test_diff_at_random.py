"""`tenure diff` against two full runs from the same store: random edits of random playbooks."""

from __future__ import annotations

import datetime as dt
import random
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.profiles import examples
from support.random_playbooks import (
    CONDITIONS,
    FIRST,
    INSIDE,
    LENGTHS,
    OFFSETS,
    busy_accounts,
    busy_workspace,
    workspace_playbooks,
)
from support.two_versions import differing, lived
from support.workspaces import snapshot
from tenure.engine.core.problems import Problems
from tenure.engine.foresight.differences import compare_versions
from tenure.engine.foresight.other_version import other_version
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run

DAYS_BEFORE, DAYS = 3, 9
BRAKE = "brake: {actions: 9999, gone: 100 %, dates: 100 %, ended: 100 %, emptied: 100 %}\n"
REPLACED = (CONDITIONS, INSIDE, OFFSETS, LENGTHS, ("[csm, operations]", "csm", "operations"))
"""Texts of which an edit puts one for another."""


def edited(text: str, chance: random.Random) -> str:
    """The text of a playbook with one to three edits."""
    for _ in range(chance.randint(1, 3)):
        group = chance.choice(REPLACED)
        places = [m for old in group for m in re.finditer(f'"{re.escape(old)}"', text)]
        if places:
            place = chance.choice(places)
            text = f'{text[: place.start()]}"{chance.choice(group)}"{text[place.end() :]}'
    return text


@given(workspace_playbooks(), st.data(), st.randoms(use_true_random=False))
@examples(24)
@pytest.mark.slow
def test_it_is_the_difference_of_two_full_runs(
    texts: dict[str, str], data: st.DataObject, chance: random.Random
) -> None:
    after = {id: edited(text, chance) for id, text in texts.items()}
    assume(after != texts)
    rows = [data.draw(busy_accounts(f"a{n}")) for n in range(4)]
    with tempfile.TemporaryDirectory() as folder:
        root = busy_workspace(Path(folder) / "w", texts, BRAKE)
        begin = [FIRST + dt.timedelta(days=n) for n in range(DAYS_BEFORE)]
        days = [begin[-1] + dt.timedelta(days=n + 1) for n in range(DAYS)]
        snapshot(root, FIRST, rows)
        for on in begin:
            run(load_project(root), on)
        other = Path(shutil.copytree(root, Path(folder) / "other"))
        for id, text in after.items():
            (other / "playbooks" / f"{id}.yaml").write_text(text, "utf-8")
        project = load_project(other)
        assume(not project.errors)
        try:
            found = compare_versions(other_version(project, str(root)), project, days[0], days[-1])
        except Problems:
            # The edit strands accounts, as a run would say.
            assume(False)
        expected = differing(lived(root, days), lived(other, days))
        rewritten = {id for id, what in _by_id(found.rows).items() if what == "changes"}
        assert {id: w for id, w in _by_id(found.rows).items() if id not in rewritten} == {
            id: what for id, what in expected.items() if what != "changes"
        }
        assert {id for id, what in expected.items() if what == "changes"} <= rewritten


def _by_id(rows: object) -> dict[str, str]:
    return {row["action_id"]: row["what"] for row in rows.iter_rows(named=True)}  # type: ignore[attr-defined]
