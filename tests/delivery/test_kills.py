"""`deliver` killed 400 times, at each boundary and at random ones: all arrives at least once, and once by its key.

What is taken back after a kill does not arrive any more, and is taken out of the calendar. Of people who each have a
calendar, one gets another one and another person's action: killed at each boundary, every entry ends where it belongs.
Run as a script this file delivers and is killed: `PYTHONPATH=tests python tests/delivery/test_kills.py FOLDER KILLS`,
or `… FOLDER moves`.
"""

from __future__ import annotations

import csv
import importlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support.calendar_server import PASSWORD, PATH, CalendarServer, serving_calendar
from support.deliveries import DAY, TestClock, deliver_day, make_workspace, rows_of, run_day
from support.every_channel import Servers, record_outcomes, serving_every_channel
from support.killed_store import forked

ACCOUNTS = 3
KILLS = 400
ANY = range(1, ACCOUNTS + 1)


def prepare(root: Path, copy: Path) -> list[str]:
    """Run the day, deliver a copy, and return the modules that this took."""
    run_day(root)
    shutil.copytree(root, copy)
    resumed(copy, "a1")
    return list(sys.modules)


def import_all(modules: list[str]) -> None:
    """Import modules once for all processes that are forked."""
    for name in modules:
        if name.startswith(("tenure.", "apprise.", "icalendar", "jinja2.", "email.", "babel.")):
            with suppress(ImportError), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                importlib.import_module(name)


def warm_up() -> None:
    """Do once what each process that is forked would do first; Polars stays out, whose threads survive no fork."""
    import apprise
    from tenure.engine.delivery.digest_pages import digest_template
    from tenure.engine.documents.localizer import Localizer
    from tenure.engine.project.record_cache import engine_state
    from tenure.engine.text.phrases import find_phrase

    apprise.Apprise.instantiate("json://127.0.0.1/")
    engine_state()
    find_phrase("reasons", "en", "")
    for form in ("html", "text"):
        digest_template(form)
    Localizer("en", "digest").date(DAY)


def killed(root: Path, call: int) -> int:
    """Deliver, dying at that call of a failpoint; return the number of calls where there are fewer."""
    from tenure.engine.store import failpoints

    calls = 0

    def failpoint(name: str) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)

    failpoints.failpoint = failpoint
    deliver_day(root, TestClock())
    return calls


def killed_afterwards(root: Path, account: str | None, call: int) -> int:
    """Take an account's actions back, then deliver as `killed` does: it may die while it removes them."""
    take_back(root, account)
    return killed(root, call)


def take_back(root: Path, account: str | None) -> None:
    """Dismiss an account's actions."""
    from tenure.engine.project.loading import load_project

    if account is not None:
        record_outcomes(load_project(root), {account: "dismissed"})


def resumed(root: Path, account: str | None) -> Any:
    """Take an account's actions back, deliver the rest, then once more, and return what the store has."""
    from tenure.engine.project.loading import load_project
    from tenure.engine.store import verify
    from tenure.engine.store.reader import Reader

    take_back(root, account)
    project = load_project(root)
    deliver_day(root, TestClock())
    report = deliver_day(root, TestClock())
    reader = Reader.of(project)
    states = Counter(f"{row.channel} {row.state}" for row in reader.deliveries())
    return {
        "states": states,
        "again": list(report.listing.rows),
        "letters": reader.outcomes().filter(by="tenure deliver").height,
        "wrong": [problem.message for problem in verify(project.store)],
    }


def keys_of(servers: Servers) -> dict[str, Counter[str]]:
    """Return how often each key has arrived, by channel: a notification's is the action's id in its text."""
    hook = Counter(servers.hook.keys())
    phone = Counter(body["message"].splitlines()[-1] for body in servers.phone.bodies())
    letters, morning = Counter[str](), Counter[str]()
    for to, message in servers.mail.messages:
        (letters if to.startswith("c") else morning)[str(message["Message-ID"])] += 1
    return {"hook": hook, "phone": phone, "letters": letters, "morning": morning}


