"""Titles, checklists and reasons of actions in the language of the person who reads them.

The ledger has them in the workspace's language, and the engine's words of reasons in English. A playbook that has a
text in the reader's language gives it, as long as it says what was issued: of an action that was reworded since, the
ledger's text stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from ..core.languages import choose_text
from ..evaluation.drafts import encode_detail
from ..evaluation.must_reach import OTHER_WAY
from ..text.phrases import find_phrase
from ..text.translations import translate
from .reason_words import ReasonWords
from .selection import ACTS

if TYPE_CHECKING:
    from ..playbook.model import Action
    from ..project.loading import Project
    from ..sources.people_table import PeopleTable

_ACTION = ("playbook", "step", "action")
_TEXTS = ("title", "detail", "reason")
_LANGUAGE = "@language"


def in_readers_language(
    project: Project, people: PeopleTable, actions: pl.DataFrame
) -> pl.DataFrame:
    """Return actions with their texts in the languages of those who read them, as far as there are any.

    Args:
        project: The workspace.
        people: The table of people, with their languages.
        actions: Actions, with who acts for their owners.
    """
    own = project.workspace.language
    names = actions[ACTS].unique().to_list()
    readers = {name: people.get(name) for name in names}
    languages = [(each and each.language) or own for each in readers.values()]
    of_readers = pl.DataFrame(
        {ACTS: names, _LANGUAGE: languages}, {ACTS: pl.String(), _LANGUAGE: pl.String()}
    )
    return _translated(
        project,
        actions.join(of_readers, on=ACTS, how="left", nulls_equal=True, maintain_order="left"),
    )


def in_language(project: Project, actions: pl.DataFrame, language: str) -> pl.DataFrame:
    """Return actions with their texts in one language, as far as there are any."""
    return _translated(project, actions.with_columns(pl.lit(language).alias(_LANGUAGE)))


def _translated(project: Project, actions: pl.DataFrame) -> pl.DataFrame:
    """Return actions with their texts in the languages of the column `_LANGUAGE`, without it."""
    texts = _ReaderTexts(project)
    keys = [_LANGUAGE, *_ACTION, *_TEXTS]
    distinct = actions.select(keys).unique()
    rows = [{**row, **texts.written(row)} for row in distinct.iter_rows(named=True)]
    written = pl.DataFrame(
        rows, schema={**distinct.schema, **{f"@{name}": pl.String() for name in _TEXTS}}
    )
    return (
        actions.join(written, on=keys, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(pl.coalesce(f"@{name}", name).alias(name) for name in _TEXTS)
        .select(each for each in actions.columns if each != _LANGUAGE)
    )


class _ReaderTexts:
    """Writes the texts of actions in the languages of their readers."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._own = project.workspace.language
        self._actions: dict[tuple[str, ...], Action] = {
            (playbook.id, action.step, action.id): action
            for playbook in project.playbooks
            for action in playbook.machine.actions()
        }
        self._reasons: dict[str, ReasonWords] = {}

    def written(self, row: Mapping[str, Any]) -> dict[str, str | None]:
        """Return the texts of an action in its reader's language; None for those of which it has no other."""
        language, title = row[_LANGUAGE], row["title"]
        if language not in self._reasons:
            self._reasons[language] = ReasonWords(self._project, language)
        key = tuple(row[name] for name in _ACTION)
        action = self._actions.get(key)
        detail = None
        if action is not None and row["detail"] == encode_detail(action, self._own):
            detail = encode_detail(action, language, self._own)
        return {
            "@title": self._title(key, title, language),
            "@detail": detail,
            "@reason": self._reasons[language](row["reason"] or "", row["playbook"]),
        }

    def _title(self, key: tuple[str, ...], title: str, language: str) -> str:
        action = self._actions.get(key)
        if action is not None:
            same = title == choose_text(action.title, self._own)
            return choose_text(action.title, language, self._own) if same else title
        phrase = find_phrase("actions", self._own, title)
        if phrase is None:
            return title
        # An action of the engine about one of a playbook quotes the title of that.
        about = (*key[:2], key[2].removesuffix(OTHER_WAY))
        values = {
            name: self._title(about, text, language) if about != key else text
            for name, text in phrase.values.items()
        }
        return translate("actions", phrase.key, language, **values)
