"""Writes the JSON Schemas beside this file from the shapes: `python -m tenure.schemas.write`."""

from __future__ import annotations

import json
from pathlib import Path

from ..engine.documents.shape import PLAN
from ..engine.fields.shape import FIELDS
from ..engine.playbook.shape import PLAYBOOK
from ..engine.text.shape import json_schema
from ..engine.workspace.shape import WORKSPACE

SHAPES = {"fields": FIELDS, "plan": PLAN, "playbook": PLAYBOOK, "workspace": WORKSPACE}


def schema_text(name: str) -> str:
    """The schema `name` as its file should hold it."""
    return json.dumps(json_schema(SHAPES[name]), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every schema."""
    for name in SHAPES:
        Path(__file__).with_name(f"{name}.json").write_text(schema_text(name), "utf-8")


if __name__ == "__main__":
    main()
