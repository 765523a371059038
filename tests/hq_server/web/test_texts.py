"""One catalogue per language, the same keys and places in each, and every text on pages from it."""

import re
import string

import pytest

from hq_server.access.roles import PERMISSIONS, ROLES
from hq_server.reports.catalogue import REPORTS
from hq_server.reports.entries import KINDS
from hq_server.web import language, render, states
from protocol.errors import REASONS

TEMPLATES = sorted(render.FOLDER.rglob("*.html"))
OTHERS = [code for code in language.catalogues() if code != language.DEFAULT]


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", OTHERS)
def test_every_language_has_the_same_keys_and_places(code):
    english, other = language.catalogues()[language.DEFAULT], language.catalogues()[code]
    assert english.keys() == other.keys()
    assert [key for key in english if places(english[key]) != places(other[key])] == []
    assert [key for key in other if not other[key].strip()] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_templates_name_only_keys_that_exist(template):
    named = re.findall(r"""\bt\(["']([a-z_.0-9]+)["'][,)]""", template.read_text("utf-8"))
    assert [key for key in named if key not in language.catalogues()[language.DEFAULT]] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_templates_hold_no_words_of_their_own(template):
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", template.read_text("utf-8"), flags=re.S)
    text = re.sub(r"<[^>]*>", " ", text)
    words = [word for word in re.findall(r"[^\W\d_]{2,}", text) if word not in ("Tapwell", "amp")]
    assert words == []


def test_closed_sets_have_their_texts():
    texts = language.catalogues()[language.DEFAULT]
    wanted = ["role." + role for role in ROLES] + ["permission." + permission for permission in PERMISSIONS]
    wanted += ["reason." + reason for reason in REASONS] + ["movement." + kind for kind in KINDS]
    known = [state for state in vars(states).values() if isinstance(state, states.State)]
    wanted += [f"state.{state.key}{part}" for state in known for part in ("", ".means", ".do")]
    assert [key for key in wanted if key not in texts] == []


def test_reports_are_named_in_every_language():
    for report in REPORTS.values():
        named = [report.name, report.category, report.definition, *(each.name for each in report.dimensions)]
        named += [words for column in report.columns for words in (column.name, column.meaning)]
        assert all(words.keys() == language.catalogues().keys() for words in named), report.id


def test_choice_of_language():
    assert language.choose("zh", "en") == "zh"
    assert language.choose(None, "fr-FR, zh-CN;q=0.8, en;q=0.5") == "zh"
    assert language.choose("xx", "fr") == "en"
