"""Effects by holdouts: of a small book counted by hand, and of simulated worlds whose truth is known."""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from support.one_account import text
from support.playbook_texts import loaded
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.engine.metrics.holdout_effects import (
    EFFECT_FIGURES,
    EFFECT_MEASURES,
    EffectMeasure,
    compare_groups,
    compute_holdouts,
)
from tenure.engine.metrics.metric_value import Figure, Window
from tenure.engine.metrics.request import MetricRequest
from tenure.engine.playbook.holdouts import is_held_out
from tenure.engine.playbook.model import Holdout, Playbook
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

START, END = dt.date(2026, 1, 5), dt.date(2026, 4, 6)
WINDOW = Window(START - dt.timedelta(days=3), END)
DAY = dt.timedelta(days=1)
IDS = [f"a{n:03}" for n in range(200)]
BODY = """\
timeline:
  anchor: renewal_date
  steps: [{id: notice, at: -30 days, do: [{email: {owner: csm, until: 5 days}}, {task: {owner: csm}}]}]
  outcomes: {over: {at: 60 days}}
"""
HELD = "holdout: {share: 30 %}\n"


def held_out(share: float, playbook: str = "p") -> set[str]:
    """The accounts that are held out, computed by themselves."""

    def position(account: str) -> float:
        digest = hashlib.sha256(f"{playbook}\x1f{account}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64

    return {id for id in IDS if position(id) < share}


def account(id: str, **more: Any) -> dict[str, Any]:
    known = {"account_id": id, "account_name": id, "status": "active", "csm": "Zoé", "mrr": 100}
    return known | {"renewal_date": START + 30 * DAY, "nps_rating": "", "churn_date": ""} | more


def after(id: str) -> dict[str, Any]:
    """What became of an account: of those held out every third leaves, of the others every tenth."""
    number, held = int(id[1:]), id in held_out(0.3)
    if number % (3 if held else 10) == 0:
        return account(id, status="lapsed", churn_date=START + 50 * DAY, mrr=0)
    return account(id, mrr=100 + number % 7, nps_rating=number % 11)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "w", HELD)


def lay_out(root: Path, head: str, body: str = BODY) -> Path:
    workspace(root, {"p": text(head + body, id="p")}, SETTINGS + "metrics: {grace: 0 days}\n")
    snapshot(root, START - 3 * DAY, [account(id) for id in IDS])
    snapshot(root, END, [after(id) for id in IDS])
    return root


def figures(root: Path, share: str | None = None) -> dict[tuple[str | None, str], Figure]:
    project = load_project(root)
    request = MetricRequest(
        project, END, WINDOW, 0, share=None if share is None else Decimal(share)
    )
    return {(each.group, each.metric.id): each for each in compute_holdouts(request)}


def test_both_groups_are_those_of_the_hash(root: Path) -> None:
    run(load_project(root), START)
    found, held = figures(root), held_out(0.3)
    for measure in ("retention", "expansion"):
        assert found[f"p/{measure}", "effect_held_out"].accounts == len(held)
        assert found[f"p/{measure}", "effect_treated"].accounts == len(IDS) - len(held)
    rows = {id: after(id) for id in IDS}
    for name, ids in (("treated", set(IDS) - held), ("held_out", held)):
        stayed = [rows[id] for id in sorted(ids) if rows[id]["status"] == "active"]
        retention = found["p/retention", f"effect_{name}"].value
        assert retention == Decimal(100 * len(stayed)) / len(ids)
        expansion = found["p/expansion", f"effect_{name}"].value
        assert expansion == sum(Decimal(row["mrr"] - 100) for row in stayed) / len(ids)
        nps = [(row["nps_rating"] >= 9) - (row["nps_rating"] <= 6) for row in stayed]
        value = found["p/nps", f"effect_{name}"].value
        assert value is not None
        assert abs(value - Decimal(100 * sum(nps)) / len(nps)) < Decimal("0.0001")


def test_what_is_significant_is_an_effect_and_what_is_not_is_none(root: Path) -> None:
    run(load_project(root), START)
    found = figures(root)
    for measure, significant in (("retention", True), ("nps", False)):
        low, high, difference, effect = (
            found[f"p/{measure}", f"effect{part}"] for part in ("_low", "_high", "_difference", "")
        )
        assert low.value is not None
        assert high.value is not None
        assert (low.value > 0 or high.value < 0) is significant
        assert effect.value == (difference.value if significant else None)
        assert (effect.why is None) is significant


