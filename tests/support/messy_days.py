"""Days of generated accounts whose exports are as messy as real ones: a run a day, in a new workspace."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from click.testing import CliRunner
from tenure.cli.main import main as tenure
from tenure.engine.core.problems import Problems
from tenure.engine.example.lives import Life
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader
from tenure.engine.workspace.store_address import StoreAddress

from support.dirt import DAY, Dirt, clean_rows, soiled, write
from support.store_servers import on_servers


def live_through(
    root: Path,
    world: Sequence[Life],
    dirt: Sequence[Dirt],
    first: dt.date,
    last: dt.date,
    settings: str = "",
    address: StoreAddress | None = None,
) -> tuple[Reader, list[tuple[dt.date, list[str]]]]:
    """Live through the days with a run on each, in a workspace as `tenure init` makes it.

    It has more settings, and its store on servers where there is an address.
    """
    made = CliRunner().invoke(tenure, ["init", str(root), "--demo", "--on", last.isoformat()])
    assert made.exit_code == 0, made.output
    for file in (root / "data").iterdir():
        file.unlink()
    if address is not None:
        on_servers(root, address)
    with (root / "tenure.yaml").open("a", encoding="utf-8") as file:
        file.write(settings)
    good = load_project(root)
    stops = []
    for on in (first + n * DAY for n in range((last - first).days + 1)):
        today = {each.kind: each.detail for each in dirt if not each.account and each.covers(on)}
        rows = clean_rows(world, on)
        export = root / "data" / f"accounts-{on}.csv"
        if dirt:
            rows = soiled(rows, on, dirt)
        if "export down" not in today:
            write(export, rows + rows[:1] if "repeated" in today else rows)
        broken = root / "playbooks" / f"{today.get('broken')}.yaml"
        text = broken.read_text(encoding="utf-8") if broken.exists() else ""
        if text:
            broken.write_text(f"{text}steps: [", encoding="utf-8")
        try:
            run(load_project(root) if text else good, on)
        except Problems as error:
            stops.append((on, [problem.code for problem in error.problems]))
            write(export, rows)  # corrected, and found by the next run
        if text:
            broken.write_text(text, encoding="utf-8")
    return Reader.of(good), stops