def file_ids(root: Path) -> list[str]:
    path = root / "crm" / DAY.isoformat() / "tasks-crm.csv"
    rows = csv.DictReader(path.read_text("utf-8").splitlines()) if path.exists() else ()
    return [row["Tenure ID"] for row in rows]


def kill_once(
    servers: Servers, folder: Path, calls: list[int], account: str | None
) -> dict[str, Any]:
    """Return what arrived where `deliver` was killed at these calls; the account is taken back after the first."""
    root = folder / "killed"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(folder / "template", root)
    servers.forget()
    done = [forked(killed, root, calls[0])]
    before, in_file = servers.arrived(root), len(file_ids(root))
    if len(calls) > 1:
        done.append(forked(killed_afterwards, root, account, calls[1]))
    end = forked(resumed, root, account if len(calls) == 1 else None)
    after = servers.arrived(root)
    ids = file_ids(root)
    return {
        "kills": done.count(None),
        "calls": calls,
        "ended": [each for each in done if each is not None],
        "account": account,
        "before": {channel: found.get(account or "", 0) for channel, found in before.items()},
        "after": {channel: dict(found) for channel, found in after.items()},
        "keys": {channel: [len(c), c.total()] for channel, c in keys_of(servers).items()},
        "file": [in_file, len(ids), len(set(ids))],
        "outbox": sorted(path.name for path in (root / "outbox").rglob("*")),
        **end,
    }


