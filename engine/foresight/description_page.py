"""A playbook's description with its graph and its calendar: Markdown with a Mermaid diagram, or one HTML page.

The page's drawings are SVG in the page's own colours, light and dark; nothing is loaded and no script runs.
"""

from __future__ import annotations

from html import escape

from ..core.languages import choose_text
from ..documents.condition_words import SECTION
from ..documents.html_page import draw_html_page
from ..documents.localizer import Localizer
from ..documents.markdown import escape as escape_markdown
from ..playbook.model import Edge, Machine, Playbook
from ..project.loading import Project
from ..reports.mermaid import draw_graph
from ..text.printable import fit_width
from .description import DatedStep, dated_steps, describe_playbook

_GRAPH_MARK = "TENURE-GRAPH"
_CALENDAR_MARK = "TENURE-CALENDAR"
_ROW = 40
_BOX = (150, 330)
"""Left edge and width of a state's box."""
_STRIP = 760
_LONGEST_TITLE = 44


def description_text(project: Project, playbook: Playbook, language: str, form: str) -> str:
    """Return the description as `markdown` or `html`.

    Args:
        project: The workspace.
        playbook: One of its playbooks.
        language: The reader's language; English if it has no catalogue.
        form: The format.
    """
    say = Localizer(language, SECTION)
    steps = dated_steps(playbook, language)
    html = form == "html"
    graph = f"{_GRAPH_MARK}\n" if html else f"```mermaid\n{draw_graph(playbook, language)}```\n"
    text = describe_playbook(project, playbook, language)
    text += f"\n## {say('graph')}\n\n{graph}"
    if steps:
        strip = f"{_CALENDAR_MARK}\n\n" if html else ""
        text += f"\n## {say('calendar')}\n\n{strip}{_table(steps, say)}"
    if not html:
        return text
    title = choose_text(playbook.title, language) or playbook.id
    page = draw_html_page(text, title, language)
    page = page.replace(f"<p>{_GRAPH_MARK}</p>", _graph(playbook, say))
    return page.replace(f"<p>{_CALENDAR_MARK}</p>", _strip(steps)) if steps else page


def _table(steps: list[DatedStep], say: Localizer) -> str:
    head = f"| | {say('day')} | {say('step')} | {say('actions')} |\n| --- | --- | --- | --- |\n"
    return head + "".join(
        f"| {number} | {_signed(step.day)} | {escape_markdown(step.title)} | {step.actions} |\n"
        for number, step in enumerate(steps, 1)
    )


def _signed(day: int) -> str:
    return f"{day:+}" if day else "0"


def _strip(steps: list[DatedStep]) -> str:
    """Return an axis of days with a numbered mark for each step, marks of one place above each other."""
    first, last = min(step.day for step in steps), max(step.day for step in steps)
    span = max(last - first, 1)
    marks, taken = [], dict[int, int]()
    for number, step in enumerate(steps, 1):
        x = 30 + (step.day - first) * (_STRIP - 60) // span
        level = taken[x // 24] = taken.get(x // 24, -1) + 1
        y = 70 - 24 * level
        marks.append(
            f'<circle cx="{x}" cy="{y}" r="11" fill="var(--accent)"/>'
            f'<text x="{x}" y="{y + 4}" text-anchor="middle" fill="var(--ground)">{number}</text>'
        )
        if level == 0:
            marks.append(
                f'<text x="{x}" y="108" text-anchor="middle" fill="var(--soft)">{_signed(step.day)}</text>'
            )
    top = 70 - 24 * max(taken.values()) - 16
    axis = (
        f'<line x1="10" y1="88" x2="{_STRIP - 10}" y2="88" stroke="var(--line)" stroke-width="2"/>'
    )
    return _svg(axis + "".join(marks), f"0 {top} {_STRIP} {116 - top}", "calendar")


def _graph(playbook: Playbook, say: Localizer) -> str:
    """Return the states below each other, and an arc for each way from one to another."""
    machine = playbook.machine
    rows = {state.id: at for at, state in enumerate(machine.states)}
    left, width = _BOX
    everywhere = _from_anywhere(machine)
    parts = []
    for state in machine.states:
        y = rows[state.id] * _ROW + 6
        title = fit_width(choose_text(state.title, say.language) or state.id, _LONGEST_TITLE)
        dashes = ' stroke-dasharray="5 4"' if state.id in everywhere else ""
        weight = 3 if state.final else 1.5
        parts.append(
            f'<rect x="{left}" y="{y}" width="{width}" height="28" rx="6" fill="var(--head)"'
            f' stroke="var(--accent)" stroke-width="{weight}"{dashes}/>'
            f'<text x="{left + width // 2}" y="{y + 19}" text-anchor="middle" fill="var(--ink)">'
            f"{escape(title)}</text>"
        )
    arcs = {(source, edge.target) for edge in machine.edges for source in edge.sources}
    parts += [
        _arc(rows[source], rows[target])
        for source, target in sorted(arcs, key=lambda arc: (rows[arc[0]], rows[arc[1]]))
        if target not in everywhere and source != target
    ]
    head = '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    head += '<path d="M0 0 8 4 0 8z" fill="var(--soft)"/></marker>'
    drawing = _svg(
        f"<defs>{head}</defs>{''.join(parts)}", f"0 0 640 {len(rows) * _ROW + 6}", "graph"
    )
    note = f"<p>{escape(say('anywhere_note'))}</p>" if everywhere else ""
    return drawing + note


def _from_anywhere(machine: Machine) -> set[str]:
    """Return the states that can be entered from every other one that goes on."""
    going_on = {state.id for state in machine.states if not state.final}

    def leads(edge: Edge) -> bool:
        return len(edge.sources) > 1 and going_on - {edge.target} <= set(edge.sources)

    return {edge.target for edge in machine.edges if leads(edge)}


def _arc(source: int, target: int) -> str:
    """Return an arc between two rows: downwards on the right side, upwards on the left."""
    down = target > source
    x = sum(_BOX) if down else _BOX[0]
    bulge = min(24 + 12 * abs(target - source), 140) * (1 if down else -1)
    y1, y2 = source * _ROW + (24 if down else 16), target * _ROW + (16 if down else 24)
    return (
        f'<path d="M{x} {y1} C{x + bulge} {y1} {x + bulge} {y2} {x} {y2}" fill="none"'
        ' stroke="var(--soft)" stroke-width="1.5" marker-end="url(#head)"/>'
    )


def _svg(content: str, view: str, label: str) -> str:
    return (
        f'<svg viewBox="{view}" width="100%" role="img" aria-label="{label}"'
        f' font-size="13" font-family="inherit">{content}</svg>'
    )
