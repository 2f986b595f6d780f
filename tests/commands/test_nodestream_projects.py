"""Projects of nodestream as their users write them: nsmig makes of each what nodestream makes of it, or says why not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nsmig import History
from nsmig.project.project import Project
from support.places import ROOT
from support.terminal import nsmig, succeed

EXAMPLE = ROOT / "examples" / "nodestream"

EXTRACTOR = "- implementation: nodestream.pipeline:IterableExtractor\n  arguments: {iterable: []}\n"


def interpreter(*interpretations: str) -> str:
    """A pipeline that reads nothing and interprets it so."""
    listed = "".join(f"    - {each}\n" for each in interpretations)
    return f"{EXTRACTOR}- implementation: nodestream.interpreting:Interpreter\n  arguments:\n    interpretations:\n{listed}"


def source(type_: str, key: str, more: str = "") -> str:
    return f"{{type: source_node, node_type: {type_}, key: {{{key}: !jmespath {key}}}{more}}}"


PLAIN = "scopes: {default: {pipelines: [pipelines/main.yaml]}}\n"

# What nodestream loads: its files, by name.
GOOD: dict[str, dict[str, str]] = {
    "two scopes, every way to name a pipeline": {
        "nodestream.yaml": (
            "scopes:\n"
            "  people:\n"
            "    config: {host: db, limit: 5}\n"
            "    targets: [db]\n"
            "    pipelines:\n"
            "    - pipelines/people.yaml\n"
            "    - {path: pipelines/teams.yaml, name: teams, targets: [db], exclude_inherited_targets: true,\n"
            "       annotations: {owner: me}}\n"
            "  places: {pipelines: [{path: pipelines/places.yaml}], annotations: {x: 1}}\n"
            "targets:\n"
            "  db: {database: neo4j, uri: !env NSMIG_SURELY_UNSET, username: neo4j, password: !env NSMIG_SURELY_UNSET}\n"
        ),
        "pipelines/people.yaml": interpreter(
            source("Person", "email", ", properties: {name: !jmespath name}, additional_indexes: [name]"),
            "{type: properties, properties: {born: !jmespath born}}",
            "{type: relationship, node_type: Team, relationship_type: PLAYS_FOR, node_key: {name: !jmespath team},"
            " relationship_properties: {since: !jmespath since}}",
        ),
        "pipelines/teams.yaml": interpreter(source("Team", "name", ", properties: {city: !jmespath city}")),
        "pipelines/places.yaml": interpreter(source("City", "name")),
    },
    "credentials and files of the extractors are not here": {
        "nodestream.yaml": PLAIN,
        "pipelines/main.yaml": (
            "- implementation: nodestream.pipeline.extractors:FileExtractor\n"
            "  arguments: {globs: [!env NSMIG_SURELY_UNSET]}\n"
            "- implementation: nodestream.pipeline.transformers:ValueProjection\n"
            "  arguments: {projection: !jmespath 'items[*]'}\n" + interpreter(source("Item", "id")).removeprefix(EXTRACTOR)
        ),
    },
    "step classes of the folder's own": {
        "nodestream.yaml": PLAIN,
        "steps/__init__.py": "",
        "steps/clean.py": (
            "from nodestream.pipeline import Transformer\n"
            "class Clean(Transformer):\n"
            "    def __init__(self, upper): self.upper = upper\n"
            "    async def transform_record(self, record): return record\n"
        ),
        "pipelines/main.yaml": (
            EXTRACTOR
            + "- implementation: steps.clean:Clean\n  arguments: {upper: true}\n"
            + interpreter(source("Item", "id")).removeprefix(EXTRACTOR)
        ),
    },
    "a part included": {
        "nodestream.yaml": PLAIN,
        "parts/key.yaml": "id: !jmespath id\n",
        "pipelines/main.yaml": interpreter("{type: source_node, node_type: Item, key: !include parts/key.yaml}"),
    },
    "a type from the scope's config": {
        "nodestream.yaml": "scopes: {a: {pipelines: [pipelines/main.yaml], config: {unused: x}}}\n",
        "pipelines/main.yaml": interpreter(source("Item", "id", ", properties: {made_by: !config unused}")),
    },
    "additional types asked for": {
        "nodestream.yaml": PLAIN + "include_additional_types: true\n",
        "pipelines/main.yaml": interpreter(source("Player", "id", ", additional_types: [Person, Athlete]")),
    },
    "additional types not asked for": {
        "nodestream.yaml": PLAIN + "include_additional_types: false\n",
        "pipelines/main.yaml": interpreter(source("Player", "id", ", additional_types: [Person, Athlete]")),
    },
    "steps for introspection only, and for elsewhere": {
        "nodestream.yaml": PLAIN,
        "pipelines/main.yaml": (
            "- implementation: not_installed.here:Extractor\n  annotations: [production]\n"
            + interpreter(source("Item", "id")).removeprefix(EXTRACTOR)
            + "  annotations: [introspection]\n"
        ),
    },
    "storage, and a name that YAML could misread": {
        "nodestream.yaml": PLAIN + "storage: {stores: [{name: s, type: local}]}\n",
        "pipelines/main.yaml": interpreter(source("'No'", "'on'"), source("'Name, with \"quotes\"'", "id")),
    },
}  # fmt: skip

# What nodestream makes without a word, leaving types out: the files, and what nsmig says.
BAD: dict[str, tuple[dict[str, str], list[str]]] = {
    "a plugin that is not installed": (
        {
            "nodestream.yaml": PLAIN,
            "pipelines/main.yaml": interpreter("{type: from_a_plugin, node_type: Item}"),
        },
        ["pipelines/main.yaml", "step 2", "'from_a_plugin' is not registered", "Did you forget to install a plugin?"],
    ),
    "a step of a package that is not installed": (
        {
            "nodestream.yaml": PLAIN,
            "pipelines/main.yaml": "- implementation: nodestream_plugin_nowhere:Steps\n",
        },
        ["pipelines/main.yaml", "step 1", "No module named 'nodestream_plugin_nowhere'"],
    ),
    "the second pipeline of the second scope": (
        {
            "nodestream.yaml": (
                "scopes:\n  a: {pipelines: [pipelines/main.yaml]}\n"
                "  b: {pipelines: [pipelines/main.yaml, {path: pipelines/other.yaml}]}\n"
            ),
            "pipelines/main.yaml": interpreter(source("Item", "id")),
            "pipelines/other.yaml": interpreter("{type: source_node, node_typ: Other, key: {id: 1}}"),
        },
        ["pipelines/other.yaml", "step 2", "unexpected keyword argument 'node_typ'"],
    ),
    "a step class whose module fails": (
        {
            "nodestream.yaml": PLAIN,
            "steps.py": "import a_library_that_is_not_here\n",
            "pipelines/main.yaml": "- implementation: steps:Clean\n" + interpreter(source("Item", "id")),
        },
        ["pipelines/main.yaml", "step 1 (steps:Clean)", "No module named 'a_library_that_is_not_here'"],
    ),
    "a pipeline whose file is gone": (
        {"nodestream.yaml": "scopes: {a: {pipelines: [{path: pipelines/gone.yaml}]}}\n"},
        ["Key 'scopes' error: Key 'a' error: Key 'pipelines' error: Key 'path' error: there is no file 'pipelines/gone.yaml';"],
    ),
    "a pipeline without a class": (
        {"nodestream.yaml": PLAIN, "pipelines/main.yaml": "- arguments: {token: hunter2}\n"},
        ["pipelines/main.yaml", "Missing key: 'implementation';"],
    ),
    "a key that nodestream does not know": (
        {"nodestream.yaml": "scopes: {a: {pipelines: [], config: {token: hunter2}, confog: {token: hunter2}}}\n"},
        ["Key 'scopes' error: Key 'a' error: unknown key 'confog';"],
    ),
    "a variable that is not set": (
        {"nodestream.yaml": PLAIN, "pipelines/main.yaml": interpreter(source("!env NSMIG_SURELY_UNSET", "id"))},
        ["pipelines/main.yaml", "step 2", "the environment variable NSMIG_SURELY_UNSET is not set"],
    ),
    "a name that is in no config": (
        {
            "nodestream.yaml": "scopes: {a: {pipelines: [pipelines/main.yaml], config: {token: hunter2}}}\n",
            "pipelines/main.yaml": interpreter(source("!config kind", "id")),
        },
        ["pipelines/main.yaml", "step 2", "the config of the pipeline's scope has no kind"],
    ),
    "an included file that is empty": (
        {
            "nodestream.yaml": PLAIN,
            "parts/key.yaml": "# to do\n",
            "pipelines/main.yaml": interpreter("{type: source_node, node_type: Item, key: !include parts/key.yaml}"),
        },
        ["pipelines/main.yaml", "step 2", "the included file parts/key.yaml is empty"],
    ),
    "an included file that is gone": (
        {
            "nodestream.yaml": PLAIN,
            "pipelines/main.yaml": interpreter("{type: source_node, node_type: Item, key: !include parts/key.yaml}"),
        },
        ["pipelines/main.yaml", "step 2", "No such file or directory: 'parts/key.yaml'"],
    ),
    "a pipeline file that is empty": (
        {"nodestream.yaml": PLAIN, "pipelines/main.yaml": "# to do\n"},
        ["pipelines/main.yaml", "it should be of the type 'list'"],
    ),
    "a pipeline without steps": (
        {"nodestream.yaml": PLAIN, "pipelines/main.yaml": "[]\n"},
        ["pipelines/main.yaml", "there are no steps in this file"],
    ),
    "a plugin that is configured and not installed": (
        {
            "nodestream.yaml": f"{PLAIN}plugins: [{{name: inventory, config: {{}}}}]\n",
            "pipelines/main.yaml": interpreter(source("Item", "id")),
        },
        ["plugin inventory", "the plugin is not installed in this Python environment", "or remove it from the project file"],
    ),
    "two pipelines of one name": (
        {
            "nodestream.yaml": "scopes: {a: {pipelines: [one/main.yaml, two/main.yaml]}}\n",
            "one/main.yaml": interpreter(source("Item", "id")),
            "two/main.yaml": interpreter(source("Other", "id")),
        },
        ["two/main.yaml", "the name main in scope a, as has one/main.yaml"],
    ),
    "a list for a mapping": (
        {"nodestream.yaml": "scopes: {a: {pipelines: [], config: [hunter2]}}\n"},
        ["Key 'scopes' error: Key 'a' error: Key 'config' error: it should be of the type 'dict';"],
    ),
}  # fmt: skip


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def nodestream(python: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("nodestream")
    return subprocess.run(
        [str(python), str(program), "migrations", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("project", GOOD)
def test_make_gives_what_nodestream_gives(project: str, tmp_path: Path, warm_python: Path) -> None:
    ours, theirs = write(tmp_path / "ours", GOOD[project]), write(tmp_path / "theirs", GOOD[project])
    done = nodestream(warm_python, theirs, "make", "-n")
    assert done.returncode == 0 and (theirs / "migrations").is_dir(), done
    succeed(ours, "make", python=warm_python)
    schemas = [History.load(folder / "migrations").schema() for folder in (ours, theirs)]
    assert schemas[0] == schemas[1]
    assert (
        succeed(tmp_path, "make", "-p", "theirs/nodestream.yaml", python=warm_python).out == "No changes to migrate\n"
    )
    assert succeed(ours, "check", python=warm_python).out == "1 migration: nothing found. nodestream can read them.\n"


def plugin(site: Path, pipeline: str) -> None:
    """Install a plugin ``inventory``, version 1.2, whose one pipeline this is."""
    write(
        site,
        {
            "inventory_plugin/__init__.py": (
                "from nodestream.project import ProjectPlugin\n"
                "class Inventory(ProjectPlugin):\n"
                "    def activate(self, project):\n"
                "        project.add_plugin_scope_from_pipeline_resources('inventory', 'inventory_plugin.pipelines')\n"
            ),
            "inventory_plugin/pipelines/__init__.py": "",
            "inventory_plugin/pipelines/servers.yaml": pipeline,
            "inventory_plugin-1.2.dist-info/METADATA": "Metadata-Version: 2.1\nName: inventory-plugin\nVersion: 1.2\n",
            "inventory_plugin-1.2.dist-info/entry_points.txt": "[nodestream.plugins]\nprojects = inventory_plugin\n",
        },
    )


def test_a_plugin_that_goes_is_no_drop(tmp_path: Path) -> None:
    """The pipelines of a plugin are as good as the project's own while it is installed; without it nothing is known."""
    site, project = tmp_path / "site", tmp_path / "project"
    plugin(site, interpreter(source("Server", "name")))
    files = {"nodestream.yaml": PLAIN + "plugins: [{name: inventory, config: {}}]\n", "hints.yaml": "drop: [Server]\n"}
    write(project, {**files, "pipelines/main.yaml": interpreter(source("Item", "id"))})
    with_plugin = {"PYTHONPATH": os.pathsep.join((str(site), os.environ.get("PYTHONPATH", "")))}
    made = succeed(project, "make", environment=with_plugin)
    assert "Create node type Server" in made.out and "Create node type Item" in made.out
    assert succeed(project, "check", environment=with_plugin).out.startswith("1 migration: nothing found.")
    before = sorted((project / "migrations").iterdir())
    for command in (["make"], ["make", "--check"], ["make", "--drop", "Server"], ["check"]):
        done = nsmig(project, *command)
        assert done.code == 1 and "plugin inventory" in done.out + done.err and "not installed" in done.out + done.err
        assert "Drop" not in done.out + done.err
    assert sorted((project / "migrations").iterdir()) == before


