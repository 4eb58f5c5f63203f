"""A playbook in plain sentences, in Markdown, from its machine alone.

Every sentence is a fact of the machine: an enrolment rule, an edge, an action, a limit. Comments and `about` are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from ..core.languages import Texts, choose_text
from ..core.offsets import Offset, round_days
from ..core.person_names import MANAGER
from ..documents.condition_words import SECTION, ConditionWords
from ..documents.localizer import Localizer
from ..documents.markdown import code, escape
from ..language.expressions import Expression
from ..playbook.model import (
    ENROLLED,
    Action,
    Agenda,
    AgendaPart,
    DueOffset,
    Edge,
    EnrolmentRule,
    FollowUp,
    Lines,
    Minutes,
    Playbook,
    State,
)
from ..project.loading import Project
from ..reports.locale_format import localized_number, percent_sign
from ..text.translations import translate

_DAILY = re.compile(r"(\d{1,2}) (\d{1,2}) \* \* (\*|1-5)")


class DatedStep(NamedTuple):
    """A step whose day is counted from the anchor: days after it, negative before it, and the number of its actions."""

    day: int
    title: str
    actions: int


def describe_playbook(project: Project, playbook: Playbook, language: str) -> str:
    """Return the description in a language that has a catalogue, without drawings."""
    return "".join(_Description(project, playbook, language).pieces())


def dated_steps(playbook: Playbook, language: str) -> list[DatedStep]:
    """Return the steps whose day is counted from the anchor, by day; of several days of one, the first."""
    found: dict[str, DatedStep] = {}
    states = {state.id: state for state in playbook.machine.states}
    for edge in playbook.machine.edges:
        if edge.moment is not None and edge.moment.base == "anchor":
            state, day = states[edge.target], round_days(edge.moment.offset)
            title = choose_text(state.title, language) or state.id
            step = DatedStep(day, title, len(edge.actions) + len(state.repeats))
            if state.id not in found or day < found[state.id].day:
                found[state.id] = step
    order = list(states)
    return [found[id] for id in sorted(found, key=lambda id: (found[id].day, order.index(id)))]


class _Description:
    """The pieces of one description; lives as long as it is written."""

    def __init__(self, project: Project, playbook: Playbook, language: str) -> None:
        self._project = project
        self._playbook = playbook
        self._language = language
        self._say = Localizer(language, SECTION)
        self._words = ConditionWords(language, project.catalogue)
        self._states = {state.id: state for state in playbook.machine.states}

    def pieces(self) -> Iterator[str]:
        """Yield the headings and sentences in order."""
        playbook, say = self._playbook, self._say
        yield f"# {escape(self._text(playbook.title) or playbook.id)}\n\n"
        yield f"{say('file', file=code(playbook.file))}\n"
        if not playbook.enabled:
            yield f"\n{say('disabled')}\n"
        yield f"\n## {say('enrolment')}\n\n{self._paragraphs(self._enrolment())}"
        yield f"\n## {say('ways')}\n"
        for state in playbook.machine.states:
            yield from self._step(state)
        yield f"\n## {say('rules')}\n\n{self._paragraphs(self._rules())}"
        yield from self._meanings()

    def _paragraphs(self, sentences: Iterator[str]) -> str:
        return "".join(f"- {sentence}\n" for sentence in sentences)

    def _enrolment(self) -> Iterator[str]:
        machine = self._playbook.machine
        for rule in machine.enrolment_rules:
            yield " ".join(self._rule(rule))
        anchors = {id(rule.anchor): rule.anchor for rule in machine.enrolment_rules}
        for anchor in anchors.values():
            if anchor is None:
                yield self._say("anchor_entry")
            else:
                yield self._say("anchor", anchor=self._words(anchor))
        if machine.while_open == "restart":
            yield self._say("restart")
        cap = self._playbook.at_most
        if cap is not None:
            yield self._say(
                "at_most",
                openings=self._say.count("accounts", cap.openings),
                period=self._words.length(Offset(cap.days, "days")),
                each=self._say(f"each_{cap.each}"),
            )

    def _rule(self, rule: EnrolmentRule) -> Iterator[str]:
        say = self._say
        if rule.guard is None:
            yield say("opens_always")
        else:
            yield say("opens", guard=self._words(rule.guard))
        if rule.first is not None and rule.last is not None:
            yield say("window", first=self._moment(rule.first), last=self._moment(rule.last))
        if rule.again is None:
            yield say("once")
        elif self._is_true(rule.again):
            yield say("again_always")
        else:
            yield say("again", guard=self._words(rule.again))
        if rule.rearm is not None:
            yield say("rearm", guard=self._words(rule.rearm))

    def _is_true(self, e: Expression) -> bool:
        return self._words(e) == translate(f"{SECTION}.conditions", "true", self._language)

    def _step(self, state: State) -> Iterator[str]:
        """Yield a state: the ways into it, each with its actions, and what recurs there."""
        edges = [edge for edge in self._playbook.machine.edges if edge.target == state.id]
        if state.id == ENROLLED and not edges and not state.repeats:
            return
        yield f"\n### {escape(self._title(state))}\n\n"
        for actions, alike in groupby(edges, key=lambda edge: edge.actions):
            for edge in alike:
                yield f"- {self._way(edge)}\n"
            yield "".join(f"  - {self._action(action)}\n" for action in actions)
        yield "".join(f"- {self._action(action)}\n" for action in state.repeats)
        if state.final:
            yield f"- {self._say('ended')}\n"

    def _way(self, edge: Edge) -> str:
        parts = []
        if edge.moment is not None:
            parts.append(self._moment(edge.moment))
        if edge.guard is not None and not self._is_true(edge.guard):
            parts.append(self._say("if", guard=self._words(edge.guard)))
        parts = parts or [self._say("at_once")]
        sentence = ", ".join([*parts, self._sources(edge)])
        return sentence[:1].upper() + sentence[1:] + "."

    def _sources(self, edge: Edge) -> str:
        going_on = [state.id for state in self._playbook.machine.states if not state.final]
        if set(going_on) - {edge.target} <= set(edge.sources):
            return self._say("anywhere")
        titles = (self._words.quoted(self._title(self._states[each])) for each in edge.sources)
        return self._say("from", states=", ".join(titles))

    def _moment(self, moment: DueOffset) -> str:
        anchors = [rule.anchor for rule in self._playbook.machine.enrolment_rules]
        if moment.base != "anchor":
            base = self._say("entering" if moment.base == "entered_on" else "step_due")
        elif anchors[0] is None:
            base = self._words_of_name("opened_on")
        else:
            base = self._words(anchors[0])
        if moment.offset.count == 0:
            return self._say("on", base=base)
        key = "before" if moment.offset.count < 0 else "after"
        return self._say(key, length=self._words.length(moment.offset), base=base)

    def _words_of_name(self, name: str) -> str:
        return translate(f"{SECTION}.names", name, self._language)

    def _action(self, action: Action) -> str:
        kind = Localizer(self._language, "kinds")(action.kind)
        title = escape(self._text(action.title) or action.id)
        head = f"**{kind}**: {title}"
        if action.owner:
            head += f", {self._say('owner', owners=self._owners(action.owner))}"
        return " ".join([f"{head}.", *self._facts(action)])

    def _facts(self, action: Action) -> Iterator[str]:
        say, words = self._say, self._words
        if action.when is not None:
            yield say("only_if", guard=words(action.when))
        if action.due is not None:
            yield say("due", length=words.length(action.due))
        if action.customer:
            yield say("customer")
        if action.shift != "none":
            yield say(action.shift)
        if action.repeat is not None:
            times = say.count("times", action.repeat.at_most)
            yield say("repeat", length=words.length(action.repeat.every), times=times)
        if action.late is not None:
            yield say(f"late_{action.late}")
        if action.until is not None:
            yield say("until", length=words.length(Offset(action.until, "days")))
        if action.needs is not None:
            yield say("needs", need=words.quoted(action.needs.id))
        if action.must_reach:
            yield say("must_reach")
        for guard, priority in action.priorities:
            yield say("case_priority", priority=words.quoted(priority), guard=words(guard))
        if action.priority not in ("", self._playbook.priority):
            yield say("action_priority", priority=words.quoted(action.priority))
        for guard, text in action.because:
            yield say("because", text=escape(self._text(text)), guard=words(guard))
        yield from self._terms(action)

    def _terms(self, action: Action) -> Iterator[str]:
        """Yield the texts that come with an action: the terms of an offer, a checklist, its length."""
        for _, value in action.detail:
            if isinstance(value, Minutes):
                least, most = self._say.number(value.least), value.most
                longest = self._say.count("minutes", most)
                yield f"{longest}." if value.least == most else f"{least} – {longest}."
            elif isinstance(value, Lines):
                texts = (escape(choose_text(text, self._language)) for text in value.texts)
                yield f"{'; '.join(texts)}."
            elif isinstance(value, Agenda):
                yield f"{'; '.join(map(self._part, value.parts))}."
            elif not isinstance(value, str | int):
                yield f"{self._words.quoted(choose_text(value, self._language))}."

    def _part(self, part: AgendaPart) -> str:
        title = escape(self._text(part.title))
        if part.minutes is None:
            return title
        return f"{title} ({self._say.count('minutes', part.minutes)})"

    def _owners(self, roles: tuple[str, ...]) -> str:
        known = self._project.workspace.roles
        titles = [
            self._say("manager")
            if role == MANAGER and role not in known
            else escape(
                choose_text(known[role].title, self._language) or role if role in known else role
            )
            for role in roles
        ]
        return self._say("or_else").join(titles)

    def _rules(self) -> Iterator[str]:
        playbook, say = self._playbook, self._say
        daily = _DAILY.fullmatch(playbook.schedule)
        if daily is None:
            yield say("cron", cron=code(playbook.schedule))
        else:
            time = f"{int(daily[2]):02}:{int(daily[1]):02}"
            yield say("daily" if daily[3] == "*" else "weekdays", time=time)
        yield say("priority", priority=self._words.quoted(playbook.priority))
        late = self._words.length(Offset(playbook.catch_up.within, "days"))
        yield say(f"catch_up_{playbook.catch_up.then}", length=late)
        for follow_up in playbook.machine.follow_ups:
            yield self._follow_up(follow_up)
        if playbook.holdout is not None:
            share = localized_number(playbook.holdout.share * 100, self._language)
            yield say("holdout", share=percent_sign(share, self._language))

    def _follow_up(self, follow_up: FollowUp) -> str:
        of = next(
            action
            for action in self._playbook.machine.actions()
            if f"{action.step}/{action.id}" == follow_up.of
        )
        values = {
            "action": escape(self._text(of.title) or of.id),
            "length": self._words.length(follow_up.after),
            "times": self._say.count("times", follow_up.at_most),
        }
        if follow_up.again:
            return self._say("again_open", **values)
        action = follow_up.action
        owners = self._owners(follow_up.to or action.owner)
        title = escape(self._text(action.title) or action.id)
        return self._say("escalate", title=title, owners=owners, **values)

    def _meanings(self) -> Iterator[str]:
        """Yield the meaning of each defined name that was used, and of those in these meanings."""
        used, said = self._words.used, list[str]()
        while left := [name for name in used if name not in said]:
            said += left
            for name in left:
                self._words(used[name])
        if not said:
            return
        yield f"\n## {self._say('words')}\n\n"
        for name in sorted(said):
            meaning = self._words(used[name])
            yield f"- {self._say('meaning', name=self._words.word(name), meaning=meaning)}\n"

    def _title(self, state: State) -> str:
        return self._text(state.title) or state.id

    def _text(self, texts: Texts) -> str:
        return choose_text(texts, self._language)
