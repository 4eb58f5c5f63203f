"""Languages that accounts read and that messages are not written in: what such an account gets is in another one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ..core.languages import language_tag, match_language
from ..core.problems import Problem, Span
from ..text.name_most import count_accounts, name_most
from .model import Playbook


def untranslated(
    playbooks: Iterable[Playbook], languages: Mapping[str, int], span: Span | None = None
) -> list[Problem]:
    """Return one warning that names the languages which messages lack, and the playbooks of these messages.

    Args:
        playbooks: The playbooks.
        languages: By language, as accounts have it, how many accounts read it; 0 where that is not known. Those that
            are not a language do not count.
        span: The place of the list of languages, if there is one.
    """
    readers: Counter[str] = Counter()
    for language, accounts in languages.items():
        if tag := language_tag(language):
            readers[tag] += accounts
    lacking: dict[str, int] = {}
    messages: Counter[str] = Counter()
    for playbook in playbooks:
        for message in playbook.messages.values():
            lacks = {tag: readers[tag] for tag in readers if match_language(message, tag) is None}
            lacking |= lacks
            messages[playbook.id] += bool(lacks)
    messages = +messages
    if not lacking:
        return []
    counted = sum(lacking.values())
    who = count_accounts(counted) if counted else "accounts"
    verb = "reads" if counted == 1 else "read" if counted else "may read"
    why = f"{who} {verb} a language that messages lack: {name_most(lacking)}"
    hint = (
        "they get the workspace's language, or else English; add their language under `messages` of "
        f"{name_most(messages)}, or translate it in fields.yaml: `language: {{translate: {{de: en}}}}`"
    )
    return [Problem("untranslated-message", why, span, hint, severity="warning")]