def test_a_pipeline_of_a_plugin_that_does_not_load_names_the_plugin_and_its_version(tmp_path: Path) -> None:
    site, project = tmp_path / "site", tmp_path / "project"
    plugin(site, interpreter("{type: source_node, node_typ: Server, key: {id: 1}}"))
    write(project, {"nodestream.yaml": "plugins: [{name: inventory, config: {}}]\n"})
    done = nsmig(project, "make", environment={"PYTHONPATH": str(site)})
    assert done.code == 1 and "plugin inventory (inventory-plugin 1.2): " in done.err and "node_typ" in done.err
    assert "install a version of the plugin that loads here, or remove it from the project file" in done.err


def test_steps_that_annotations_leave_out_are_noted(tmp_path: Path) -> None:
    files = GOOD["steps for introspection only, and for elsewhere"]
    folder = write(tmp_path, files)
    note = (
        "pipelines/main.yaml: step 1 (not_installed.here:Extractor) is not loaded for introspection, by its annotations"
    )
    assert f"note: {note} (production)" in succeed(folder, "make").err
    assert f"note: {note} (production)" in succeed(folder, "check").err
    left_out = files["pipelines/main.yaml"].replace("annotations: [introspection]", "annotations: [production]")
    (folder / "pipelines/main.yaml").write_text(left_out)
    done = nsmig(folder, "make")
    assert done.code == 1 and "step 2 (nodestream.interpreting:Interpreter)" in done.err and "--drop Item" in done.err


