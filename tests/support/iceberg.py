"""An Iceberg catalogue in a folder, as workspaces find one: by the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def opened_catalogue(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the catalogue `crm`, with the namespace `book`; the caller closes it."""
    from pyiceberg import catalog
    from pyiceberg.utils.config import Config

    monkeypatch.setenv("PYICEBERG_CATALOG__CRM__TYPE", "sql")
    monkeypatch.setenv("PYICEBERG_CATALOG__CRM__URI", f"sqlite:///{folder}/catalog.db")
    monkeypatch.setenv("PYICEBERG_CATALOG__CRM__WAREHOUSE", f"file://{folder}/warehouse")
    monkeypatch.setattr(catalog, "_ENV_CONFIG", Config())
    opened = catalog.load_catalog("crm")
    opened.create_namespace("book")
    return opened
