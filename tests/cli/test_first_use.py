"""An export met for the first time: everything that is wrong is said at once, and nothing wrong is silent."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result
from support.spreadsheets import write_xlsx
from support.workspaces import RENEWAL, SETTINGS, workspace
from tenure.cli.main import main

DAY = dt.date(2026, 4, 1)
USING = """\
playbook: using
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 3 days, then: skip}
triggers:
  open: [{id: full, when: plan_utilisation > 0.9}]
  apart: 90 days
  steps:
    - {id: call, at: 0 days, do: [{call: {owner: operations}}]}
  outcomes: {over: {at: 30 days}}
"""


def laid_out(
    root: Path, text: str, fields: str, settings: str = SETTINGS, **playbooks: str
) -> Path:
    workspace(root, playbooks or {"renewal": RENEWAL}, settings)
    (root / "data" / f"accounts-{DAY}.csv").write_text(text, "utf-8")
    (root / "fields.yaml").write_text(fields, "utf-8")
    return root


def tenure(root: Path, command: str, *arguments: str) -> Result:
    at = ("--workspace", str(root), "--today", str(DAY))
    return CliRunner().invoke(main, [command, *at, *arguments])


def problems(root: Path, *arguments: str) -> list[dict[str, object]]:
    found = tenure(root, "validate", "--format", "json", *arguments)
    listed: list[dict[str, object]] = json.loads(found.stdout)
    failing = any(each["severity"] == "error" for each in listed)
    assert found.exit_code == (1 if failing else 0)
    return listed


EUROPEAN = "Account ID;Name;Annual Revenue;Renewal;Statut;Auto\n" + "".join(
    f"{n:03};Société {n};{10 + n} 345,67 €;{14 + n % 10}/06/2026;Actif;oui\n" for n in range(30)
)
MAPPED = """\
fields:
  account_id: {from: Account ID}
  account_name: {from: Nom}
  arr: {from: Annual Revenue}
  renewal_date: {from: Renewal}
  status: {from: Statut}
  csm: {from: Annual Revenu}
  auto_renew: {from: Auto}