def test_a_name_from_the_config_is_what_it_is_when_the_pipeline_runs(tmp_path: Path) -> None:
    """nodestream itself reads it as null while it collects the schema."""
    write(
        tmp_path,
        {
            "nodestream.yaml": "scopes: {a: {pipelines: [pipelines/main.yaml], config: {kind: Item}}}\n",
            "pipelines/main.yaml": interpreter(source("!config kind", "id")),
        },
    )
    assert "Create node type Item" in succeed(tmp_path, "make").out


@pytest.mark.parametrize("project", BAD)
def test_what_does_not_load_stops_make_and_check(project: str, tmp_path: Path, warm_python: Path) -> None:
    files, said = BAD[project]
    folder = write(tmp_path, files)
    done = nsmig(folder, "make", python=warm_python)
    assert done.code == 1 and "Traceback" not in done.err and not (folder / "migrations").exists()
    found = nsmig(folder, "check", python=warm_python)
    assert found.code == 1 and "error[schema-unknown]" in found.out
    for each in said:
        assert each in done.err and each in found.out
    assert "hunter2" not in done.out + done.err + found.out + found.err


def test_a_project_in_use(tmp_path: Path) -> None:
    """The example, through a change that nodestream takes for a drop."""
    folder = shutil.copytree(EXAMPLE, tmp_path / "films")
    assert nodestream(Path(sys.executable), folder, "make", "-n").returncode == 0
    pipeline = folder / "pipelines/films.yaml"
    pipeline.write_text(pipeline.read_text().replace("born:", "birth_year:"))
    dropped = nodestream(Path(sys.executable), folder, "make", "-n", "--dry-run")
    assert dropped.returncode == 0 and "Drop property born from node type Person" in dropped.stdout
    assert nsmig(folder, "make").code == 1
    succeed(folder, "make", "--rename-property", "Person.born=birth_year")
    assert "No changes to migrate" in nodestream(Path(sys.executable), folder, "make", "-n").stdout
    done = nsmig(folder, "show")
    assert done.code == 1 and "target 'db'" in done.err and "NEO4J_PASSWORD is not set" in done.err


