"""An account's success plan as a document for its readers, or as the file that they edit."""

from __future__ import annotations

from dataclasses import replace

from ..workspace.plan_file import load_plan
from . import account_documents
from .account_facts import AccountFacts
from .plan_update import Updated, choose_starter, starter, starter_languages, update_plan
from .registry import DocumentRequest, Rendered, requested_language


def make_success_plan(request: DocumentRequest) -> Rendered:
    """Return the document; in YAML the plan's file, or the one that `--update` would create."""
    if request.form != "yaml":
        return account_documents.make_account_document(request)
    facts = account_documents.facts_of(request)
    plan = load_plan(request.project.root, facts.account, request.project.catalogue)
    if plan is not None:
        return Rendered(plan.text, 0)
    new = starter(facts, _language(request, facts))
    return Rendered(new, 0, account_documents.language_warnings_of(request, facts))


def update_success_plan(request: DocumentRequest) -> Updated:
    """Create or update the plan's file in place. Raise the errors of `make_success_plan`."""
    facts = account_documents.facts_of(request)
    done = update_plan(request.project, facts, _language(request, facts))
    if not done.created:
        return done
    return replace(done, warnings=account_documents.language_warnings_of(request, facts))


def _language(request: DocumentRequest, facts: AccountFacts) -> str:
    """Return the language of a new file."""
    requested = requested_language(request, starter_languages(), "new plan")
    return requested or choose_starter(facts, request.project.workspace.language)
