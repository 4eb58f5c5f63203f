"""The names that a template reads, against those that Jinja2 finds by compiling it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.meta import find_undeclared_variables
from tenure.engine.playbook.template_checker import _SYNTAX, names_used
from tenure.engine.project.project_reading import read_folder

NAMES = ("a", "b", "cta", "link", "loop")

OUTPUTS = st.sampled_from(NAMES).map("{{{{ {} }}}}".format)
PIECES = st.recursive(
    OUTPUTS | st.just("text"),
    lambda inner: (
        st.tuples(st.sampled_from(NAMES[:-1]), st.sampled_from(NAMES[:-1]), inner, inner).map(
            lambda part: "{{% for {} in {} %}}{}{{% else %}}{}{{% endfor %}}".format(*part)
        )
        | st.tuples(st.sampled_from(NAMES), inner, inner).map(
            lambda part: "{{% if {} is missing %}}{}{{% else %}}{}{{% endif %}}".format(*part)
        )
        | st.lists(inner, min_size=2, max_size=3).map(" ".join)
        | st.tuples(st.sampled_from(NAMES[:-1]), st.sampled_from(NAMES[:-1]), inner).map(
            lambda part: "{{% for {} in cta if {} %}}{}{{% endfor %}}".format(*part)
        )
    ),
    max_leaves=8,
)


@given(PIECES)
def test_names_are_those_that_the_compiler_finds(template: str) -> None:
    assert names_used(template) == find_undeclared_variables(_SYNTAX.parse(template))


def test_names_of_shipped_messages_are_those_that_the_compiler_finds(tmp_path: Path) -> None:
    from tenure.cli.init import NewWorkspace, create_empty

    create_empty(tmp_path / "w", NewWorkspace())
    for playbook in read_folder(tmp_path / "w").playbooks:
        for languages in playbook.messages.values():
            for message in languages.values():
                found = [
                    find_undeclared_variables(_SYNTAX.parse(template))
                    for template in (message.subject, message.body)
                ]
                assert message.names == set().union(*found)
        for choices in playbook.choices.values():
            for choice in choices.items:
                texts = [find_undeclared_variables(_SYNTAX.parse(t)) for t in choice.say.values()]
                assert choice.names == set().union(*texts)


@pytest.mark.parametrize("template", ["{{ a", "{% for %}", "{{ a | nothing"])
def test_a_template_that_cannot_be_read_has_no_names(template: str) -> None:
    assert names_used(template) == frozenset()
