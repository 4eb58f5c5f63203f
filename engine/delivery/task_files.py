"""The channel that writes the new actions of a day into one CSV file, in the layout of a CRM's import of tasks.

A layout is a template in `templates/`: `columns` has the text of each column, and `words` the CRM's words for values of
ours, with `*` for all others. Its first column has the action's id, by which the CRM recognises a task that it has.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..core.atomic_files import write_whole
from ..reports.listing import escape_formula
from ..store.parquet_files import ignore_in_git
from ..workspace.channels import TaskLayout
from .action_templates import fill_action_template, read_template
from .outbox import DeliveryFailed
from .parcels import Parcel, ParcelContent


class TaskFileSender:
    """Writer of a channel's file of tasks, in a folder for each day."""

    def __init__(self, folder: Path, channel: str, layout: TaskLayout) -> None:
        self._folder = folder
        self._name = f"tasks-{channel}.csv"
        self._layout = layout

    def send_together(self, contents: Iterable[ParcelContent], on: dt.date) -> str:
        """Write the file of a date, whole. Written again, it is replaced."""
        actions = [content for content in contents if isinstance(content, Mapping)]
        day = self._folder / on.isoformat()
        try:
            day.mkdir(mode=0o700, parents=True, exist_ok=True)
            ignore_in_git(self._folder)
            text = draw_tasks(self._layout, actions)
            write_whole(day / self._name, text.encode("utf-8", "replace"), private=True)
        except OSError as error:
            reason = error.strerror or str(error)
            message = f"the file cannot be written: {reason}"
            raise DeliveryFailed(message, temporary=True, channel_down=True) from error
        return "written"

    def send(self, parcel: Parcel, content: ParcelContent) -> str:
        """Refuse a single action: a file has all of its day."""
        raise TypeError(
            f"{parcel.key} and {type(content).__name__}: a file of tasks is written whole"
        )

    def close(self) -> None:
        """Do nothing: the file is closed when it is written."""


def draw_tasks(layout: TaskLayout, actions: Iterable[Mapping[str, Any]]) -> str:
    """Return the CSV file of actions in a layout, in order of due date and account."""
    name = f"tasks_{layout}"
    template = read_template(name)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(template["columns"]), lineterminator="\n")
    writer.writeheader()
    for values in sorted(actions, key=_order):
        row = fill_action_template(name, _in_words(values, template["words"]))["columns"]
        writer.writerow({column: escape_formula(value or "") for column, value in row.items()})
    return out.getvalue()


def _order(values: Mapping[str, Any]) -> tuple[str, str, str]:
    return (values["due_on"] or "", values["account_id"], values["action_id"])


def _in_words(values: Mapping[str, Any], words: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return an action's values with the CRM's words for those that it has its own for."""
    translated = {name: known.get(values[name], known["*"]) for name, known in words.items()}
    return {**values, **translated}
