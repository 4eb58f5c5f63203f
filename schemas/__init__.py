"""The JSON Schemas of a workspace's files, for editors: generated, never edited by hand. Private."""

from __future__ import annotations

from importlib import resources

NAMES = ("assumptions", "fields", "outcome", "plan", "playbook", "test", "workspace")


def schema_file(name: str) -> str:
    """Return the text of the shipped schema `name`, one of `NAMES`."""
    return resources.files(__name__).joinpath(f"{name}.json").read_text("utf-8")
