"""Playbooks with the rules of their workspace, as `tenure.evaluate` takes them. Private: import from `tenure`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .arguments import read_choice
from .engine.core.ids import ACCOUNT_ID

if TYPE_CHECKING:
    import polars as pl

    from .engine.evaluation.inputs import Rules
    from .engine.evaluation.prepare import Prepared
    from .engine.fields.catalogue import EventTable
    from .engine.language.expressions import EventCall, Type
    from .engine.playbook.model import Playbook
    from .engine.workspace.settings import WorkspaceSettings as Settings


class Playbooks:
    """Playbooks of a workspace with its rules, for `tenure.evaluate`; `Workspace.playbooks` returns them.

    They can be pickled, to send them to the workers of a cluster.

    Examples:
        >>> import tenure
        >>> renewal = tenure.open("demo").playbooks.select("renewal")
        >>> renewal.ids
        ('renewal',)
        >>> renewal.columns["renewal_date"]
        Date
    """

    __slots__ = ("_disabled", "_events", "_playbooks", "_prepared", "_settings", "_types")

    def __init__(
        self,
        playbooks: Sequence[Playbook],
        settings: Settings,
        types: Mapping[str, Type],
        disabled: frozenset[str],
        events: Mapping[str, EventTable],
    ) -> None:
        self._playbooks = tuple(playbooks)
        # All of the workspace: a selection may read playbooks that are not in it.
        self._disabled = disabled
        self._settings = settings
        self._types = types
        self._events = events
        self._prepared: list[Prepared] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return Playbooks, (
            self._playbooks,
            self._settings,
            self._types,
            self._disabled,
            {name: _picklable(table) for name, table in self._events.items()},
        )

    def __repr__(self) -> str:
        return f"<tenure.Playbooks {', '.join(self.ids)}>"

    def __len__(self) -> int:
        return len(self._playbooks)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    def __contains__(self, id: object) -> bool:
        return id in self.ids

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids of the playbooks, sorted."""
        return tuple(playbook.id for playbook in self._playbooks)

    @property
    def disabled(self) -> tuple[str, ...]:
        """Return the ids of those that are disabled: they are not evaluated."""
        return tuple(id for id in self.ids if id in self._disabled)

    @property
    def columns(self) -> dict[str, pl.DataType]:
        """Return the columns that a snapshot must have, with their types."""
        import polars as pl

        from .engine.columns.list_columns import LISTS
        from .engine.runs.required_fields import required_fields
        from .engine.sources.convert import POLARS_TYPES

        fields = sorted(required_fields(self._playbooks, self._settings) - {ACCOUNT_ID})
        types = {
            name: LISTS if self._types[name] == "list" else POLARS_TYPES[self._types[name]]
            for name in fields
        }
        return {ACCOUNT_ID: pl.String(), **types}

    @property
    def events(self) -> dict[str, tuple[str, ...]]:
        """Return the tables of events that the enabled playbooks read, and the columns that each must have.

        The columns are those of the table's file or query: account and date, then those that conditions read.
        """
        from .engine.sources.event_files import column_of, specs_read

        calls = self._event_calls(self._enabled()).values()
        return {
            name: tuple(
                column_of(spec)
                for spec in specs_read(
                    self._events[name], [call for call in calls if call.table == name]
                ).values()
            )
            for name in sorted({call.table for call in calls})
        }

    def select(self, *ids: str) -> Playbooks:
        """Return only some of the playbooks.

        Raises:
            UsageError: There is no such playbook.
        """
        chosen = {read_choice(id, "playbook", self.ids) for id in ids}
        playbooks = [playbook for playbook in self._playbooks if playbook.id in chosen]
        return Playbooks(playbooks, self._settings, self._types, self._disabled, self._events)

    def _compiled(self) -> list[Prepared]:
        """Return the enabled playbooks compiled for columns, once per process."""
        from .engine.evaluation.prepare import prepare

        if self._prepared is None:
            self._prepared = [prepare(playbook) for playbook in self._enabled()]
        return self._prepared

    def _enabled(self) -> list[Playbook]:
        return [playbook for playbook in self._playbooks if playbook.enabled]

    def _event_calls(self, playbooks: Iterable[Playbook]) -> dict[str, EventCall]:
        """Return the functions of events in the conditions of some playbooks and the contact policy."""
        from .engine.runs.required_fields import events_of

        return events_of(playbooks, self._settings)

    def _rules(self) -> Rules:
        """Return the workspace's rules."""
        from .engine.evaluation.action_ids import first_names
        from .engine.evaluation.inputs import Rules

        settings = self._settings
        return Rules(
            settings.roles,
            settings.policy,
            settings.calendar(),
            settings.language,
            first_names=first_names(self._playbooks),
            disabled=self._disabled,
        )


def _picklable(table: EventTable) -> EventTable:
    """Return a table whose read-only mappings, which cannot be pickled, are dictionaries."""
    account, date, *columns = (
        spec._replace(translate=dict(spec.translate)) for spec in table.specs().values()
    )
    return table._replace(
        account=account,
        date=date,
        columns={spec.name: spec for spec in columns},
        tables=dict(table.tables),
    )