def kill_everywhere(folder: Path, kills: int) -> None:
    """Print what arrived for each kill: first at every boundary, then at random ones, two in a row."""
    chance = random.Random(11)
    with serving_every_channel(folder) as servers:
        os.environ.update(servers.environment())
        servers.lay_out(folder / "template", ACCOUNTS)
        import_all(forked(prepare, folder / "template", folder / "tried"))
        warm_up()
        boundaries, killed_so_far, call = 0, 0, 0
        while killed_so_far < kills:
            call += 1
            account = f"a{chance.choice(ANY)}" if chance.random() < 0.6 else None
            calls = [call]
            if boundaries:
                # The second delivery has less to do: it is killed early, or not at all.
                calls = [chance.randint(1, boundaries), chance.randint(1, boundaries // 2)]
            result = kill_once(servers, folder, calls, account)
            killed_so_far += result["kills"]
            if not boundaries and result["ended"]:
                (boundaries,) = result["ended"]
            print(json.dumps(result), flush=True)


def check(result: dict[str, Any]) -> int:
    """Check what arrived, and return how much of it arrived more than once."""
    everyone = {f"a{number}" for number in ANY}
    account = result["account"]
    still_open = everyone - {account}
    assert result["wrong"] == [], result
    assert result["again"] == [], result
    again = 0
    for channel, found in result["after"].items():
        # At least once; what was taken back arrived before that or not at all.
        assert still_open <= set(found) <= everyone, result
        if channel == "calendar":
            assert found == dict.fromkeys(still_open, 1), result
        elif account is not None:
            assert found.get(account, 0) <= result["before"][channel], result
    for channel, (keys, total) in result["keys"].items():
        assert keys == (1 if channel == "morning" else len(result["after"][channel])), result
        again += total - keys
    # At most what one process had in the air when it was killed comes twice.
    assert again <= result["kills"], result
    in_file, rows, ids = result["file"]
    assert rows == ids, result
    assert rows in (len(still_open), in_file), result
    assert result["outbox"] == [".gitignore", DAY.isoformat(), "alice.csv"], result
    # A letter that was in the air when its process was killed, and then taken back, is not known to have arrived.
    sent = set(result["after"]["letters"])
    assert result["letters"] in (len(sent), len(sent - {account})), result
    assert result["states"]["desk sent"] == result["states"]["morning sent"] == 1, result
    assert not any("sending" in state or "failed" in state for state in result["states"]), result
    return again


CALENDARS = """\
channels:
  calendar:
    calendar: {{url: "{url}", user: tenure, password: "${{CALENDAR_PASSWORD}}"}}
    kinds: [task]
"""
BEFORE, AFTER = (
    f"name,calendar\nAlice,{alice}\nBob,bob\nCy,cy\n" for alice in ("alice", "alice-2")
)


def deliver_before(root: Path) -> list[str]:
    """Run and deliver the day, and return the modules that this took."""
    (root / "people.csv").write_text(BEFORE)
    run_day(root)
    deliver_day(root, TestClock())
    return list(sys.modules)


def move(root: Path) -> None:
    """Give Alice another calendar, and an action of Bob to Cy."""
    from tenure.engine.project.loading import load_project

    (root / "people.csv").write_text(AFTER)
    record_outcomes(load_project(root), {"a2": "assigned"}, to="Cy")


def deliver_rest(root: Path) -> Any:
    """Deliver the rest, then once more, and return what the store has."""
    from tenure.engine.project.loading import load_project
    from tenure.engine.store import verify
    from tenure.engine.store.reader import Reader

    deliver_day(root, TestClock())
    again = rows_of(deliver_day(root, TestClock()))
    project = load_project(root)
    states = Counter(row.state for row in Reader.of(project).deliveries())
    return {"again": again, "states": states, "wrong": [p.message for p in verify(project.store)]}


def accounts_in(calendar: CalendarServer, name: str) -> list[str]:
    """Return the accounts of the entries of a person's calendar."""
    status, text = calendar.request("GET", f"/tenure/{name}/")
    assert status == 200, text
    return sorted(re.findall(r"account (a\d)\b", text.decode()))


def kill_moves(folder: Path) -> None:
    """Print for each boundary where the entries are after `deliver` was killed there."""
    with serving_calendar(folder / "radicale") as calendar:
        os.environ["CALENDAR_PASSWORD"] = PASSWORD
        url = calendar.url.replace(PATH, "/tenure/{calendar}/")
        template, root = folder / "template", folder / "killed"
        make_workspace(template, CALENDARS.format(url=url), ("Alice", "Bob"))
        call, ended = 0, None
        while ended is None:
            call += 1
            shutil.rmtree(root, ignore_errors=True)
            shutil.copytree(template, root)
            for name in ("alice", "alice-2", "bob", "cy"):
                calendar.request("DELETE", f"/tenure/{name}/")
                calendar.request("MKCALENDAR", f"/tenure/{name}/")
            import_all(forked(deliver_before, root))
            warm_up()
            forked(move, root)
            ended = forked(killed, root, call)
            rest = forked(deliver_rest, root)
            found = {
                name: accounts_in(calendar, name) for name in ("alice", "alice-2", "bob", "cy")
            }
            print(json.dumps({"call": call, "found": found, **rest}), flush=True)


def killed_results(*arguments: str) -> list[dict[str, Any]]:
    """Return what this file prints as a script."""
    tests = str(Path(__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": tests, "POLARS_MAX_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, folder, *arguments]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=3000
        )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_killed_while_entries_move_each_ends_in_one_calendar_of_the_table() -> None:
    results = killed_results("moves")
    # Two are written and one is removed, each planned or read, sent and noted.
    assert len(results) > 2 * 2 + 2
    for result in results:
        assert result["wrong"] == result["again"] == [], result
        # The table has the first calendar of Alice no more, so that nothing is removed there.
        places = {"alice": ["a1"], "alice-2": ["a1"], "bob": [], "cy": ["a2"]}
        assert result["found"] == places, result
        assert result["states"] == {"sent": 2, "dropped": 2}, result


@pytest.mark.slow
def test_killed_at_every_boundary_everything_arrives_once_by_its_key() -> None:
    results = killed_results(str(KILLS))
    assert sum(result["kills"] for result in results) >= KILLS
    alone = [result for result in results if len(result["calls"]) == 1]
    # A task goes to three channels, a letter to one, and a digest to two, with eight points each; a file of tasks has
    # all of them at once.
    assert len(alone) > 8 * (ACCOUNTS * 4 + 2 + 1)
    twice = sum(check(result) for result in results)
    # Killed between sending and noting, each of them is sent again under the same key.
    assert twice >= ACCOUNTS * 3


if __name__ == "__main__":
    if sys.argv[2] == "moves":
        kill_moves(Path(sys.argv[1]))
    else:
        kill_everywhere(Path(sys.argv[1]), int(sys.argv[2]))