def test_an_account_counts_in_its_group_whatever_it_got(tmp_path: Path) -> None:
    """Intention to treat: of half of the accounts nothing is issued, as the condition of the actions is false."""
    some = BODY.replace("steps: [{id: notice,", "steps: [{id: notice, when: csm != 'Max',")
    root = lay_out(tmp_path / "w", HELD, some)
    rows = [account(id, csm="Max" if int(id[1:]) % 2 else "Zoé") for id in IDS]
    snapshot(root, START - 3 * DAY, rows)
    run(load_project(root), START)
    assert Reader(root / "store").ledger()["account_id"].n_unique() == len(IDS) / 2
    retention, held = figures(root), held_out(0.3)
    assert retention["p/retention", "effect_treated"].accounts == len(IDS) - len(held)
    assert retention["p/retention", "effect_held_out"].accounts == len(held)


def test_what_went_otherwise_before_the_holdout_is_left_out(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "w", "")
    run(load_project(root), START)
    file = root / "playbooks" / "p.yaml"
    file.write_text(file.read_text("utf-8").replace("timeline:", f"{HELD}timeline:"), "utf-8")
    found = figures(root)
    assert found["p/retention", "effect_treated"].accounts == 0
    assert found["p/retention", "effect_difference"].value is None
    # The estimate of what can be seen needs no holdout to have begun.
    assert found["p/retention", "effect_visible"].accounts == len(IDS)


def test_before_a_holdout_the_difference_to_be_seen_is_known(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "w", "")
    run(load_project(root), START)
    none = figures(root)
    assert {key for _, key in none} == {metric.id for metric in EFFECT_FIGURES}
    assert all(each.value is None and each.why for each in none.values())
    found = figures(root, "0.2")
    stayed = sum(after(id)["status"] == "active" for id in IDS) / len(IDS)
    variance = stayed * (1 - stayed) * len(IDS) / (len(IDS) - 1)
    expected = 100 * (1.959964 + 0.841621) * (variance * (1 / 40 + 1 / 160)) ** 0.5
    value = found["p/retention", "effect_visible"].value
    assert value is not None
    assert abs(float(value) - expected) < 0.001
    assert {key for _, key in found} == {"effect_visible"}


@pytest.mark.parametrize("measure", EFFECT_MEASURES, ids=lambda measure: measure.id)
def test_the_interval_covers_the_truth_in_93_to_97_of_100_worlds(measure: EffectMeasure) -> None:
    """A thousand seeded worlds of 400 accounts, of which the hash holds out 30 %."""
    playbook = load_playbook_with(Decimal("0.3"))
    covered, worlds, truth = 0, 1000, TRUTH[measure.id]
    for seed in range(worlds):
        customers = world(playbook, Random(f"{measure.id} {seed}"), seed)
        interval = compare_groups(measure, customers).interval
        assert interval is not None
        covered += interval.low <= truth <= interval.high
    assert 0.93 <= covered / worlds <= 0.97


def test_without_an_effect_one_is_called_in_about_5_of_100_worlds() -> None:
    playbook = load_playbook_with(Decimal("0.3"))
    retention = EFFECT_MEASURES[0]
    called = 0
    for seed in range(1000):
        customers = world(playbook, Random(f"none {seed}"), seed, effect=False)
        interval = compare_groups(retention, customers).interval
        called += interval is not None and interval.significant
    assert 0.03 <= called / 1000 <= 0.07


def load_playbook_with(share: Decimal) -> Playbook:
    return loaded(text(BODY, id="p"))._replace(holdout=Holdout(share, frozenset()))


STAYING = (0.92, 0.85)
"""The chance of staying: of accounts that are reached, and of those held out."""
GROWING = (0.5, 0.35)
"""The chance of growing; the growth itself is 10 to 50 %, 30 % in the mean."""
PROMOTING = ((0.5, 0.2), (0.4, 0.25))
"""The chances of a promoter and of a detractor."""
TRUTH = {
    "retention": Decimal("7"),
    "expansion": Decimal("4.5"),  # (0.5 - 0.35) * 30
    "nps": Decimal("15"),  # (50 - 20) - (40 - 25)
}


def world(playbook: Playbook, random: Random, seed: int, *, effect: bool = True) -> pl.DataFrame:
    """The customers of a world, with what became of them by chance."""
    rows = []
    for number in range(400):
        held = is_held_out(playbook, f"{seed}/{number}")
        way = int(held and effect)
        promoter, detractor = PROMOTING[way]
        answer = random.random()
        rows.append(
            {
                "held_out": held,
                "churned": random.random() >= STAYING[way],
                "start": Decimal(100),
                "expansion": Decimal(random.randint(10, 50))
                if random.random() < GROWING[way]
                else Decimal(0),
                "nps": Decimal(100)
                if answer < promoter
                else Decimal(-100)
                if answer < promoter + detractor
                else Decimal(0),
            }
        )
    return pl.DataFrame(rows)
