"""Every diagram is read by Mermaid's own parser, whatever ids, titles and conditions the playbook has."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from support.one_account import text
from support.random_days import loaded
from support.shipped import shipped
from tenure.engine.reports.mermaid import MERMAID_WORDS, draw_graph

PARSER = Path(__file__).with_name("parse_mermaid.mjs")
PACKAGES = ("mermaid@11", "jsdom@26")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("npm") is None, reason="Node is not installed"),
]

TITLES = (
    *('say "no"', "a: b", "a; b", "a --> b", "%% a", "{a}", "[*]", "<b>a</b>", "&amp;", "#35;"),
    *(
        "a\\nb",
        "é œ 日本",
        "🙂",
        "`a`",
        "---",
        "end note",
        "state a",
        "~a~",
        "$$a$$",
        ":::a",
        "|a|",
    ),
)
CONDITIONS = (
    *(
        "csm == '-->'",
        "csm == '\"; end'",
        "csm in ('[*]', '{}', '<<fork>>')",
        "csm != '%%{init}%%'",
    ),
    *("not csm is not missing", "health_score < 50 or csm == ':::'"),
)


def states(ids: list[str], titles: list[str], conditions: list[str]) -> str:
    """A machine through these states, one after the other, each with its title and condition."""
    listed = "".join(
        f"    - {{id: {json.dumps(id)}, title: {json.dumps(title)}, final: {str(id == ids[-1]).lower()}}}\n"
        for id, title in zip(ids, titles, strict=True)
    )
    arrows = "".join(
        f"    - {{from: {json.dumps(a)}, to: {json.dumps(b)}, when: {json.dumps(when)}}}\n"
        for a, b, when in zip(ids, ids[1:], conditions, strict=False)
    )
    body = f"machine:\n  initial: {json.dumps(ids[0])}\n  states:\n{listed}  transitions:\n{arrows}"
    return text(body)


def diagrams() -> dict[str, str]:
    words = sorted(MERMAID_WORDS)
    chain = ["csm is missing"] * len(words)
    drawn = {
        "words": states(words, words, chain),
        "words_": states([f"{word}_" for word in words] + words, [*words, *words], chain * 2),
        "titles": states([f"s{n}" for n in range(len(TITLES))], list(TITLES), chain),
        "conditions": states(
            [f"s{n}" for n in range(len(CONDITIONS) + 1)],
            ["a"] * (len(CONDITIONS) + 1),
            list(CONDITIONS),
        ),
    }
    found = {name: draw_graph(loaded(playbook), "en") for name, playbook in drawn.items()}
    for playbook in shipped().playbooks:
        found |= {
            f"{playbook.id}_{each}": draw_graph(playbook, each) for each in ("en", "fr", "de")
        }
    return found


def test_mermaid_reads_every_diagram(tmp_path: Path) -> None:
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", *PACKAGES]
    try:
        subprocess.run(install, cwd=tmp_path, check=True, capture_output=True, timeout=300)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"Mermaid cannot be installed: {error}")
    folder = tmp_path / "diagrams"
    folder.mkdir()
    for name, diagram in diagrams().items():
        (folder / f"{name}.mmd").write_text(diagram, encoding="utf-8")
    (folder / "broken.mmd").write_text("stateDiagram-v2\n  a --> --> b\n", encoding="utf-8")
    shutil.copy(PARSER, tmp_path)
    node = ["node", PARSER.name, str(folder)]
    done = subprocess.run(
        node, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    # The broken one shows that the parser is at work.
    assert [line.partition(":")[0] for line in done.stdout.splitlines() if ".mmd:" in line] == [
        "broken.mmd"
    ], done.stdout
