"""What a user sees at a terminal after a command: all output, complete, and nothing else."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from nsmig import Migration
from nsmig.kinds import Kind
from nsmig.operations import AddIndex, AddProperty, CreateType, DropProperty, RunQuery
from support.migrations import migration
from support.projects import edit, write_migrations
from support.shell import lasting, printed
from support.terminal import Seen, seen, succeed

NODE = Kind.NODE
SIZES = [(24, 80), (50, 200)]
SLOW = RunQuery("UNWIND range(1, 30000000) AS n RETURN count(n + 1)")  # long enough for the status line to appear
LONG = "a_migration_whose_name_is_so_long_that_what_is_said_of_it_goes_past_eighty_columns"


def history() -> list[Migration]:
    """Fast migrations and a slow one, with notes, and more lines than a small terminal has rows."""
    first = migration("m00", (CreateType(NODE, "Person", ("id",), ("name",)), AddIndex(NODE, "Person", "name")))
    grown = [migration(f"m{n:02}", (AddProperty(NODE, "Person", f"p{n}"),), [f"m{n - 1:02}"]) for n in range(1, 30)]
    indexes = tuple(AddIndex(NODE, "Person", f"p{n}") for n in range(1, 4))
    return [first, *grown, migration(LONG, (SLOW, *indexes), ["m29"])]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with many pending migrations and the resulting schema."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "nsmig.yaml").write_text("targets: {local: {database: ladybug, path: graph.lbug}}\n")
    write_migrations(folder, *history())
    (folder / "schema.yaml").write_text(succeed(folder, "schema").out)
    return folder


def expected(folder: Path, columns: int, *arguments: str) -> list[str]:
    """The lines that a terminal would show of the output without one, in a copy of the project."""
    copy = shutil.copytree(folder, folder.with_name("copy"))
    (done,) = printed([f"nsmig {' '.join(arguments)} 2>&1"], copy)
    shutil.rmtree(copy)
    rows = [line[at : at + columns] for line in done.text.splitlines() for at in range(0, max(1, len(line)), columns)]
    return [lasting(row).rstrip() for row in rows]


def shown(screen: Seen) -> list[str]:
    return [lasting(line) for line in screen.lines]


@pytest.mark.parametrize("size", SIZES)
def test_run(project: Path, size: tuple[int, int]) -> None:
    wanted = expected(project, size[1], "run")
    screen = seen(project, "run", size=size)
    assert screen.code == 0 and shown(screen) == wanted and len(wanted) > 30
    under_way = {line[2:] for frame in screen.frames for line in frame if "operation 1 of 4: Run a query" in line}
    place = f"Migration 31 of 31, operation 1 of 4: Run a query ({LONG})"
    whole = place if len(place) <= size[1] - 2 else f"{place[: size[1] - 3]}…"
    assert whole in under_way and all(whole.startswith(each) for each in under_way)  # a frame may be incomplete
    assert ("note:", "brown") in screen.colours and ("m29", "green") in screen.colours


@pytest.mark.parametrize("size", SIZES)
def test_a_run_that_fails(project: Path, size: tuple[int, int]) -> None:
    write_migrations(project, migration("z", (RunQuery("RETURN nothing"),), [LONG]))
    wanted = expected(project, size[1], "run")
    screen = seen(project, "run", size=size)
    assert screen.code == 1 and shown(screen) == wanted
    assert ("error:", "red") in screen.colours


@pytest.mark.parametrize("size", SIZES)
def test_questions_of_make(project: Path, size: tuple[int, int]) -> None:
    edit(project / "schema.yaml", ("p4:", "q1:"), ("p5:", "q2:"))
    screen = seen(project, "make", "-m", "x", size=size, answers={"Which? ": "1", "Which?": "0"})
    assert screen.code == 0
    assert shown(screen) == [
        "property p4 of node type Person is no longer in the schema.",
        "  1  it was renamed to q1",
        "  2  it was renamed to q2",
        "  0  none of these: it was dropped, with its data",
        "Which? 1",
        "property p5 of node type Person is no longer in the schema.",
        "  1  it was renamed to q2",
        "  0  none of these: it was dropped, with its data",
        "Which? 0",
        "Generated migration <time>_x.",
        "The migration contains 3 schema changes.",
        "  - Drop property p5 from node type Person",
        "  - Rename node property p4 to q1 on node type Person",
        "  - Add property q2 to node type Person",
        "warning: running this migration deletes the data of what it drops",
        "Migration written to migrations/<time>_x.yaml",
        "Run `nsmig run` to apply the migration.",
    ]
    assert ("Drop property p5 from node type Person", "red") in screen.colours
    assert ("Add property q2 to node type Person", "green") in screen.colours


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "command", ["squash --from m01 --to m05 --dry-run", "check", "check --strict", "show", "schema"]
)
def test_what_is_printed_is_seen(project: Path, size: tuple[int, int], command: str) -> None:
    """The same as without a terminal, except for colours."""
    write_migrations(project, migration("z", (DropProperty(NODE, "Person", "none"),), [LONG]))
    wanted = expected(project, size[1], *command.split())
    assert shown(seen(project, *command.split(), size=size)) == wanted


@pytest.mark.parametrize("columns", [80, 300])
def test_names_of_targets_that_are_too_wide_are_below_the_table(project: Path, columns: int) -> None:
    names = [f"a-region-of-the-world-{number:05}" for number in range(9)]
    targets = "".join(f"  {name}: {{database: ladybug, path: {name}.lbug}}\n" for name in names)
    (project / "nsmig.yaml").write_text(f"targets:\n{targets}")
    (project / "migrations" / f"{LONG}.yaml").unlink()
    succeed(project, "run", "--fake", "-t", names[3], "--to", "m07")
    lines = shown(seen(project, "show", size=(60, columns)))
    header, _, *rows = lines
    row = next(row for row in rows if row.startswith("m08"))
    assert row.split() == ["m08", *"-" * 9] and len(row) < columns
    named = [f"{number}: {name}" for number, name in enumerate(names, 1)]
    if columns == 80:
        assert header.split() == ["Migration", *"123456789"] and set(named) <= set(rows)
    else:
        assert header.split() == ["Migration", *names] and set(named).isdisjoint(rows)


COLOURED = {"run": "green", "show": "cyan", "check": "brown", "squash --from m01 --dry-run --verbose": "green"}


@pytest.mark.parametrize("command", COLOURED)
def test_colours_where_they_are_wanted(project: Path, command: str) -> None:
    (project / "migrations" / f"{LONG}.yaml").unlink()
    write_migrations(project, migration("z", (RunQuery("RETURN 1"), AddProperty(NODE, "Person", "p1")), ["m29"]))
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        copy = shutil.copytree(project, project.with_name("plain"))
        screen = seen(copy, *command.split(), environment=environment)
        assert not screen.colours and len(screen.lines) > 2
        shutil.rmtree(copy)
    copy = shutil.copytree(project, project.with_name("plain"))
    (done,) = printed([f"nsmig {command} 2>&1"], copy)
    assert "\x1b" not in done.text and done.text
    assert COLOURED[command] in {colour for _, colour in seen(project, *command.split()).colours}


def test_a_terminal_without_letters_beyond_ascii(project: Path) -> None:
    """Unprintable characters widen neither the status line nor shortened texts."""
    ascii_only = {"PYTHONIOENCODING": "ascii"}
    screen = seen(project, "run", environment=ascii_only)
    assert screen.code == 0 and re.fullmatch(r"Target local: 31 migrations applied in .* s\.", screen.lines[-1])
    assert all(line.isascii() for frame in screen.frames for line in frame)
    assert sum(line.startswith("  m") for line in screen.lines) == 31


def test_a_run_in_json_at_a_terminal(project: Path) -> None:
    screen = seen(project, "run", "--json", size=(50, 200))
    assert screen.code == 0 and not screen.colours
    assert json.loads(screen.lines[-1])["event"] == "finished"
