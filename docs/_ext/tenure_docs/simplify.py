"""Simplify a playbook's Mermaid graph for a drawing: fewer arrows, the same states."""

from __future__ import annotations

import re

START = "[*] --> enrolled: "
ARROW = re.compile(r"  (\w+) --> (\w+): (.*)")


def simplify(text: str) -> str:
    """Return the graph with one arrow for those that leave every state, and one for all openings."""
    lines = re.sub(r"\A---\n.*?^---\n", "", text, flags=re.DOTALL | re.MULTILINE).splitlines()
    lines = [line.replace("direction LR", "direction TB") for line in lines]
    arrows = [match.groups() for line in lines if (match := ARROW.fullmatch(line))]
    leaving = {source for source, _, _ in arrows}
    for target, label in dict.fromkeys((target, label) for _, target, label in arrows):
        sources = {s for s, t, words in arrows if (t, words) == (target, label)}
        if min(len(leaving) - 1, len(sources)) > 1 and sources >= leaving - {"enrolled"}:
            whole = "Any state" if "enrolled" in sources else "Any state but Enrolled"
            lines = [line for line in lines if not _same(line, target, label)]
            lines += [f'  state "{whole}" as any_{target}', f"  any_{target} --> {target}: {label}"]
    return "\n".join(_one_opening(lines)) + "\n"


def _same(line: str, target: str, label: str) -> bool:
    return line.endswith(f" --> {target}: {label}")


def _one_opening(lines: list[str]) -> list[str]:
    openings = [line.strip() for line in lines if line.strip().startswith(START)]
    if len(openings) < 3:
        return lines
    ids = [line.removeprefix(START).partition("#58;")[0] for line in openings]
    rest = [line for line in lines if line.strip() not in openings]
    return [*rest, f"  {START}one of {len(ids)} triggers, {', '.join(ids)}"]
