"""Short playbooks as text for tests, and what a workspace around them offers."""

from __future__ import annotations

import textwrap

from tenure.engine.core.problems import Problem, Span
from tenure.engine.fields.catalogue_loader import load_catalogue
from tenure.engine.language.expressions import Constant
from tenure.engine.machine.machine_checks import check_machine
from tenure.engine.machine.playbook_warnings import playbook_warnings
from tenure.engine.playbook.lowering import Symbols
from tenure.engine.playbook.model import Playbook
from tenure.engine.playbook.playbook_loader import draft_playbook, load_playbook

FIELDS = {name: (spec.type, spec.values) for name, spec in load_catalogue(None)[0].fields.items()}
AROUND = Symbols(
    FIELDS,
    ("csm", "operations"),
    ("renew", "options"),
    ("renewal", "other"),
    {"product": Constant("Acme", "text", Span("tenure.yaml", 1, 1, 1, 2))},
    has_people=True,
)
HEAD = """\
playbook: random
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 7 days, then: skip}
"""


def with_body(kind: str, text: str) -> str:
    """A playbook with a body of that kind, whose text begins at the margin."""
    return f"{HEAD}{kind}:\n{textwrap.indent(textwrap.dedent(text).strip(), '  ')}\n"


def timeline(text: str) -> str:
    """A timeline around the renewal date."""
    return with_body("timeline", "anchor: renewal_date\n" + textwrap.dedent(text).strip())


def load(text: str) -> tuple[Playbook | None, list[Problem]]:
    """The playbook, None where it has errors, and its problems with those of its machine."""
    playbook, problems = draft_playbook(text, "playbook.yaml", AROUND)
    if playbook is not None:
        problems = problems + check_machine(playbook, conditions=not problems)
        problems += [] if problems else playbook_warnings(playbook)
    return (None if any(each.severity == "error" for each in problems) else playbook), problems


def loaded(text: str) -> Playbook:
    """A playbook that has to be good."""
    playbook, problems = load_playbook(text, "playbook.yaml", AROUND)
    assert playbook is not None, [problem.message for problem in problems]
    return playbook


def codes(text: str) -> list[str]:
    """The codes of everything that is wrong with it."""
    return sorted(problem.code for problem in load(text)[1])
