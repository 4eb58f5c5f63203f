"""Titles and checklists of actions in the language of the person who reads them.

The ledger has them in the workspace's language. A playbook that has them in the reader's gives that text, as long as it
says what was issued: of an action that was reworded since, the ledger's text stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from ..core.languages import choose_text
from ..evaluation.drafts import encode_detail
from .selection import ACTS

if TYPE_CHECKING:
    from ..playbook.model import Action
    from ..project.loading import Project
    from ..sources.people_table import PeopleTable

_ACTION = ("playbook", "step", "action")
_TEXTS = ("title", "detail")


def in_readers_language(
    project: Project, people: PeopleTable, actions: pl.DataFrame
) -> pl.DataFrame:
    """Return actions, of which those of readers of another language have their texts in it, as far as there are any.

    Args:
        project: The workspace.
        people: The table of people, with their languages.
        actions: Actions, with who acts for their owners.
    """
    own = project.workspace.language
    languages = {
        name: person.language
        for name in actions[ACTS].drop_nulls().unique()
        if (person := people.get(name)) is not None and person.language not in (None, own)
    }
    if not languages:
        return actions
    known = {
        (playbook.id, action.step, action.id): action
        for playbook in project.playbooks
        for action in playbook.machine.actions()
    }
    keys = [ACTS, *_ACTION, *_TEXTS]
    distinct = actions.filter(pl.col(ACTS).is_in(list(languages))).select(keys).unique()
    rows = [
        {**row, **_in_language(row, known.get(tuple(row[n] for n in _ACTION)), languages, own)}
        for row in distinct.iter_rows(named=True)
    ]
    said = pl.DataFrame(
        rows, schema={**distinct.schema, **{f"@{name}": pl.String() for name in _TEXTS}}
    )
    return (
        actions.join(said, on=keys, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(pl.coalesce(f"@{name}", name).alias(name) for name in _TEXTS)
        .select(actions.columns)
    )


def _in_language(
    row: Mapping[str, Any], action: Action | None, languages: Mapping[str, str | None], own: str
) -> dict[str, str | None]:
    """Return the texts of an action in its reader's language; None for those of which it has no other."""
    if action is None:
        return dict.fromkeys(f"@{name}" for name in _TEXTS)
    reader = languages[row[ACTS]] or own
    same = row["title"] == choose_text(action.title, own)
    listed = row["detail"] == encode_detail(action, own)
    return {
        "@title": choose_text(action.title, reader, own) if same else None,
        "@detail": encode_detail(action, reader, own) if listed else None,
    }
