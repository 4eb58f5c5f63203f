"""An account's success plan, as its people read it, or as the file that they keep."""

from __future__ import annotations

from . import account_documents
from .account_facts import AccountFacts
from .plan_file import load_plan
from .plan_update import Updated, choose_starter, starter, update_plan
from .registry import DocumentRequest, NoLanguage, Rendered

STARTERS = ("en", "fr")


def make(asked: DocumentRequest) -> Rendered:
    """The document; in YAML the plan's file as it is, or the one that `--update` would make."""
    if asked.form != "yaml":
        return account_documents.make(asked)
    facts = account_documents.facts_of(asked)
    plan = load_plan(asked.project.root, facts.account, asked.project.catalogue)
    return Rendered(plan.text if plan else starter(facts, _language(asked, facts)), 0)


def update_success_plan(asked: DocumentRequest) -> Updated:
    """Make the plan's file, or bring it up to date in place; raises what `make` raises."""
    facts = account_documents.facts_of(asked)
    return update_plan(asked.project, facts, _language(asked, facts))


def _language(asked: DocumentRequest, facts: AccountFacts) -> str:
    """The language of a new file."""
    if asked.language is not None and asked.language not in STARTERS:
        raise NoLanguage(f"no new plan in {asked.language!r}; there are: {', '.join(STARTERS)}")
    return asked.language or choose_starter(facts, asked.project.workspace.language)
