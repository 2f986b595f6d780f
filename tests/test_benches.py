"""The benches, once, at a small size; beside nodestream, and beside other peers only if installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import archive
import big_data
import commands
import ladybug_commands
import ladybug_scale
import many_migrations
import neo4j_scale
import results
import scale
import view_page
from support.server import Server


def test_big_data_on_neo4j(neo4j_server: Server, tmp_path: Path) -> None:
    took = big_data.compare(tmp_path, neo4j_server.uri, 500, sys.executable)
    assert set(took) == {"nodestream", "nsmig"}


@pytest.mark.skipif(sys.platform != "linux", reason="the size of a process is read from /proc")
def test_archive_on_neo4j(fresh_neo4j: str, tmp_path: Path) -> None:
    (measured,) = archive.measure(50, fresh_neo4j, tmp_path)
    assert list(measured) == ["load", "read", "drop", "archive and drop", "restore"]
    assert all(seconds > 0 for seconds, _ in measured.values())


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for results while tests run."""
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")
    return tmp_path / "results"


def test_many_migrations_on_neo4j(neo4j_server: Server, kept: Path) -> None:
    many_migrations.main(["--count", "12", "--uri", neo4j_server.uri])
    text = (kept / "many_migrations.md").read_text()
    assert all(f"| {name} |" in text for name in ("nodestream", "nsmig run", "nsmig run --fast-forward", "floor"))


@pytest.mark.skipif(sys.platform != "linux", reason="the processor time of another process is read from /proc")
def test_scale_on_neo4j(neo4j_server: Server, kept: Path) -> None:
    sizes = ["--nodes", "100", "--migrations", "12", "--rounds", "1"]
    neo4j_scale.main([*sizes, "--server", neo4j_server.uri, str(neo4j_server.pid)])
    text = (kept / "neo4j_scale.md").read_text()
    others = ("check --target", "label rename with a vector index", "12 migrations")
    assert all(f"| {name} |" in text for name in (*others, *neo4j_scale.CHANGES))


def test_commands(kept: Path) -> None:
    commands.main(["--files", "30", "--peer-files", "10", "--rounds", "1"])
    text = (kept / "commands.md").read_text()
    assert all(f"| {name} |" in text for name in (*commands.FLOORS, *commands.COMMANDS, *commands.PEERS))


def test_the_page_in_a_browser(browser: Browser, tmp_path: Path) -> None:
    lines = view_page.compare(tmp_path, browser, 3, 1)
    assert [line.split(" | ")[2] for line in lines] == ["#schema", "#history", "#compare"]


def test_scale(kept: Path) -> None:
    scale.main(["--sizes", "20x0,40x3", "--peer-sizes", "20", "--load-files", "30", "--types", "9"])
    text = (kept / "scale.md").read_text()
    assert "| 40 | 120 |" in text and "| nodestream | load | 30 |" in text
    assert "| that differ in a third of the types | 9 | 6 |" in text and "| that are the same | 9 | 0 |" in text
    assert (kept / "scale.svg").read_text().count("<path") > len(scale.CALLS)


def test_ladybug_scale(kept: Path) -> None:
    ladybug_scale.main(["--counts", "20", "--types", "5", "--rows", "200", "--rounds", "1"])
    text = (kept / "ladybug_scale.md").read_text()
    assert all(f"| {what} | nsmig run |" in text for what in ("20", "5", *ladybug_scale.ON_ROWS))
    assert "| 5 | nsmig check --target |" in text


def test_ladybug_commands(kept: Path) -> None:
    ladybug_commands.main(["--files", "30", "--branch", "5", "--operations", "20", "--targets", "3", "--rounds", "1"])
    text = (kept / "ladybug_commands.md").read_text()
    rows = ("check, with a target", "run, until its first statement", "run --dry-run", "--jobs 2")
    assert all(f"| {name} |" in text for name in rows)
