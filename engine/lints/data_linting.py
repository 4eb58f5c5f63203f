"""Run the lints that need data: the newest snapshot, and the ledger of the last year."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from pathlib import Path

from ..core.problems import Problem, Problems
from ..project.content import ReadProject
from ..project.loading import store_root
from ..store.reader import Reader
from .ledger_lints import lint_ledger
from .missing_in_messages import missing_in_messages
from .same_day_contacts import same_day_contacts


def lint_data(read: ReadProject, root: Path, on: dt.date) -> list[Problem]:
    """Return the warnings of all lints about what the data says of the playbooks without errors.

    A snapshot or a store that cannot be read says nothing here: the checks of data and the runs report it.
    """
    workspace = read.workspace
    if workspace is None:
        return []
    playbooks = tuple(playbook for playbook in read.playbooks if playbook.enabled)
    problems: list[Problem] = []
    with suppress(Problems):
        problems += missing_in_messages(workspace, read.catalogue, playbooks, on)
    with suppress(Problems):
        former = {old: p.id for p in read.playbooks for old in p.was}
        store = Reader(store_root(workspace, root), former)
        problems += lint_ledger(store, playbooks, on, same_day_contacts(playbooks).keys())
    return problems