"""


def test_every_bad_column_is_named_in_one_attempt(tmp_path: Path) -> None:
    reading = RENEWAL.replace(
        "for: status == 'active'", "for: status == 'active' and not auto_renew and arr > 5"
    )
    root = laid_out(tmp_path / "w", EUROPEAN, MAPPED, renewal=reading)
    found = {str(each["message"]).split("`")[1]: each for each in problems(root, "--data")}
    errors = {name: each for name, each in found.items() if each["severity"] == "error"}
    assert {name: each["code"] for name, each in errors.items()} == {
        "Nom": "missing-column",
        "Annual Revenu": "missing-column",
        "Annual Revenue": "retyped-column",
        "Renewal": "retyped-column",
        "Statut": "retyped-column",
        "Auto": "retyped-column",
    }
    hints = {name: str(each["hint"]) for name, each in errors.items()}
    assert hints["Annual Revenu"].startswith("did you mean `Annual Revenue`?")
    assert "the columns are `Account ID`, `Name`, `Annual Revenue`" in hints["Nom"]
    assert hints["Annual Revenue"] == 'say `numbers: {decimal: ",", thousands: " ", currency: "€"}`'
    assert hints["Renewal"] == 'say `format: "%d/%m/%Y"`'
    assert "trial, active, suspended, lapsed" in hints["Statut"]
    assert "`translate: {oui: ...}`" in hints["Auto"]


def test_what_the_advice_says_reads_the_export(tmp_path: Path) -> None:
    fields = (
        MAPPED.replace("Nom", "Name")
        .replace("  csm: {from: Annual Revenu}\n", "")
        .replace(
            "Annual Revenue}",
            'Annual Revenue, numbers: {decimal: ",", thousands: " ", currency: "€"}}',
        )
        .replace("Renewal}", 'Renewal, format: "%d/%m/%Y"}')
        .replace("Statut}", "Statut, translate: {Actif: active}}")
        .replace("Auto}", "Auto, translate: {oui: true}}")
    )
    root = laid_out(tmp_path / "w", EUROPEAN, fields)
    assert [each["code"] for each in problems(root, "--data")] == []
    assert tenure(root, "preview", "--on", str(DAY)).exit_code == 0


def test_without_an_account_id_no_workspace_validates(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", "id,status\na,active\n", "fields: {}\n")
    (column,) = [each for each in problems(root) if each["severity"] == "error"]
    assert column["code"] == "missing-column"
    assert str(column["hint"]).endswith("the columns are `id`, `status`")


@pytest.mark.parametrize(
    "text",
    [
        "account_id,status,renewal_date,account_name\na,active,2026-05-01,A\na,active,2026-05-01,A\n",
        "account_id,status,renewal_date,account_name\n",
        "account_id,status,renewal_date,account_name\na,active,soon,A\n",
    ],
    ids=["repeated account", "no account", "no row that can be used"],
)
def test_data_that_no_run_takes_does_not_validate(tmp_path: Path, text: str) -> None:
    root = laid_out(tmp_path / "w", text, "fields: {}\n")
    refused = tenure(root, "run", "--on", str(DAY))
    assert refused.exit_code == 1
    assert any(each["severity"] == "error" for each in problems(root, "--data"))


def test_the_advice_for_some_dates_leaves_the_others_good(tmp_path: Path) -> None:
    text = "account_id,status,renewal_date,account_name\n" + "".join(
        f"{n},active,{day},A\n" for n, day in enumerate(("2026-05-01", "2026-05-02", "23/05/2026"))
    )
    root = laid_out(tmp_path / "w", text, "fields: {}\n")
    (bad,) = [each for each in problems(root, "--data") if each["code"] == "bad-values"]
    advice = 'format: "%Y-%m-%d or %d/%m/%Y"'
    assert bad["hint"] == f"say `{advice}`"
    (root / "fields.yaml").write_text(f"fields: {{renewal_date: {{{advice}}}}}\n")
    assert not [each for each in problems(root, "--data") if each["code"] == "bad-values"]


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl", "json", "xlsx"])
def test_a_header_alone_does_not_validate(ending: str, tmp_path: Path) -> None:
    settings = SETTINGS.replace("{date}.csv", f"{{date}}.{ending}")
    root = workspace(tmp_path / "w", {"renewal": RENEWAL}, settings)
    file = root / "data" / f"accounts-{DAY}.{ending}"
    names = ["account_id", "status", "renewal_date"]
    if ending == "parquet":
        pl.DataFrame(schema=dict.fromkeys(names, pl.String())).write_parquet(file)
    elif ending == "xlsx":
        write_xlsx(file, {"Accounts": [names]})
    else:
        text = {"csv": f"{','.join(names)}\n,,\n\n", "json": "[]", "jsonl": "\n"}[ending]
        file.write_text(text)
    for more in ((), ("--data",)):
        codes = [each["code"] for each in problems(root, *more) if each["severity"] == "error"]
        assert codes
        assert set(codes) <= {"empty-snapshot", "missing-column", "unreadable-snapshot"}
        if ending in ("csv", "parquet", "xlsx"):
            assert codes == ["empty-snapshot"]


def test_some_bad_values_of_a_column_are_a_warning_with_a_sample(tmp_path: Path) -> None:
    rows = "".join(f"a{n:02},active,2026-05-01,A,{'x' if n in (3, 8) else n}\n" for n in range(20))
    text = f"account_id,status,renewal_date,account_name,arr\n{rows}"
    playbook = RENEWAL.replace("status == 'active'", "status == 'active' and arr > 5")
    root = laid_out(tmp_path / "w", text, "fields: {}\n", renewal=playbook)
    (warning,) = [each for each in problems(root, "--data") if each["code"] == "bad-values"]
    assert warning["severity"] == "warning"
    assert "2 of the 20 values of the column `arr`" in str(warning["message"])
    assert "row 5 `x` is not a plain number; row 10 `x`" in str(warning["message"])


def export(use: list[object], more: str = "") -> str:
    rows = "".join(f"a{n:02},active,2026-12-01,A,{value}{more}\n" for n, value in enumerate(use))
    return f"account_id,status,renewal_date,account_name,plan_utilisation\n{rows}"


@pytest.mark.parametrize(
    ("use", "fields", "says"),
    [
        (
            range(60, 80),
            "fields: {}\n",
            "is a share, such as 0.85, and 20 of its 20 values are above 2",
        ),
        ([n / 100 for n in range(60, 80)], "fields: {}\n", None),
        ([1.1, 1.2, 3, 0.5, 0.4, 0.3], "fields: {}\n", None),
        (range(60, 80), "fields: {plan_utilisation: {numbers: {percent: true}}}\n", None),
        (
            [n / 100 for n in range(60, 80)],
            "fields: {plan_utilisation: {numbers: {percent: true}}}\n",
            "is read as a percentage, and none of its 20 values is above 1 %",
        ),
    ],
)
def test_a_share_on_another_scale_is_found(
    tmp_path: Path, use: list[object], fields: str, says: str | None
) -> None:
    root = laid_out(tmp_path / "w", export(list(use)), fields, using=USING)
    found = [each for each in problems(root, "--data") if each["code"] == "other-scale"]
    assert [says in str(each["message"]) for each in found] == ([True] if says else [])
    previewed = tenure(root, "preview", "--on", str(DAY), "--format", "brief")
    assert ("warning[other-scale]" in previewed.stderr) == bool(says)


def test_a_score_from_0_to_100_that_is_exported_as_a_share_is_found(tmp_path: Path) -> None:
    text = export([n / 10 for n in range(1, 10)]).replace("plan_utilisation", "health_score")
    playbook = USING.replace("plan_utilisation > 0.9", "health_score < 50")
    root = laid_out(tmp_path / "w", text, "fields: {}\n", using=playbook)
    (found,) = [each for each in problems(root, "--data") if each["code"] == "other-scale"]
    assert "`health_score` is from 0 to 100, and none of its 9 values is above 1" in str(
        found["message"]
    )


def test_a_share_above_1_says_how_percentages_are_read(tmp_path: Path) -> None:
    text = export([85, 90, 70, 60, 50, 40]).replace("plan_utilisation", "last_review_attendance")
    playbook = USING.replace("plan_utilisation > 0.9", "last_review_attendance < 0.5")
    root = laid_out(tmp_path / "w", text, "fields: {}\n", using=playbook)
    (found,) = [each for each in problems(root, "--data") if each["severity"] == "error"]
    assert (found["code"], found["hint"]) == ("retyped-column", "say `numbers: {percent: true}`")


def test_a_book_in_which_no_account_is_in_any_playbook_says_so(tmp_path: Path) -> None:
    text = "account_id,account_name,renewal_date\n" + "".join(
        f"a{n},A,2026-05-01\n" for n in range(5)
    )
    root = laid_out(tmp_path / "w", text, "fields: {}\n")
    (found,) = [each for each in problems(root, "--data") if each["code"] == "no-members"]
    assert found["message"] == (
        "no account is in `renewal`: `for` is true for none, and unknown for 5 accounts; "
        "every account lacks `status`"
    )
    for command in ("preview", "run"):
        result = tenure(root, command, "--on", str(DAY), "--format", "brief")
        assert "warning[no-members]" in result.stderr
        assert result.stderr.rstrip().endswith("see warning[no-members] above")


def test_a_book_whose_accounts_are_all_outside_says_so(tmp_path: Path) -> None:
    text = "account_id,account_name,renewal_date,status\na,A,2026-05-01,lapsed\n"
    root = laid_out(tmp_path / "w", text, "fields: {}\n")
    (found,) = [each for each in problems(root, "--data") if each["code"] == "no-members"]
    assert found["message"] == "no account is in any playbook: `for` is false for 1 account"


LETTER = RENEWAL.replace(
    "- email: {owner: csm}\n", "- email: {owner: csm, message: terms}\n", 1
) + ("messages:\n  terms: {en: {subject: Terms, body: 'Your price is {{ arr | money }}.'}}\n")


@pytest.mark.parametrize(
    ("settings", "fields", "shown"),
    [
        ("currency: EUR\n", "fields: {}\n", "€9,086.57"),
        ("metrics: {currency: USD}\n", "fields: {}\n", "$9,086.57"),
        ("currency: EUR\n", "fields: {currency: {default: GBP}}\n", "£9,086.57"),
        ("", "fields: {}\n", None),
    ],
)
def test_an_amount_has_the_currency_of_the_workspace(
    tmp_path: Path, settings: str, fields: str, shown: str | None
) -> None:
    text = (
        "account_id,account_name,renewal_date,status,arr,csm\na,A,2026-05-01,active,9086.57,Ada\n"
    )
    root = laid_out(tmp_path / "w", text, fields, SETTINGS + settings, renewal=LETTER)
    warned = [each for each in problems(root) if each["code"] == "no-currency"]
    assert len(warned) == (0 if shown else 1)
    previewed = tenure(root, "preview", "--on", str(DAY), "--messages")
    assert f"Your price is {shown or '9,086.57'}." in previewed.stdout


@pytest.mark.parametrize(("bad", "stops"), [(4, False), (10, False), (30, True)])
def test_too_many_bad_values_of_a_field_stop_a_run_as_left_out_rows_do(
    tmp_path: Path, bad: int, stops: bool
) -> None:
    text = export(["?" if n < bad else 0.5 for n in range(100)])
    root = laid_out(tmp_path / "w", text, "fields: {}\n", using=USING)
    result = tenure(root, "run", "--on", str(DAY))
    assert result.exit_code == (1 if stops else 4)
    says = "`plan_utilisation` has a bad value in 30 of the 100 rows"
    assert (says in result.stderr) == stops
    wider = SETTINGS + "brake: {left_out: 30 %}\n"
    again = laid_out(tmp_path / "again", text, "fields: {}\n", wider, using=USING)
    assert tenure(again, "run", "--on", str(DAY)).exit_code == 4


def test_a_playbook_checked_by_its_path_is_good_whatever_the_export_lacks(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", "id,status\na,active\n", "fields: {}\n")
    path = str(root / "playbooks" / "renewal.yaml")
    assert [each for each in problems(root, path) if each["severity"] == "error"] == []
    assert tenure(root, "validate", path).exit_code == 0
    assert tenure(root, "validate").exit_code == 1
