"""Workspaces: open one, run it and read its results. Private: import from `tenure`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from .arguments import (
    DateLike,
    NumberLike,
    PathLike,
    clock,
    last_date,
    read_choice,
    read_date,
    read_names,
    read_path,
    read_reason,
    unknown_account,
)
from .exceptions import CommittedError, UsageError, public_errors

if TYPE_CHECKING:
    import polars as pl

    from .condition_api import Condition
    from .engine.core.problems import Problem
    from .engine.project.loading import Project
    from .playbook_set import Playbooks
    from .result_types import Explanation, Report, RunResult

SETTINGS_FILE = "tenure.yaml"


def open(path: PathLike, *, today: DateLike | None = None) -> Workspace:
    """Open a workspace: read and check its settings, field catalogue and playbooks.

    A playbook with errors is left out; `Workspace.problems` has the reasons.

    Args:
        path: The workspace's folder, with `tenure.yaml`.
        today: The current date, for trials and tests. By default it is the clock's, in the workspace's time zone.

    Returns:
        The workspace. Open it again after files were edited.

    Raises:
        UsageError: The folder does not exist or is not a workspace.
        ProblemsError: The settings or the field catalogue have errors.

    Examples:
        >>> import tenure
        >>> workspace = tenure.open("demo", today="2026-04-01")
        >>> workspace.problems
        ()
    """
    from .engine.project.loading import load_project

    root = read_path(path, "path")
    fixed = None if today is None else read_date(today, "today")
    if not root.is_dir():
        raise UsageError(f"{root} is not a folder; pass the folder of a workspace")
    if not (root / SETTINGS_FILE).exists():
        raise UsageError(f"{root} has no {SETTINGS_FILE}; `tenure init` makes a workspace")
    with public_errors():
        return Workspace(load_project(root), fixed)


class Workspace:
    """A workspace, opened with `tenure.open`.

    All tables are Polars frames; `frame.to_pandas()` and `frame.to_arrow()` convert them. Dates can be passed as
    `datetime.date` or as ISO 8601 text.
    """

    def __init__(self, project: Project, today: dt.date | None) -> None:
        self._project = project
        self._fixed = today

    def __repr__(self) -> str:
        return f"<tenure.Workspace {self.name!r} in {str(self.path)!r}>"

    @property
    def path(self) -> Path:
        """Return the workspace's folder."""
        return self._project.root

    @property
    def name(self) -> str:
        """Return the workspace's name, as in its settings."""
        return self._project.workspace.name

    @property
    def time_zone(self) -> str:
        """Return the name of the workspace's time zone."""
        return self._project.workspace.time_zone

    @property
    def today(self) -> dt.date:
        """Return the current date in the workspace's time zone, or the date passed to `tenure.open`."""
        return self._fixed or clock(self.time_zone)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return the errors and warnings of the settings, the field catalogue and the playbooks.

        `tenure validate` also checks success plans, document templates and the newest snapshot's columns.
        """
        return self._project.problems

    @property
    def playbooks(self) -> Playbooks:
        """Return the playbooks without errors, to use with `tenure.evaluate`.

        Examples:
            >>> import tenure
            >>> tenure.open("demo").playbooks.ids[:3]
            ('anniversary', 'expansion', 'loyalty')
        """
        from .playbook_set import Playbooks

        project = self._project
        catalogue = project.catalogue
        return Playbooks(
            project.playbooks,
            project.workspace,
            catalogue.types(),
            project.disabled,
            catalogue.events,
        )

    def run(
        self,
        on: DateLike | None = None,
        *,
        redo: bool = False,
        force: str | None = None,
        everybody: bool = False,
    ) -> RunResult:
        """Evaluate the dates that are due up to a date, and commit each: `tenure run`.

        A date that was committed with the same inputs is left alone.

        Args:
            on: The date; by default today. It must not be later than today.
            redo: Evaluate a committed date again; only what is new is added.
            force: Why no brake shall stop the run; it goes on record. Not empty.
            everybody: Evaluate every account on every date, also those to which nothing can happen.

        Returns:
            The new ledger entries, with counts and problems.

        Raises:
            UsageError: The reason is empty.
            ProblemsError: Nothing may be done; `committed` has the dates committed before the failure.
            LockedError: Another run is under way.
            CommittedError: All dates are committed, but the result could not be read.

        Examples:
            >>> import tenure
            >>> workspace = tenure.open("demo", today="2026-04-01")
            >>> result = workspace.run("2026-03-31")
            >>> result.dates
            (datetime.date(2026, 3, 31),)
            >>> result.actions.columns[:4]
            ['action_id', 'due_on', 'issued_on', 'account_id']
            >>> workspace.run("2026-03-31").actions.height
            0
        """
        from .engine.runs.running import run
        from .engine.store import Commits
        from .result_types import run_result

        date, commits = self._on(on), Commits()
        reason = "" if force is None else read_reason(force, "force")
        with self._errors(commits):
            result = run(
                self._project,
                date,
                redo=redo,
                force=reason,
                today=self.today,
                commits=commits,
                everybody=everybody,
            )
        try:
            return run_result(result)
        except Exception as error:
            if not commits.dates:
                raise
            dates = ", ".join(str(each) for each in commits.dates)
            message = f"{dates}: committed, but the result could not be read: {error}"
            raise CommittedError(message, committed=commits.dates) from error

    def preview(
        self,
        on: DateLike | None = None,
        *,
        until: DateLike | dt.timedelta | None = None,
        messages: bool = False,
        everybody: bool = False,
    ) -> RunResult:
        """Return the result that `run` would give, and write nothing: `tenure preview`.

        Args:
            on: The date; by default today.
            until: Also the days up to this date, if accounts did not change: a date, a timedelta, or text
                such as `+30d`.
            messages: Add the columns of rendered messages to `actions`: of those that would be sent.
            everybody: Evaluate every account on every date, also those to which nothing can happen.

        Raises:
            ProblemsError: Nothing may be done.

        Examples:
            >>> import tenure
            >>> workspace = tenure.open("demo", today="2026-04-01")
            >>> workspace.preview("2026-03-31", until="+1d").dates[-1]
            datetime.date(2026, 4, 1)
        """
        from dataclasses import replace

        from .engine.runs.running import preview
        from .result_types import run_result

        date = self._on(on)
        last = None if until is None else last_date(until, date)
        with self._errors():
            result = preview(self._project, date, until=last, today=self.today, everybody=everybody)
            if messages:
                from .engine.reports.rendered_messages import with_messages

                entries, _ = with_messages(self._project, result.entries, result.store)
                result = replace(result, found=entries.lazy())
            return run_result(result)

    def actions(
        self,
        on: DateLike | None = None,
        *,
        due_from: DateLike | None = None,
        due_to: DateLike | None = None,
        owner: str | None = None,
        accounts: str | Iterable[str] | None = None,
        playbooks: str | Iterable[str] | None = None,
        statuses: str | Iterable[str] | None = None,
        history: bool = False,
        messages: bool = False,
    ) -> pl.DataFrame:
        """Return actions of the ledger: `tenure actions`.

        Args:
            on: Issued on this date; by default today, unless `due_from` or `due_to` is given.
            due_from: Due on this date or later.
            due_to: Due on this date or earlier.
            owner: Of this owner.
            accounts: Of these account ids.
            playbooks: Of these playbooks.
            statuses: With one of these statuses.
            history: Return every entry of an action, not only the last.
            messages: Add the columns of rendered messages; of actions not issued only with `statuses` or `history`.

        Returns:
            One row per action, with the columns of the ledger, sorted by `due_on`, `account_id`, `playbook`, `step`
            and `action_id`.

        Examples:
            >>> import tenure
            >>> workspace = tenure.open("demo", today="2026-04-01")
            >>> workspace.actions(due_from="2026-04-01", statuses="issued").height
            0
        """
        from .engine.reports.formats import ACTION_STATUSES
        from .engine.store.reader import Reader

        first = None if due_from is None else read_date(due_from, "due_from")
        last = None if due_to is None else read_date(due_to, "due_to")
        issued_on = self._on(on) if on is not None or (first is None and last is None) else None
        chosen = read_names(statuses, "statuses")
        for status in chosen or ():
            read_choice(status, "status", ACTION_STATUSES)
        if owner is not None and not isinstance(owner, str):
            raise UsageError(f"owner is not a text: {owner!r}")
        account_ids, playbook_ids = (
            read_names(accounts, "accounts"),
            read_names(playbooks, "playbooks"),
        )
        with self._errors():
            store = Reader.of(self._project)
            entries = store.ledger(
                issued_on=issued_on,
                date_from=first,
                date_to=last,
                owner=owner,
                accounts=account_ids,
                playbooks=playbook_ids,
                statuses=chosen,
                history=history,
            )
            if messages:
                from .engine.reports.formats import ACTION_STATUSES
                from .engine.reports.rendered_messages import TO_BE_SENT, with_messages

                asked = chosen or (ACTION_STATUSES if history else TO_BE_SENT)
                entries, _ = with_messages(self._project, entries, store, asked)
            return entries

    def explain(
        self, account: str, on: DateLike | None = None, *, playbook: str | None = None
    ) -> Explanation:
        """Explain an account: its state in each playbook, and which conditions are true, false or unknown.

        Args:
            account: The account id.
            on: The date; by default today.
            playbook: In this playbook only.

        Raises:
            UsageError: The account or the playbook is unknown.

        Examples:
            >>> import tenure
            >>> workspace = tenure.open("demo", today="2026-04-01")
            >>> explanation = workspace.explain("00012", playbook="loyalty")
            >>> explanation.standings["playbook"].to_list()
            ['loyalty']
        """
        from .engine.reports.explanation import explain_account
        from .result_types import explanation_result

        date = self._on(on)
        account = self._account_id(account)
        project = self._project
        chosen = project.playbooks
        if playbook is not None:
            id = read_choice(playbook, "playbook", [each.id for each in chosen])
            chosen = tuple(each for each in chosen if each.id == id)
        with self._errors():
            explanation = explain_account(project, account, date, chosen)
            if explanation is None:
                raise unknown_account(project, account, date)
            return explanation_result(explanation)

    def metrics(
        self,
        *families: str,
        on: DateLike | None = None,
        start: DateLike | None = None,
        end: DateLike | None = None,
        by: str | None = None,
        each: str | None = None,
        method: str = "snapshots",
        counting: str = "n_day",
        periods: str = "days",
        account: str | None = None,
        hours: NumberLike | None = None,
        rate: NumberLike | None = None,
        reduction: NumberLike | None = None,
        licence: NumberLike | None = None,
        setup: NumberLike | None = None,
        share: str | None = None,
        language: str | None = None,
        explain: bool = False,
    ) -> pl.DataFrame:
        """Compute metrics from snapshots and ledger: `tenure metrics --format json`.

        Args:
            families: `revenue`, `customers`, `renewals`, `cohorts`, `reviews`, `playbooks`, `effects` or `roi`; by
                default all but the last three.
            on: The date up to which data is read; by default today.
            start: The window's start; by default twelve months before its end.
            end: The window's end; by default the newest snapshot's date.
            by: Also by group: `segment`, `plan`, `owner`, `country` or `cohort`.
            each: `month`: `revenue`, `customers` and `renewals` of each month of the window; `period` is its last date.
            method: How gains and losses are counted: `snapshots` (between the two ends) or `movements` (on the way).
            counting: How cohorts count: `n_day` or `on_or_after`.
            periods: Periods of cohorts: `days` or `months`.
            account: The account of `roi`; by default all accounts whose fields are filled.
            hours: For `roi` of numbers instead of accounts: the hours of work a year that it eases.
            rate: The cost of an hour.
            reduction: The share of the hours that is saved: 0.3 or `30%`.
            licence: The cost of the licence for a year.
            setup: The cost of set-up and training, once. The five numbers are given together.
            share: For `effects`: the share of accounts, such as `10%`, of which it says what a holdout would show.
            language: The language of `note`, such as `fr`; by default the workspace's.
            explain: Add the columns `definition`, `population` and `source`.

        Returns:
            One row per figure: `metric`, `group`, `period`, `unit`, `currency`, `level`, `note` (String), `value`
            (Decimal), `accounts` (Int64), `from`, `to` (Date). `value` is null where it is unknown.

        Raises:
            UsageError: A name is unknown, the window is wrong, or the inputs of `roi` do not go together.
            ProblemsError: A snapshot is missing or cannot be read.

        Examples:
            >>> import tenure
            >>> workspace = tenure.open("demo", today="2026-04-01")
            >>> figures = workspace.metrics("revenue", start="2025-10-08")
            >>> figures["metric"].to_list()[:2]
            ['start', 'expansion']
            >>> figures = workspace.metrics("roi", hours=100, rate=30, reduction="50%", licence=900, setup=100)
            >>> dict(figures.select("metric", "value").iter_rows())["roi"]
            Decimal('50.0000')
        """
        from .engine.metrics.groups import EACH, FAMILIES, MONTHLY, OVERVIEW
        from .engine.metrics.roi_inputs import given_inputs
        from .engine.reports.figure_listing import for_programs
        from .metrics_api import (
            family_figures,
            figure_language,
            holdout_share,
            metric_choices,
            metric_request,
            roi_numbers,
        )
        from .result_types import figures_frame

        date, project = self._on(on), self._project
        monthly = each is not None and bool(read_choice(each, "each", EACH))
        offered = MONTHLY if monthly else FAMILIES
        names = [read_choice(name, "metrics", offered) for name in families]
        numbers = roi_numbers(hours, rate, reduction, licence, setup)
        if (given := given_inputs(account, numbers)) and "roi" not in names:
            raise UsageError(f"{given[0]} is for the metrics roi")
        if share is not None and "effects" not in names:
            raise UsageError("share is for the metrics effects")
        account = None if account is None else self._account_id(account)
        shown = names or (MONTHLY if monthly else OVERVIEW)
        choices = metric_choices(by, method=method, counting=counting, periods=periods)
        choices |= {"with_terms": "renewals" in shown, "share": holdout_share(share)}
        spoken = project.workspace.language if language is None else figure_language(language)
        with self._errors():
            request = metric_request(project, date, start, end, choices)
            figures = [
                figure
                for name in shown
                for figure in family_figures(request, name, account, numbers, monthly=monthly)
            ]
            return figures_frame(for_programs(figures, spoken, explain))

    def figure_accounts(
        self,
        figure: str,
        *,
        on: DateLike | None = None,
        start: DateLike | None = None,
        end: DateLike | None = None,
        by: str | None = None,
        method: str = "snapshots",
    ) -> pl.DataFrame:
        """List the accounts of a figure: `tenure metrics --accounts FIGURE`.

        Args:
            figure: `start`, `expansion`, `contraction`, `churn`, `new`, `reactivation`, `end`, `customers_start`,
                `customers_lost`, `customers_joined`, `customers_end`, `renewed`, `lapsed` or `pending`.
            on: The date up to which data is read; by default today.
            start: The window's start; by default twelve months before its end.
            end: The window's end; by default the newest snapshot's date.
            by: The grouping of the column `group`: `segment`, `plan`, `owner`, `country` or `cohort`.
            method: How contraction and expansion are counted: `snapshots` or `movements`.

        Returns:
            One row per account, the largest change first: `account_id`, `account_name`, `group` (String), `start`,
            `end` and `change` (Decimal, monthly revenue). For `renewed`, `lapsed` and `pending` one row per term, by
            date: `account_id`, `account_name`, `group` (String), `due_on` (Date), `amount` (Decimal, monthly).

        Raises:
            UsageError: A name is unknown, or the window is wrong.
            ProblemsError: A snapshot is missing or cannot be read.

        Examples:
            >>> import tenure
            >>> workspace = tenure.open("demo", today="2026-04-01")
            >>> lost = workspace.figure_accounts("customers_lost", start="2025-10-08")
            >>> lost.columns
            ['account_id', 'account_name', 'group', 'start', 'end', 'change']
            >>> figures = workspace.metrics("customers", start="2025-10-08")
            >>> figures.filter(metric="customers_lost")["value"].item() == lost.height
            True
        """
        from .engine.metrics.families import accounts_of_figure, with_names
        from .engine.metrics.groups import DRILLDOWN_FIGURES
        from .metrics_api import metric_choices, metric_request

        figure = read_choice(figure, "figure", DRILLDOWN_FIGURES)
        date, choices = self._on(on), metric_choices(by, method=method)
        with self._errors():
            request = metric_request(self._project, date, start, end, choices)
            return with_names(request, accounts_of_figure(request, figure))

    def report(
        self,
        document: str,
        subject: str | None = None,
        *,
        on: DateLike | None = None,
        language: str | None = None,
        format: str | None = None,
    ) -> Report:
        """Write a document about an account, a segment or all accounts: `tenure report`.

        Args:
            document: The document's name, such as `qbr_prep`.
            subject: The account id or segment that the document is about.
            on: The date; by default today.
            language: The document's language; by default the account's or the workspace's.
            format: A format of the document; by default its first.

        Raises:
            UsageError: The document, its subject, language or format is unknown.
            ProblemsError: A snapshot, success plan or template has errors.

        Examples:
            >>> import tenure
            >>> workspace = tenure.open("demo", today="2026-04-01")
            >>> report = workspace.report("qbr_prep", "00243", language="en")
            >>> report.format, report.content.startswith("# ")
            ('markdown', True)
        """
        from .engine.documents import registry
        from .result_types import report_result

        date = self._on(on)
        name = read_choice(document, "document", registry.DOCUMENTS)
        kind = registry.DOCUMENTS[name]
        if subject is not None and not kind.takes_subject:
            raise UsageError(f"{name} is about all accounts; leave subject out, {subject!r}")
        if subject is None and kind.needs_subject:
            raise UsageError(f"{name} is about one {kind.subject.lower()}; pass its id as subject")
        subject = None if subject is None else self._account_id(subject, "subject")
        form = kind.formats[0] if format is None else read_choice(format, "format", kind.formats)
        request = registry.DocumentRequest(self._project, name, subject, date, language, form)
        with self._errors():
            try:
                return report_result(name, form, registry.make_document(request))
            except (registry.NoSubject, registry.NoLanguage) as error:
                raise UsageError(str(error)) from error

    def snapshot(self, on: DateLike | None = None) -> pl.DataFrame:
        """Return the newest snapshot not later than a date, as playbooks read it.

        Args:
            on: The date; by default today.

        Returns:
            `account_id` (String) and the fields that playbooks read, by their names in the field catalogue, sorted
            by account. Rows with bad values are left out.

        Raises:
            ProblemsError: The snapshot is missing or cannot be read.
        """
        from .engine.columns.list_columns import with_lists
        from .engine.runs.required_fields import required_fields, with_optional
        from .engine.sources import Snapshots

        newest, project = self.snapshot_date(on), self._project
        with self._errors():
            fields = required_fields(project.playbooks, project.workspace)
            snapshots = Snapshots(project.workspace, project.catalogue)
            fields = with_optional(fields, snapshots, newest)
            frame = snapshots.load(newest, fields).frame.sort("account_id")
        specs = project.catalogue.fields
        return with_lists(
            frame, [n for n in frame.columns if n in specs and specs[n].type == "list"]
        )

    def snapshot_date(self, on: DateLike | None = None) -> dt.date:
        """Return the date of the newest snapshot not later than a date.

        Args:
            on: The date; by default today.

        Raises:
            ProblemsError: There is no snapshot.

        Examples:
            >>> import tenure
            >>> tenure.open("demo").snapshot_date("2026-03-31")
            datetime.date(2026, 3, 25)
        """
        from .engine.metrics.request import newest_on

        date = self._on(on)
        with self._errors():
            return newest_on(self._project, date)

    def states(self) -> pl.DataFrame:
        """Return the latest state of each account in each playbook.

        Returns:
            One row per account and playbook: `account_id`, `playbook`, `cycle`, `state`, `opened_by`, `disarmed`
            (String), `anchor`, `opened_on`, `entered_on`, `due_on`, `ended_on` (Date), `moves` (Int32).
        """
        from .engine.store.reader import Reader

        with self._errors():
            return Reader.of(self._project).states()

    def parse_condition(self, text: str) -> Condition:
        """Parse a condition over the fields of this workspace; see `tenure.parse_condition`."""
        from .condition_api import parse_over

        fields = self._project.catalogue.fields
        return parse_over(text, {name: (spec.type, spec.values) for name, spec in fields.items()})

    def _on(self, on: DateLike | None) -> dt.date:
        """Return a date argument; today without one."""
        return self.today if on is None else read_date(on, "on")

    def _errors(self, commits: Any = None) -> Any:
        """Return the context in which the engine's exceptions become public ones."""
        return public_errors(cast(Mapping[str, str], self._project.texts), commits)

    def _account_id(self, value: object, name: str = "account") -> str:
        """Return an id that must be a text: `7` and `007` are different accounts."""
        if isinstance(value, str):
            return value
        raise UsageError(f"{name} is not a text: {value!r}; ids are texts, such as '007'")
