"""An account's success plan, as its people read it, or as the file that they keep."""

from __future__ import annotations

from . import account
from .facts import Facts
from .plan import load_plan
from .registry import Asked, NoLanguage, Paper
from .update import Updated, choose_starter, starter, update_plan

STARTERS = ("en", "fr")


def make(asked: Asked) -> Paper:
    """The document; in YAML the plan's file as it is, or the one that `--update` would make."""
    if asked.form != "yaml":
        return account.make(asked)
    facts = account.facts_of(asked)
    plan = load_plan(asked.project.root, facts.account, asked.project.catalogue)
    return Paper(plan.text if plan else starter(facts, _language(asked, facts)), 0)


def update(asked: Asked) -> Updated:
    """Make the plan's file, or bring it up to date in place; raises what `make` raises."""
    facts = account.facts_of(asked)
    return update_plan(asked.project, facts, _language(asked, facts))


def _language(asked: Asked, facts: Facts) -> str:
    """The language of a new file."""
    if asked.language is not None and asked.language not in STARTERS:
        raise NoLanguage(f"no new plan in {asked.language!r}; there are: {', '.join(STARTERS)}")
    return asked.language or choose_starter(facts, asked.project.workspace.language)
