"""What the pages of the project promise is there: links, commands, headings.

Belongs here: checks of README, CONTRIBUTING, CHANGELOG, docs/ and the Makefile against each other and the tree.
Does not belong here: whether a sentence is true of the data (tests of that data), style.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PAGES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
DECISIONS = sorted((PROJECT / "docs" / "decisions").glob("*.md"))
DECISION_HEADINGS = ["## Context", "## Decision", "## Consequence"]


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(text: str) -> set[str]:
    """Return the anchors of the headings of *text*, made as forges make them."""
    headings = re.findall(r"^#+ (.+)$", without_code(text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower().replace("`", "")).replace(" ", "-") for heading in headings}


def dead_links(page: Path, text: str) -> list[str]:
    """Return the relative links of *text* that lead nowhere, seen from *page*."""
    dead = []
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", without_code(text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if file.is_file() and file.is_relative_to(PROJECT):
            reached = not anchor or anchor in anchors(text if file == page else file.read_text(encoding="utf-8"))
        else:
            reached = file.exists() and file.is_relative_to(PROJECT)
        if not reached:
            dead.append(target)
    return dead


def targets(makefile: str) -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", makefile, flags=re.MULTILINE))


def commands_named(text: str) -> set[str]:
    """Return the make targets that *text* names as code, in a block or between backticks."""
    code = re.findall(r"`([^`\n]+)`", text) + re.findall(r"^```.*?^```", text, flags=re.DOTALL | re.MULTILINE)
    return {target for piece in code for target in re.findall(r"(?:^|\s)make ([a-z][a-z-]*)", piece)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert dead_links(page, page.read_text(encoding="utf-8")) == []


def test_a_dead_link_is_found() -> None:
    page = PROJECT / "README.md"
    text = "# Here\n[a](docs/none.md) [b](#gone) [c](#here) [d](Makefile) [e](https://example.com) [f](../x)"
    assert dead_links(page, text) == ["docs/none.md", "#gone", "../x"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_make_command_exists(page: Path) -> None:
    known = targets((PROJECT / "Makefile").read_text(encoding="utf-8"))
    assert commands_named(page.read_text(encoding="utf-8")) - known == set()


def test_a_make_command_that_does_not_exist_is_found() -> None:
    assert commands_named("run `make fly`\n```sh\nmake demo\n```\n") - targets("demo: setup\nX := 1\n") == {"fly"}


def test_the_readme_names_the_first_commands() -> None:
    assert {"demo", "test"} <= commands_named((PROJECT / "README.md").read_text(encoding="utf-8"))


def test_every_make_target_says_what_it_does() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.findall(r"^\.PHONY: (.+)$", makefile, flags=re.MULTILINE)[0].split())
    described = set(re.findall(r"^([a-z][a-z-]*):.*## .+$", makefile, flags=re.MULTILINE))
    assert phony == described == targets(makefile)


def test_ci_runs_the_readmes_test_command() -> None:
    assert "make test" in (PROJECT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1]


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_says_context_decision_consequence(page: Path) -> None:
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+", page.stem)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert re.findall(r"^## .+$", text, flags=re.MULTILINE) == DECISION_HEADINGS
    bodies = re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]
    assert all(len(body.split()) >= 10 for body in bodies), "a heading without anything to say"


def test_decisions_are_numbered_without_gap() -> None:
    assert DECISIONS
    assert [page.name[:4] for page in DECISIONS] == [f"{number:04d}" for number in range(1, len(DECISIONS) + 1)]


def test_the_changelog_has_a_place_for_what_comes() -> None:
    text = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    assert sections[0] == "[Unreleased]"
    kinds = set(re.findall(r"^### (.+)$", text, flags=re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_licence_is_whole() -> None:
    text = (PROJECT / "LICENSE").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert len(text) > 11_000


def test_no_page_leaves_work_unsaid() -> None:
    marks = re.compile(r"\b(TODO|TBD|FIXME|XXX)\b")
    assert {str(page.relative_to(PROJECT)) for page in PAGES if marks.search(page.read_text(encoding="utf-8"))} == set()


def test_every_checklist_item_is_explained() -> None:
    models = (PROJECT / "dbt_project" / "models").rglob("*.sql")
    codes = {
        code for path in models for code in re.findall(r"checklist_item\(\s*'(\w+)'", path.read_text(encoding="utf-8"))
    }
    assert codes, "no model makes a checklist item: the pattern looks for the wrong thing"
    text = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert {code for code in codes if f"`{code}`" not in text} == set()
