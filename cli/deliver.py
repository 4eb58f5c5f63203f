"""`tenure deliver`: hand what is due to the people who act on it, through the workspace's channels."""

from __future__ import annotations

import datetime as dt
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from .options import format_option, on_option, today, today_option, workspace_option
from .output import echo_status, write_output
from .patience import patiently, wait_option
from .workspaces import exit_with, load_quietly, report_problems

if TYPE_CHECKING:
    from ..engine.delivery.delivering import DeliveryReport

DELIVERY_FORMATS = ("table", "csv", "json", "jsonl")


class SystemClock:
    """The machine's clock, in the workspace's time zone."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)

    def now(self) -> dt.datetime:
        """Return the current instant."""
        return dt.datetime.now(self._zone)

    def seconds(self) -> float:
        """Return seconds that only ever grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


@click.command("deliver")
@workspace_option
@on_option
@today_option
@click.option("--dry-run", is_flag=True, help="List what would be sent; send and write nothing.")
@click.option("--retry", is_flag=True, help="Send again what has failed.")
@wait_option
@format_option(DELIVERY_FORMATS)
def deliver_command(
    root: Path,
    on: dt.date | None,
    now: dt.date | None,
    dry_run: bool,
    retry: bool,
    wait: int,
    form: str,
) -> None:
    """Hand what is due to the people who act on it, through the channels of `tenure.yaml`.

    Each action, digest and letter is sent once. Ends with 1 if something was not sent.
    """
    project = load_quietly(root)
    now = now or today(project.workspace)
    day = on or now
    if day > now:
        raise click.BadParameter(f"{day} is after today, {now}.", param_hint="--on")
    if not project.workspace.channels:
        echo_status("nothing is delivered: tenure.yaml has no `channels:`")
        return
    from ..engine.delivery.delivering import deliver, preview_delivery
    from ..engine.store import Store
    from ..engine.store.reader import Reader

    if dry_run:
        report = preview_delivery(project, Reader.of(project), day)
    else:
        clock = SystemClock(project.workspace.time_zone)

        def opened() -> Store:
            writer = Store.open(project.store, project.root, former=project.former_ids)
            return held.enter_context(writer)

        with ExitStack() as held:
            store = patiently(opened, wait)
            report_problems(store.warnings)
            report = deliver(project, store, day, clock, retry=retry)
    _show(report, form, dry_run)
    if report.failed or (report.waiting and not dry_run):
        click.get_current_context().exit(1)
    exit_with(report.problems)


def _show(report: DeliveryReport, form: str, dry_run: bool) -> None:
    from ..engine.reports.listing import WRITERS
    from ..engine.reports.table import draw_text_table

    if form != "table":
        write_output(WRITERS[form](report.listing), form)
    elif report.listing.rows:
        write_output(draw_text_table(report.listing) + "\n", form)
    report_problems(report.problems)
    if dry_run:
        echo_status(f"{report.waiting} to send; nothing was sent")
        return
    rest = f", {report.waiting} waiting" if report.waiting else ""
    rest += f", {report.failed} failed" if report.failed else ""
    echo_status(f"{report.sent} sent{rest}")
