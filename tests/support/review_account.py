"""An account with four months of snapshots and a success plan, for tests of the documents about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support.workspaces import SETTINGS, snapshot, workspace

ON = dt.date(2026, 4, 1)
DAYS = (dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1), ON)
SEATS = (33, 38, 41, 45)
ACTIONS = (1872, 2001, 2110, 2340)

# "Template calcul ROI": 10 agents x 8 h x 220 days at 35 an hour, 30 % saved, for 24,000 a year and 10,000 once.
ROI = {
    "roi_people": 10,
    "roi_hours_per_year": 8 * 220,
    "roi_hourly_cost": 35,
    "roi_reduction": 0.30,
    "roi_licence": 24000,
    "roi_setup": 10000,
}
ROW: dict[str, Any] = {
    "account_id": "007",
    "account_name": "Delta <b>& Fils</b>",
    "status": "active",
    "currency": "EUR",
    "arr": 24000,
    "seats_licensed": 60,
    "csat": 89,
    "nps_score": 15,
    "features_used": 14,
    "features_total": 18,
    "tickets_open": 3,
    **ROI,
}

PLAN = """\
account: "007"
vision: Every customer has an answer within the hour
objectives:
  - {objective: Answer sooner, kpi: Average time, target: "< 2h", due: Q2, achieved: 1 h 40, status: green}
  - {objective: Happier users, kpi: CSAT, target: "> 90%", due: Q3, field: csat, status: yellow}
  - {objective: More self-service, kpi: Tickets avoided, target: "> 40%", due: Q4, achieved: 12%, status: red}
highlights: [All three sites use it]
challenges:
  - {challenge: A slow import, resolution: Imported in batches since February}
  - {challenge: Single sign-on, status: With the engineers}
stories:
  - {quote: I no longer search; I find., by: A team lead}
proposed_objectives: [The field teams too]
actions:
  - {action: A workshop on automation, owner: Bruno Keller, due: 2026-04-20}
resources: [Two days of training]
roadmap:
  - {feature: Suggested answers, due: Q2, benefit: Less typing}
opportunities: []
reviews:
  - on: 2026-03-20
    decisions: [Look at single sign-on again in June]
    actions: [{action: Send the training plan, owner: Bruno Keller, due: 2026-03-27, done: true}]
    next_review: 2026-06-18
"""


def review_workspace(root: Path, plan: str | None = PLAN, **changes: Any) -> Path:
    """The workspace, with the plan, and with the newest row changed."""
    workspace(root, {}, SETTINGS + "variables: {product: Acme}\n")
    for on, seats, actions in zip(DAYS, SEATS, ACTIONS, strict=True):
        row: Mapping[str, Any] = ROW | {"seats_active": seats, "key_actions": actions}
        snapshot(root, on, [{**row, **(changes if on == ON else {})}])
    if plan is not None:
        (root / "plans").mkdir()
        (root / "plans" / "007.yaml").write_text(plan, encoding="utf-8")
    return root
