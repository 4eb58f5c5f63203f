"""Write the JSON Schemas into this folder from the shapes: `python -m tenure.schemas.write`."""

from __future__ import annotations

import json
from pathlib import Path

from ..engine.fields.fields_schema import FIELDS_SHAPE
from ..engine.foresight.assumptions_schema import ASSUMPTIONS_SHAPE
from ..engine.playbook.playbook_schema import PLAYBOOK_SHAPE
from ..engine.runs.outcome_schema import OUTCOME_SHAPE
from ..engine.testing.case_schema import TEST_SHAPE
from ..engine.text.schema.shapes import json_schema
from ..engine.workspace.plan_schema import PLAN_SHAPE
from ..engine.workspace.settings_schema import WORKSPACE_SHAPE
from .offers import offer_field_names, offer_tested_fields

SHAPES = {
    "assumptions": ASSUMPTIONS_SHAPE,
    "fields": FIELDS_SHAPE,
    "outcome": OUTCOME_SHAPE,
    "plan": PLAN_SHAPE,
    "playbook": PLAYBOOK_SHAPE,
    "test": TEST_SHAPE,
    "workspace": WORKSPACE_SHAPE,
}


def schema_text(name: str) -> str:
    """Return the schema `name` as its file should hold it."""
    schema = json_schema(SHAPES[name])
    offer_tested_fields(schema, "Test of a field")
    if name == "fields":
        offer_field_names(schema)
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every schema."""
    for name in SHAPES:
        Path(__file__).with_name(f"{name}.json").write_text(schema_text(name), "utf-8")


if __name__ == "__main__":
    main()
