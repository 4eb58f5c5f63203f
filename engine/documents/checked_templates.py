"""The problems of a workspace's document templates, from the last check where the templates and fields are the same.

Checking the shipped templates, which a new workspace has copies of, takes longer than all else that `validate` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..core.problems import Problem
from ..fields.catalogue import Catalogue
from ..project.project_cache import project_classes
from ..project.record_cache import RecordCache
from ..text.input_files import list_folder, read_text
from .registry import TEMPLATES_FOLDER

TEMPLATES_FILE = "documents.json"


def checked_templates(
    root: Path, catalogue: Catalogue, variables: Iterable[str]
) -> tuple[list[Problem], dict[str, str]]:
    """Return all problems of a workspace's templates, and the texts of the readable ones by file."""
    variables = sorted(variables)
    cache = _cache(root, catalogue, variables)
    found = cache.fetch() if cache else None
    if found is not None:
        wrong, texts = found
        return list(wrong), texts
    from .template_checks import check_own_templates

    problems, texts = check_own_templates(root, catalogue, variables)
    if cache:
        cache.write((tuple(problems), texts))
    return problems, texts


def _cache(root: Path, catalogue: Catalogue, variables: list[str]) -> RecordCache | None:
    """Return the cache for the templates, fields and variables; None where a file of the folder is not text."""
    texts: dict[str, str] = {}
    for name in list_folder(root / TEMPLATES_FOLDER, TEMPLATES_FOLDER):
        text, _ = read_text(root / TEMPLATES_FOLDER / name, name)
        if text is None:
            return None
        texts[name] = text
    fields = [[name, spec.type, spec.values] for name, spec in catalogue.fields.items()]
    inputs = [list(texts.items()), fields, variables]
    return RecordCache.of(root, TEMPLATES_FILE, inputs, project_classes())
