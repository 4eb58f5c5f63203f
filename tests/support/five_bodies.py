"""A short playbook of each body, with a promise and a step later, and an account that all of them concern."""

from __future__ import annotations

import datetime as dt

from support.one_account import DAY, MONDAY

EXPIRY = MONDAY + 25 * DAY

BODIES = {
    "timeline": """\
timeline:
  anchor: renewal_date
  steps:
    - {id: notice, at: -25 days, do: [{task: {owner: csm, due: 5 days, shift: none}}]}
    - {id: push, at: -15 days, do: [{task: {owner: csm, shift: none}}]}
  outcomes: {over: {at: 30 days}}
""",
    "triggers": """\
triggers:
  open: [{id: fall, when: health_score < 70}]
  steps:
    - {id: notice, at: 0 days, do: [{task: {owner: csm, due: 5 days, shift: none}}]}
    - {id: push, at: 10 days, do: [{task: {owner: csm, shift: none}}]}
  outcomes: {over: {at: 30 days}}
""",
    "tiers": """\
tiers:
  since: signup_date
  levels:
    - {id: notice, after: 50 days, do: [{task: {owner: csm, due: 5 days, shift: none}}]}
    - {id: push, after: 60 days, do: [{task: {owner: csm, shift: none}}]}
""",
    "anniversaries": """\
anniversaries:
  of: contract_start
  years:
    - {id: push, from_year: 1, at: 10 days, do: [{task: {owner: csm, shift: none}}]}
""",
    "machine": """\
machine:
  initial: notice
  states:
    - {id: notice, do: [{task: {owner: csm, due: 5 days, shift: none}}]}
    - {id: push, do: [{task: {owner: csm, shift: none}}]}
    - {id: over, final: true}
  transitions:
    - {from: notice, to: push, after: 10 days}
    - {from: push, to: over, after: 30 days}
""",
}
ACCOUNT = {
    "renewal_date": EXPIRY,
    "health_score": 60.0,
    "signup_date": MONDAY - 50 * DAY,
    "contract_start": dt.date(2025, 3, 2),
}
