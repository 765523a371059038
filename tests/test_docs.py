"""The docs say what is there: links lead somewhere, commands exist, words have one meaning, pictures are current."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tools import draw

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("protocol", "firmware", "hardware", "gateway", "hq_server", "tools", "tests")
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", *("%s/**/*.md" % folder for folder in FOLDERS))
    for path in ROOT.glob(pattern)
)
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]+)(#[^)\s]*)?\)")
COMMAND = re.compile(r"\bmake ([a-z][a-z-]*)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    broken = [link for link, _ in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_of_a_page_are_targets_of_the_makefile(page):
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    in_code = re.findall(r"`([^`\n]+)`|^    (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    named = {name for code in in_code for name in COMMAND.findall("".join(code).partition("#")[0])}
    assert named <= targets, "no such target: %s" % sorted(named - targets)


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_folder_has_a_readme(folder):
    assert (ROOT / folder / "README.md").stat().st_size > 0


def test_a_word_of_the_glossary_stands_there_once():
    words = re.findall(r"^\| ([^|]+?) \|", (ROOT / "GLOSSARY.md").read_text(encoding="utf-8"), re.MULTILINE)
    words = [word for word in words if word != "word"]
    assert len(words) > 80
    assert [word for word, times in Counter(words).items() if times > 1] == []


def test_each_word_of_the_glossary_has_a_chinese_one_and_a_sentence():
    rows = re.findall(r"^\| (?!word)([^|-]+?) \| ([^|]*?) \| ([^|]*?) \|$", _glossary(), re.MULTILINE)
    assert [word for word, chinese, meaning in rows if not chinese or not meaning.endswith(".")] == []


def test_the_state_names_of_the_sale_are_explained_where_they_are_drawn():
    text = (ROOT / "protocol" / "sale.py").read_text(encoding="utf-8").partition("SALE = {")[0]
    assert [state for state, _ in draw.SALE if not re.search(r"^    %s " % state, text, re.MULTILINE)] == []


def test_the_path_of_a_tap_names_what_exists():
    steps = draw.steps(draw.README.read_text(encoding="utf-8"))
    assert steps
    assert [step for step in steps if step.path != step.link or not draw.defines(ROOT / step.path, step.what)] == []


def test_generated_docs_are_current():
    assert draw.lagging() == [], "run: make draw"


def _glossary() -> str:
    return (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
