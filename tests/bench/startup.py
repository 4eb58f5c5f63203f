"""Start-up: `tenure --help` beside a bare click program, and `tenure validate` beside `python -c "import click"`.

Whole processes, in turn, from an installed wheel with its bytecode compiled; medians of wall and processor time.

    python tests/bench/startup.py [--runs N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

BARE = """\
import click

@click.group()
def main():
    "A bare program."

@main.command()
def one():
    "One command."

main()
"""
SETTINGS = """\
workspace: Bench
time_zone: Europe/Paris
language: en
country: FR
snapshots: {files: "data/accounts-{date}.csv"}
roles:
  csm: {field: csm}
  account_manager: {field: account_manager}
links:
  book_call: {label: Book a call, url: "https://example.com/book"}
  renew: {label: Renew, url: "https://example.com/renew"}
contact_policy:
  at_most: [{contacts: 2, within: 7 days}]
  priorities: [renewal, other]
variables: {product: Acme}
"""
BOOK = "playbooks/small_renewal.yaml"
FIELDS = "account_id,account_name,status,country,renewal_date,arr,health_score,csm,account_manager"
PLAYBOOK = """\
# yaml-language-server: $schema=../schemas/playbook.json
# Fifty lines: a short renewal timeline.
playbook: small_renewal
title: {en: Small renewal, fr: Petit renouvellement}
schedule: "0 6 * * *"
for: status == 'active'
priority: renewal
owner: [csm, account_manager]
catch_up: {within: 7 days, then: skip}
define:
  at_risk: health_score < 70
  premium: segment in ('enterprise', 'strategic')
timeline:
  anchor: renewal_date
  steps:
    - id: preparation
      at: -120 days
      do:
        - task: {title: Prepare the renewal, due: 10 days}
        - escalation: {when: at_risk, to: csm}
    - id: health_check
      at: -90 days
      when: at_risk
      do:
        - email: {message: health_check, cta: [book_call]}
        - call: {due: 5 business days}
    - id: value_report
      at: -60 days
      do:
        - email: {message: value_report}
    - id: notice
      at: -30 days
      do:
        - email: {message: notice, cta: [renew]}
        - call: {when: premium}
  outcomes:
    renewed: {when: renewal_date > anchor + 60 days}
    lapsed: {at: 30 days}
messages:
  health_check:
    en:
      subject: Let us look at {{ product }} together
      body: Hello, let us take 15 minutes before {{ anchor | date }}.
  value_report:
    en:
      subject: Your year with {{ product }}
      body: Hello, your year in figures is ready.
  notice:
    en:
      subject: Your renewal of {{ product }}
      body: Hello, your subscription ends in {{ days_left }} days.
"""


def timed(command: list[str]) -> tuple[float, float]:
    """Milliseconds on the clock and on the processor, from start to exit."""
    start = time.perf_counter()
    quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    environment = {
        k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
    }
    pid = os.posix_spawn(command[0], command, environment, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"failed: {' '.join(command)}")
    return 1000 * (time.perf_counter() - start), 1000 * (usage.ru_utime + usage.ru_stime)


def laid_out(folder: Path) -> Path:
    """A workspace with the fifty-line playbook and a snapshot's header."""
    for name in ("data", "playbooks"):
        (folder / name).mkdir()
    (folder / "tenure.yaml").write_text(SETTINGS, encoding="utf-8")
    (folder / BOOK).write_text(PLAYBOOK, encoding="utf-8")
    row = "a,A,active,FR,2026-12-01,9000,80,Zoe,Max"
    (folder / "data" / "accounts-2026-11-01.csv").write_text(f"{FIELDS}\n{row}\n", encoding="utf-8")
    (folder / "bare.py").write_text(BARE, encoding="utf-8")
    return folder


def main() -> None:
    """Prints a row for each pair."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=21)
    runs = parser.parse_args().runs
    tenure = str(Path(sys.executable).parent / "tenure")
    with tempfile.TemporaryDirectory() as name:
        folder = laid_out(Path(name))
        pairs = [
            (
                "tenure --help / bare click program",
                [tenure, "--help"],
                [sys.executable, str(folder / "bare.py"), "--help"],
            ),
            (
                "tenure validate / import click",
                [tenure, "validate", str(folder / BOOK), "--workspace", str(folder)],
                [sys.executable, "-c", "import click"],
            ),
        ]
        for label, ours, theirs in pairs:
            timed(ours), timed(theirs)
            samples = [(timed(ours), timed(theirs)) for _ in range(runs)]
            wall = [statistics.median(pair[side][0] for pair in samples) for side in (0, 1)]
            cpu = [statistics.median(pair[side][1] for pair in samples) for side in (0, 1)]
            print(
                f"{label:36} {wall[0]:6.1f} / {wall[1]:5.1f} ms = {wall[0] / wall[1]:.2f}"
                f"   processor {cpu[0]:6.1f} / {cpu[1]:5.1f} ms = {cpu[0] / cpu[1]:.2f}"
            )


if __name__ == "__main__":
    main()
