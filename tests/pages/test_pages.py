"""The README and the pages in docs/ show what really happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from nsmig import Schema
from nsmig.cli import COMMANDS, nsmig
from nsmig.findings import CODES
from nsmig.kinds import CONSTRAINT_FORMS, INDEX_FORMS, PROPERTY_TYPES
from support.places import ROOT
from support.shell import lasting, printed
from support.tours import ON_NEO4J, PAGES, sessions


def compare(page: str, folder: Path, uri: str = "") -> None:
    """Compare the output on a page with what its commands print now."""
    tour = sessions(ROOT / page)
    assert len(tour) >= 8
    answers = printed((command for command, _ in tour), folder, uri)
    for (command, shown), answer in zip(tour, answers, strict=True):
        # nodestream's order is that of Python's sets, which differs between versions.
        order = sorted if command.startswith("nodestream") else list[str]
        assert order(lasting(answer.text).splitlines()) == order(lasting(shown).splitlines()), command


@pytest.mark.parametrize("page", PAGES)
def test_the_tour_shows_what_the_program_prints(page: str, tmp_path: Path) -> None:
    compare(page, tmp_path)


@pytest.mark.releases("5.26", "2026-cypher5")
@pytest.mark.parametrize("page", ON_NEO4J)
def test_the_tour_on_neo4j_shows_what_the_programs_print(page: str, tmp_path: Path, fresh_neo4j: str) -> None:
    compare(page, tmp_path, fresh_neo4j)


def test_every_page_with_commands_is_a_tour() -> None:
    pages = ["README.md", *(f"docs/{each.name}" for each in (ROOT / "docs").glob("*.md"))]
    shown = {page for page in pages if "\n```console\n" in (ROOT / page).read_text(encoding="utf-8")}
    assert shown == {*PAGES, *ON_NEO4J}


def test_the_page_of_commands_describes_each() -> None:
    described = re.findall(r"^## ([\w-]+)$", (ROOT / "docs/commands.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert described == [*COMMANDS, "Completion"]


def test_the_readme_is_short_and_links_every_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(readme.splitlines()) <= 150
    assert [each.name for each in (ROOT / "docs").glob("*.md") if f"(docs/{each.name})" not in readme] == []


def test_the_glossary_has_at_most_fifteen_words() -> None:
    rows = re.findall(r"^\| (\w+) \| ", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows[0] == "word" and len(set(rows[1:])) == len(rows) - 1 <= 15


def test_every_command_and_option_that_a_page_names_is_there() -> None:
    pages = ["README.md", ".pre-commit-hooks.yaml", *(f"docs/{each.name}" for each in (ROOT / "docs").glob("*.md"))]
    wrong: list[tuple[str, ...]] = []
    for page in pages:
        text = re.sub(
            r"^```console\n.*?^```$", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
        )
        for name, rest in re.findall(r"(?:`|^    |run: |entry: )nsmig ([a-z][a-z-]*)([^`\n#]*)", text, re.MULTILINE):
            if name not in COMMANDS:
                wrong.append((page, name))
                continue
            known = {option for each in command(name).params for option in (*each.opts, *each.secondary_opts)}
            given = re.findall(r"(?<![\w-])--?[a-z][a-z-]*", rest)
            wrong += [(page, name, option) for option in given if option not in known | {"--help"}]
    assert wrong == []


def command(name: str) -> click.Command:
    found = nsmig.get_command(click.Context(nsmig), name)
    assert found is not None
    return found


def test_the_page_of_events_lists_those_that_the_help_lists() -> None:
    from nsmig.cli.run import run

    table = (ROOT / "docs/json-events.md").read_text(encoding="utf-8").partition("| event |")[2].partition("\n\n")[0]
    listed = (run.help or "").partition("With --json")[2]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == re.findall(r"(\w+) \(", listed)


def schemas_of(page: str) -> list[int]:
    """How many schemas each section of a page has, which are the same."""
    counts = []
    for section in page.split("\n## "):
        said = [
            yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
        ]
        schemas = [Schema.from_dict(each) for each in said]
        assert all(each == schemas[0] for each in schemas), section
        counts.append(len(schemas))
    return counts


def test_the_page_on_indexes_says_the_same_in_each_way() -> None:
    page = (ROOT / "docs/indexes.md").read_text(encoding="utf-8")
    assert schemas_of(page).count(2) == 2
    table = page.partition("| kind | is on")[2].partition("\n\n")[0]
    assert [form for form in (*INDEX_FORMS, *CONSTRAINT_FORMS) if f"`{form}`" not in table] == []


def test_the_page_on_the_schema_file_says_the_same_in_each_way() -> None:
    page = (ROOT / "docs/schema-file.md").read_text(encoding="utf-8")
    counts = schemas_of(page)
    assert counts.count(2) >= 4 and max(counts) == 3
    table = page.partition("| type | LadybugDB")[2]
    names = [name.removeprefix("LIST_OF_") for name in PROPERTY_TYPES]
    assert [name for name in names if not re.search(rf"(^| |_){name}\b", table)] == []


def test_the_page_explains_each_code_with_its_severity() -> None:
    page = (ROOT / "docs/findings.md").read_text(encoding="utf-8")
    explained = re.findall(r"^### `([a-z-]+)` \((error|warning|notice)\)$", page, re.MULTILINE)
    assert sorted(explained) == sorted((code, known.severity.value) for code, known in CODES.items())
    assert len(explained) == len(set(explained))


def test_the_demo_ends_with_what_to_type_next(tmp_path: Path) -> None:
    program = [sys.executable, str(ROOT / "examples/quickstart/demo.py"), str(tmp_path / "demo")]
    for _ in range(2):  # an earlier demo is replaced
        done = subprocess.run(program, capture_output=True, text=True, check=True)
    assert "ann@example.org  Chess  Ann  1990" in done.stdout
    following = re.findall(r"^  (.*?)(?: +#.*)?$", done.stdout.partition("To go on:")[2], re.MULTILINE)
    went_on = subprocess.run(["sh", "-ec", "\n".join(following)], capture_output=True, text=True)
    assert went_on.returncode == 0 and went_on.stdout.count("applied") == 3 and "name: Member" in went_on.stdout
    (tmp_path / "mine").mkdir()
    refused = subprocess.run([*program[:2], str(tmp_path / "mine")], capture_output=True, text=True)
    assert refused.returncode == 1 and "is not an earlier demo" in refused.stderr and (tmp_path / "mine").is_dir()