def test_introspection_needs_neither_variables_nor_a_database(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "films")
    assert "NEO4J_PASSWORD" not in os.environ
    schema = Project.find(folder).schema()
    assert [each["name"] for each in schema.to_dict()["nodes"]] == ["Film", "Person"]


def test_nsmigs_own_keys_for_a_nodestream_project(tmp_path: Path, warm_python: Path) -> None:
    """An nsmig.yaml that names nodestream's project file: the same schema, targets and folder, and keys of nsmig's own
    without a key in nodestream's file, so that nodestream goes on as before."""
    folder = write(tmp_path, GOOD["two scopes, every way to name a pipeline"])
    theirs = (folder / "nodestream.yaml").read_bytes()
    write(
        folder,
        {
            "nsmig.yaml": (
                "nodestream: nodestream.yaml\ntargets: {local: {database: ladybug, path: graph.lbug}}\n"
                "check: {ignore: [several-leaves]}\n"
            )
        },
    )
    succeed(folder, "make", "-m", "first", python=warm_python)
    assert succeed(folder, "check", python=warm_python).out == "1 migration: nothing found. nodestream can read them.\n"
    assert "No changes to migrate" in nodestream(warm_python, folder, "make", "-n").stdout
    assert sorted(Project.find(folder).targets) == ["db", "local"]
    succeed(folder, "run", "-t", "local", python=warm_python)
    assert (folder / "nodestream.yaml").read_bytes() == theirs
    write(folder, {"nsmig.yaml": "nodestream: elsewhere.yaml\n"})
    done = nsmig(folder, "make", python=warm_python)
    assert done.code == 1 and "nsmig.yaml:1:13: there is no such project file of nodestream's" in done.err


@pytest.mark.parametrize("project", GOOD)
def test_nodestream_goes_on_with_what_nsmig_has_touched(project: str, tmp_path: Path, warm_python: Path) -> None:
    folder = write(tmp_path, GOOD[project])
    theirs = (folder / "nodestream.yaml").read_bytes()
    succeed(folder, "make", "-m", "first", python=warm_python)
    first = next((folder / "migrations").iterdir()).stem
    second = f"name: second\noperations: []\ndependencies: [{first}]\nreplaces: []\n"
    (folder / "migrations/second.yaml").write_text(second)
    succeed(folder, "squash", "--from", first, "--name", "both", python=warm_python)
    assert succeed(folder, "check", python=warm_python).out.endswith("nothing found. nodestream can read them.\n")
    done = nodestream(warm_python, folder, "make", "-n", "--dry-run")
    assert done.returncode == 0 and "No changes to migrate" in done.stdout, done
    assert (folder / "nodestream.yaml").read_bytes() == theirs
