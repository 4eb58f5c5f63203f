"""Edits of playbooks: which playbooks of a date are evaluated with a new text for the first time.

Takes the run records and the playbooks' content hashes. Only the hash of an earlier text is known, not the text.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..core.ids import ACCOUNT_ID
from ..evaluation.inputs import PlaybookEdit
from ..store import RunRecord, StoreView
from .parts import Part
from .plan import Stage

Edits = Mapping[str, RunRecord]
"""By edited playbook: the record of the last run that evaluated the earlier text."""


def edits_of(store: StoreView, stage: Stage, hashes: Mapping[str, str]) -> dict[str, RunRecord]:
    """Return the playbooks of the stage that were edited since their last evaluation; a new playbook was not.

    Args:
        store: The store.
        stage: The date, with its playbooks.
        hashes: By playbook, the content hash of its present text.
    """
    edits = {}
    for playbook in stage.playbooks:
        record = store.last_evaluation(playbook.id, stage.on)
        if record is not None and record.playbooks[playbook.id] != hashes[playbook.id]:
            edits[playbook.id] = record
    return edits


def edits_in_part(store: StoreView, edits: Edits, part: Part) -> dict[str, PlaybookEdit]:
    """Return the edits as the evaluation of a part needs them."""
    found = {}
    for id, record in edits.items():
        before = part.of_part(store.history(record.snapshot_on, (), part.stretch))
        found[id] = PlaybookEdit(record.on, before[ACCOUNT_ID])
    return found
