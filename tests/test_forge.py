"""What a forge needs: workflows, hooks, packages, versions and the site, as far as each can run here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import venv
from datetime import date
from pathlib import Path
from runpy import run_path
from shutil import copy, copytree

import pytest
import yaml

from nsmig.version import __version__
from support.places import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
BUMP = run_path(str(ROOT / "scripts/bump"))


def make(*arguments: str, **environment: str) -> str:
    """The output of a Makefile target."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "--silent", f"PYTHON={sys.executable}", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=clean | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# --- Workflows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_the_steps_of_a_workflow_are_targets_of_the_makefile(file: Path) -> None:
    jobs = yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"]
    steps = [step for job in jobs.values() for step in job["steps"]]
    commands = [re.sub(r"\$\{\{.*?\}\}", "value", step["run"]).split() for step in steps if "run" in step]
    for program, target, *variables in commands:
        assert program == "make" and target in TARGETS
        assert {each.partition("=")[0] for each in variables} <= {"NEO4J", "SEED", "TAG"}
    assert all(("run" in step) != ("uses" in step) for step in steps)
    assert commands and any("actions/checkout" in step.get("uses", "") for step in steps)


def test_all_targets_that_a_forge_calls_are_called() -> None:
    called = set(re.findall(r"run: make (\w+)", "".join(file.read_text(encoding="utf-8") for file in WORKFLOWS)))
    assert called == {"lint", "test", "docs", "long", "sdist", "notes"}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere browsers are not looked for by their names alone")
def test_without_a_browser_a_line_says_what_to_install() -> None:
    done = subprocess.run([ROOT / "scripts/browser"], env={"PATH": ""}, capture_output=True, text=True)
    assert done.returncode == 2 and "install Chromium" in done.stderr and done.stdout == ""


# --- Packages ---------------------------------------------------------------------------------------------------------

SMOKE = """
nsmig init && nsmig make -m start && nsmig run
sed -i 's/born/birth_year/' schema.yaml
nsmig make --rename-property Person.born=birth_year -m birth_year && nsmig run && nsmig check && nsmig show --check && nsmig view -t local
"""


def test_a_wheel_works_where_there_is_no_rust(tmp_path: Path) -> None:
    (ROOT / "dist").mkdir(exist_ok=True)
    for old in (ROOT / "dist").glob("*.whl"):
        old.unlink()
    make("wheel")
    (wheel,) = (ROOT / "dist").glob("*.whl")
    assert f"nsmig-{__version__}-cp310-abi3-" in wheel.name
    venv.create(tmp_path / "venv", with_pip=True)
    programs = tmp_path / "venv/bin"
    bare = {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(tmp_path), **_network()}
    assert subprocess.run(["sh", "-c", "command -v cargo"], env=bare, capture_output=True).returncode != 0
    install = [str(programs / "pip"), "install", "--quiet", "--disable-pip-version-check", f"{wheel}[ladybug]"]
    subprocess.run(install, env=bare, check=True)
    (tmp_path / "project").mkdir()
    done = subprocess.run(["sh", "-ec", SMOKE], cwd=tmp_path / "project", env=bare, capture_output=True, text=True)
    assert done.returncode == 0 and "birth_year: 1 operation" in done.stderr, done.stdout + done.stderr


def _network() -> dict[str, str]:
    """The source of packages on this machine."""
    return {
        name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "REQUESTS_", "CARGO_"))
    }


