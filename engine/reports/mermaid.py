"""A playbook's machine as a Mermaid state diagram.

Takes a playbook and a language, and returns the text that `transitions` draws, with states' titles and the date and
condition on each arrow. Mermaid's special characters are written as entities.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from transitions import State
from transitions.extensions import GraphMachine
from transitions.extensions.diagrams import TransitionGraphSupport
from transitions.extensions.diagrams_mermaid import Graph

from ..core.languages import Texts, choose_text
from ..language.formatter import format_expression
from ..playbook.model import ENROLLED, Edge, EnrolmentRule, Playbook, moment_text
from ..text.printable import fit_words

LONGEST_TITLE = 80
"""Characters of a condition on an arrow; a longer one is cut."""

_SIGNS = re.compile(r"[^\w ,.'()/+*=!-]")


MERMAID_WORDS = frozenset(
    ("as", "class", "classdef", "click", "default", "direction", "end", "fork", "hide", "href", "join", "note",
     "scale", "state", "style", "choice", "left", "right", "of", "over", "root")
)  # fmt: skip
"""Words that Mermaid reads as keywords where a state's name is expected."""


class TitledState(State):
    """A state with the label of its drawing."""

    def __init__(self, name: str, label: str, ignore_invalid_triggers: bool = False) -> None:
        super().__init__(name, ignore_invalid_triggers=ignore_invalid_triggers)
        self.label = label


class Drawing(GraphMachine):
    """A machine that is only drawn."""

    state_cls = TitledState
    transition_cls = TransitionGraphSupport


def draw_graph(playbook: Playbook, language: str) -> str:
    """Return the diagram in Mermaid's `stateDiagram-v2`, with states in the playbook's order."""
    machine = playbook.machine
    names = _names([state.id for state in machine.states])
    drawing = Drawing(
        model=None,
        states=[
            {"name": names[state.id], "label": _safe(_title(state.title, state.id, language))}
            for state in machine.states
        ],
        initial=names[ENROLLED],
        auto_transitions=False,
        graph_engine="mermaid",
    )
    for number, edge in enumerate(machine.edges):
        drawing.add_transition(
            f"edge_{number}",
            [names[source] for source in edge.sources],
            names[edge.target],
            label=_arrow(edge),
        )
    # Entities are not decoded in the front matter; a JSON string is a valid YAML one.
    shown = fit_words(_title(playbook.title, playbook.id, language))
    shown += "" if playbook.enabled else " (disabled)"
    title = f"title: {json.dumps(shown, ensure_ascii=False)}"
    # The stub expects the machine's class, the code the machine.
    graph = Graph(drawing)  # type: ignore[arg-type]
    lines = graph.get_graph(title=title).source.splitlines()
    start = f"[*] --> {names[ENROLLED]}"
    lines = [line.rstrip() for line in lines if line.strip() != start]
    lines += [f"  {start}: {_opening(opening)}" for opening in machine.enrolment_rules]
    lines += [f"  {names[state.id]} --> [*]" for state in machine.states if state.final]
    return "\n".join(lines) + "\n"


def _names(ids: Iterable[str]) -> dict[str, str]:
    """Return each state's name in the diagram: its id, with trailing underscores where Mermaid reserves the word."""
    known = set(ids)
    names = {}
    for id in sorted(known):
        name = id
        while name.lower() in MERMAID_WORDS or (name != id and name in known):
            name += "_"
        names[id] = name
    return names


def _title(texts: Texts, id: str, language: str) -> str:
    return choose_text(texts, language) or id


def _arrow(edge: Edge) -> str:
    parts = [moment_text(edge.moment)] if edge.moment else []
    if edge.guard is not None:
        parts.append(_short(format_expression(edge.guard)))
    return _safe(", ".join(parts) or "at once")


def _opening(opening: EnrolmentRule) -> str:
    guard = _short(format_expression(opening.guard)) if opening.guard is not None else "always"
    return _safe(f"{opening.id}: {guard}" if opening.id else guard)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TITLE else text[: LONGEST_TITLE - 1].rstrip() + "…"


def _safe(text: str) -> str:
    """Return the text with each character that Mermaid or HTML could interpret as a numbered entity."""
    return _SIGNS.sub(lambda sign: f"#{ord(sign[0])};", fit_words(text))
