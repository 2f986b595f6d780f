"""Embedded targets, each worked on by a process: their output and their end are those of a single process."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nsmig.kinds import Kind
from nsmig.operations import AddProperty, CreateType, RunQuery
from support.databases import ladybug_at
from support.migrations import migration
from support.projects import write_migrations
from support.terminal import nsmig, start, succeed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there a process is forked for each")

MADE = migration("m0", [CreateType(Kind.NODE, "A", ("k",), ()), AddProperty(Kind.NODE, "A", "p", 1)])
SLOW = RunQuery(" ".join(f"UNWIND range(1, 20000) AS i{at}" for at in range(4)) + " RETURN sum(i0 * i1 + i2 * i3)")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    targets = "".join(f"  t{at}: {{database: ladybug, path: t{at}.lbug}}\n" for at in range(5))
    (tmp_path / "nsmig.yaml").write_text(f"targets:\n{targets}")
    write_migrations(tmp_path, MADE)
    return tmp_path


def children(process: subprocess.Popen[str]) -> list[int]:
    return [int(each) for each in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def under_way(project: Path) -> subprocess.Popen[str]:
    """A run with a slow query on two targets."""
    succeed(project, "run", "-a")
    write_migrations(project, MADE, migration("m1", [SLOW], ["m0"]))
    process = start(project, "run", "-a", "--jobs", "2")
    until = time.monotonic() + 60
    while len(children(process)) < 2:
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.05)
    time.sleep(1.5)
    return process


def without_times(text: str) -> list[str]:
    return sorted(re.sub(r"[\d.]+ s\b|\"seconds\": [\d.]+", "", text).splitlines())


@pytest.mark.parametrize("as_json", [False, True])
def test_they_say_what_one_says(project: Path, as_json: bool) -> None:
    (project / "t3.lbug").mkdir()  # this target fails
    said = []
    for jobs in ("1", "3"):
        done = nsmig(project, "run", "-a", "--jobs", jobs, *["--json"] * as_json)
        assert done.code == 1
        said.append((without_times(done.out), without_times(done.err)))
        for at in (0, 1, 2, 4):
            (project / f"t{at}.lbug").unlink()
    assert said[0] == said[1] and any("t3" in line for line in said[0][not as_json])


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("whom", ["the first", "all"])
def test_stopped_by_a_signal(project: Path, number: int, code: int, whom: str) -> None:
    """Sent to the first process by a program, or to all of them by a terminal or a supervisor."""
    process = under_way(project)
    workers = children(process)
    for pid in [process.pid, *(workers if whom == "all" else [])]:
        os.kill(pid, number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == code and out == "", err
    assert "continues where this run stopped" in err and "Traceback" not in err and "error" not in err, err
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
    write_migrations(project, MADE)
    (project / "migrations/m1.yaml").unlink()
    succeed(project, "run", "-a", "--jobs", "2")


def test_a_process_that_dies_ends_the_run(project: Path) -> None:
    process = under_way(project)
    first, second = children(process)
    os.kill(first, signal.SIGKILL)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1 and "ended with exit code -9" in err and "Traceback" not in err, err
    assert not Path(f"/proc/{second}").exists()
    for at in range(5):
        with ladybug_at(project / f"t{at}.lbug") as database:
            assert list(database.ledger.state().records) == ["m0"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_what_one_of_them_cannot_print_is_lost(project: Path) -> None:
    command = [sys.executable, "-m", "nsmig", "run", "-a", "--jobs", "2", "--json"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, cwd=project, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and done.stderr.count("cannot be written") == 1, done
    assert "nothing to do" in succeed(project, "run", "-a").err