def test_the_sources_build(tmp_path: Path) -> None:
    for old in (ROOT / "dist").glob("*.tar.gz"):
        old.unlink()
    make("sdist")
    (sources,) = (ROOT / "dist").glob("*.tar.gz")
    with tarfile.open(sources) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
        archive.extractall(tmp_path, filter="data")
    assert {
        "LICENSE",
        "README.md",
        "python/nsmig/json_schemas/schema.json",
        "python/nsmig/page/page.css",
        "rust/core/src/lib.rs",
    } <= names
    (folder,) = tmp_path.iterdir()
    for each in folder.rglob("*"):
        each.touch()  # archives carry no dates, and cargo compares times with those of the last build
    environment = os.environ | {
        "CARGO_TARGET_DIR": str(ROOT / "target/sdist"),  # its own: cargo confuses two copies of a workspace
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    build = [str(Path(sys.executable).parent / "maturin"), "build", "--quiet", "--out", str(tmp_path / "built")]
    subprocess.run(build, cwd=folder, env=environment, check=True)
    assert len(list((tmp_path / "built").glob("*.whl"))) == 1


# --- Hooks ------------------------------------------------------------------------------------------------------------


def test_the_hooks_find_what_they_are_for(tmp_path: Path) -> None:
    """In a repository, by pre-commit, with the installed nsmig."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [hook["id"] for hook in hooks] == ["nsmig-check", "nsmig-make-check"]
    local = [{**hook, "language": "system"} for hook in hooks]  # otherwise pre-commit would build it
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(tmp_path / "home"),
    }
    project = tmp_path / "project"
    project.mkdir()

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)

    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": local}]}))
    for command in ("git init -q", "nsmig init", "nsmig make -m start", "git add -A"):
        assert run(*command.split()).returncode == 0, command
    done = run("pre-commit", "run", "--all-files")
    assert done.returncode == 0 and done.stdout.count("Passed") == 2, done.stdout + done.stderr
    schema = project / "schema.yaml"
    schema.write_text(schema.read_text(encoding="utf-8").replace("founded", "started"))
    (project / "migrations/broken.yaml").write_text("name: [\n")
    run("git", "add", "-A")
    done = run("pre-commit", "run", "--all-files")
    assert done.returncode == 1 and done.stdout.count("Failed") == 2 and "broken.yaml:" in done.stdout


# --- Versions ---------------------------------------------------------------------------------------------------------


def version_in(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    assert found is not None
    return found[1]


def test_there_is_one_version() -> None:
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in BUMP["PLACES"]}
    assert {version_in(texts[name], pattern) for name, pattern in BUMP["PLACES"].items()} == {__version__}
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] in ("Unreleased", __version__) and any(each.split()[0] == __version__ for each in headings)


def test_a_version_is_bumped_in_all_places(tmp_path: Path) -> None:
    for name in (*BUMP["PLACES"], "CHANGELOG.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, tmp_path / name)
    copytree(ROOT / "scripts", tmp_path / "scripts")
    program = [sys.executable, str(tmp_path / "scripts/bump")]
    for refused, reason in (
        ("next", "VERSION is like"),
        (__version__, "give a later one"),
        ("0.0.1", "give a later one"),
    ):
        done = subprocess.run([*program, refused], capture_output=True, text=True)
        assert done.returncode == 1 and reason in done.stderr
    subprocess.run([*program, "9.8.7"], check=True, capture_output=True)
    for name, pattern in BUMP["PLACES"].items():
        before, after = ((each / name).read_text(encoding="utf-8") for each in (ROOT, tmp_path))
        assert version_in(after, pattern) == "9.8.7"
        assert after.replace('"9.8.7"', f'"{__version__}"', 1) == before
    log = (tmp_path / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## Unreleased\n\n## 9.8.7 ({date.today().isoformat()})\n" in log
    done = subprocess.run([*program, "9.8.8"], capture_output=True, text=True)
    assert done.returncode == 1 and "nothing to release" in done.stderr


def test_the_notes_of_a_release_are_those_of_its_version() -> None:
    make("notes", f"TAG=v{__version__}")
    notes = (ROOT / "target/notes.md").read_text(encoding="utf-8")
    assert "## " not in re.sub("### ", "", notes) and notes.strip()
    assert notes.strip() in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    with pytest.raises(AssertionError, match=r"the tag v9\.9\.9 is not the version"):
        make("notes", "TAG=v9.9.9")


# --- The site ---------------------------------------------------------------------------------------------------------


def test_the_site_has_every_page_and_a_search() -> None:
    make("docs")  # a warning, such as a broken link, is an error
    site = ROOT / "target/site"
    pages = [each.relative_to(ROOT).with_suffix(".html") for each in (ROOT / "docs").glob("*.md")]
    assert pages and all((site / each).is_file() for each in pages)
    index = (site / "index.html").read_text(encoding="utf-8")
    assert all(str(each) in index for each in pages)  # the table of contents
    assert (site / "search.html").is_file() and "rename" in (site / "searchindex.js").read_text(encoding="utf-8")
