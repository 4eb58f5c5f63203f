"""Reasons of ledger entries in words of a reader's language.

The ledger has a reason as parts: the condition or the date for which an action was issued, then notes. Its own words
are found in the catalogue; conditions and grounds are those of the playbook. A part that neither has, such as a remark
of a person or a condition that was edited since, stays as it was recorded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from ..core.languages import Texts, choose_language, choose_text
from ..core.offsets import parse_offset
from ..documents.condition_words import ConditionWords
from ..documents.localizer import Localizer
from ..language.expressions import Expression
from ..language.formatter import format_expression
from ..text.phrases import find_phrase, place_kind
from ..text.translations import shipped, translate

if TYPE_CHECKING:
    from ..playbook.model import Playbook
    from ..project.loading import Project

_SECTION = "reasons"
"""The section of the catalogues with the words of reasons."""
_RECORDED = "en"
"""The language of the engine's words in the ledger."""
_SEPARATOR = "; "


class _PlaybookWords(NamedTuple):
    """The texts that reasons of a playbook's actions may quote, by their form in the ledger."""

    title: Texts
    conditions: Mapping[str, Expression]
    grounds: Mapping[str, Texts]
    titles: Mapping[str, Texts]


class ReasonWords:
    """Writes reasons in one language."""

    def __init__(self, project: Project, language: str) -> None:
        self._project = project
        self._own = project.workspace.language
        self._reader = language
        engine = choose_language(shipped().languages(), language)
        self._say = Localizer(engine, _SECTION)
        self._condition = ConditionWords(engine, project.catalogue, plain=True)
        self._semicolon = translate("punctuation", "semicolon", engine)
        self._suppressions = {
            choose_text(rule.reason, self._own): rule.reason
            for rule in project.workspace.policy.suppress
        }
        self._playbooks = {each.id: each for each in project.playbooks}
        self._words: dict[str, _PlaybookWords | None] = {}
        self._known: dict[tuple[str, str], str] = {}

    def __call__(self, reason: str, playbook: str) -> str:
        """Return a reason of the ledger, of an action of a playbook, in the language."""
        parts = reason.split(_SEPARATOR)
        return self._semicolon.join(self._part(each, playbook) for each in parts)

    def _part(self, text: str, playbook: str) -> str:
        key = (text, playbook)
        if key not in self._known:
            self._known[key] = self._written(text, playbook)
        return self._known[key]

    def _written(self, text: str, playbook: str) -> str:
        words = self._words_of(playbook)
        if words is not None and text in words.conditions:
            return self._condition(words.conditions[text])
        if text in self._suppressions:
            return self._chosen(self._suppressions[text])
        phrase = find_phrase(_SECTION, _RECORDED, text)
        if phrase is None:
            return text
        values = {
            name: self._value(place_kind(name), value, playbook)
            for name, value in phrase.values.items()
        }
        return self._say(phrase.key, **values)

    def _value(self, kind: str, text: str, playbook: str) -> str:
        """Return a value of a reason in the language."""
        if kind == "date":
            return self._say.date(dt.date.fromisoformat(text))
        if kind == "length" and (offset := parse_offset(text)):
            return self._condition.length(offset)
        if kind == "contacts":
            return self._say.count(kind, int(text.partition(" ")[0]))
        if kind == "percent":
            return self._say.exact_percent(Decimal(text))
        if kind == "playbook":
            words = self._words_of(text)
            return (words and self._chosen(words.title)) or text
        if kind == "step":
            return self._title(text, playbook)
        if kind == "field" and text in self._project.catalogue.fields:
            return self._condition.title(text)
        if kind == "grounds":
            return self._grounds(text, playbook)
        if kind == "list":
            return ", ".join(self._part(each, playbook) for each in text.split(", "))
        if kind == "person" and text == "hand":
            return self._say("hand")
        return self._part(text, playbook) if kind in ("field", "why") else text

    def _title(self, name: str, playbook: str) -> str:
        """Return the title of a step or an action: `step`, `step/action`, or with its playbook before it."""
        first, _, rest = name.partition("/")
        for id, key in ((playbook, name), (first, rest)):
            words = self._words_of(id)
            if words is not None and key in words.titles:
                return self._chosen(words.titles[key])
        return name

    def _grounds(self, text: str, playbook: str) -> str:
        """Return the grounds of a playbook, which are in the ledger with commas; as recorded if not all are known."""
        words = self._words_of(playbook)
        found = []
        rest = text
        while rest:
            known = words.grounds if words is not None else {}
            ground = next((each for each in known if f"{rest}, ".startswith(f"{each}, ")), None)
            if ground is None:
                return text
            found.append(self._chosen(known[ground]))
            rest = rest[len(ground) :].removeprefix(", ")
        return ", ".join(found)

    def _chosen(self, texts: Texts) -> str:
        return choose_text(texts, self._reader, self._own)

    def _words_of(self, id: str) -> _PlaybookWords | None:
        if id not in self._words:
            playbook = self._playbooks.get(id)
            self._words[id] = None if playbook is None else _read_words(playbook, self._own)
        return self._words[id]


def _read_words(playbook: Playbook, language: str) -> _PlaybookWords:
    actions = list(playbook.machine.actions())
    titles = {state.id: state.title for state in playbook.machine.states}
    titles |= {f"{action.step}/{action.id}": action.title for action in actions}
    grounds = {
        choose_text(text, language): text for action in actions for _, text in action.because
    }
    return _PlaybookWords(
        playbook.title,
        {format_expression(each): each for each in _conditions(playbook)},
        # Of two that begin alike, the longer one is looked for first.
        dict(sorted(grounds.items(), key=lambda each: each[0], reverse=True)),
        titles,
    )


def _conditions(playbook: Playbook) -> Iterator[Expression]:
    """Yield the conditions that a reason may have: those of actions, and those of the edges that issue them."""
    for action in playbook.machine.actions():
        if action.when is not None:
            yield action.when
    for edge in playbook.machine.edges:
        if edge.guard is not None:
            yield edge.guard
