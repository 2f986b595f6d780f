"""nodestream projects as their users write them: nsmig gets the same schema as nodestream, or says why it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from nsmig import History
from nsmig.project.project import Project
from support.places import ROOT
from support.terminal import nsmig, succeed

EXAMPLE = ROOT / "examples" / "nodestream"

EXTRACTOR = "- implementation: nodestream.pipeline:IterableExtractor\n  arguments: {iterable: []}\n"


def interpreter(*interpretations: str) -> str:
    """A pipeline that reads nothing and has these interpretations."""
    listed = "".join(f"    - {each}\n" for each in interpretations)
    return f"{EXTRACTOR}- implementation: nodestream.interpreting:Interpreter\n  arguments:\n    interpretations:\n{listed}"


def source(type_: str, key: str, more: str = "") -> str:
    return f"{{type: source_node, node_type: {type_}, key: {{{key}: !jmespath {key}}}{more}}}"


RELATIONSHIP = "{{type: relationship, node_type: {node}, relationship_type: {type}, node_key: {{id: 1}}}}"

PLAIN = "scopes: {default: {pipelines: [pipelines/main.yaml]}}\n"

# Projects that nodestream loads: their files, by name.
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

# Projects for which nodestream silently leaves types out: their files, and nsmig's message.
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
    "a variable that is set to nothing": (
        {"nodestream.yaml": PLAIN, "pipelines/main.yaml": interpreter(source("!env NSMIG_EMPTY", "id"))},
        ["pipelines/main.yaml", "step 2 (nodestream.interpreting:Interpreter)", "the environment variable NSMIG_EMPTY is empty"],
    ),
    "a name that is nothing in the config": (
        {"nodestream.yaml": "scopes: {a: {pipelines: [pipelines/main.yaml], config: {kind: null}}}\n", "pipelines/main.yaml": interpreter(source("!config kind", "id"))},
        ["pipelines/main.yaml", "step 2 (nodestream.interpreting:Interpreter)", "kind in the config of the pipeline's scope is empty"],
    ),
    "a name that is an empty text in the config": (
        {"nodestream.yaml": "scopes: {a: {pipelines: [pipelines/main.yaml], config: {kind: ''}}}\n", "pipelines/main.yaml": interpreter(source("!config kind", "id"))},
        ["pipelines/main.yaml", "step 2 (nodestream.interpreting:Interpreter)", "kind in the config of the pipeline's scope is empty"],
    ),
    "a node type of no name": (
        {"nodestream.yaml": PLAIN, "pipelines/main.yaml": interpreter(source("null", "id"))},
        ["pipelines/main.yaml", "step 2 (nodestream.interpreting:Interpreter)", "the name of a node type must be a text that is not empty, not null"],
    ),
    "a node type of an empty name": (
        {"nodestream.yaml": PLAIN, "pipelines/main.yaml": interpreter(source("''", "id"))},
        ["pipelines/main.yaml", "step 2 (nodestream.interpreting:Interpreter)", "the name of a node type must be a text that is not empty, not \"\""],
    ),
    "a node type that is a number": (
        {"nodestream.yaml": PLAIN, "pipelines/main.yaml": interpreter(source("2024", "id"))},
        ["pipelines/main.yaml", "step 2 (nodestream.interpreting:Interpreter)", "the name of a node type must be a text that is not empty, not 2024"],
    ),
    "a relationship without an end": (
        {"nodestream.yaml": PLAIN, "pipelines/main.yaml": interpreter(source("Item", "id"), RELATIONSHIP.format(node="null", type="IN"))},
        ["pipelines/main.yaml", "step 2 (nodestream.interpreting:Interpreter)", "the name of a node type must be a text"],
    ),
    "a relationship type of no name": (
        {"nodestream.yaml": PLAIN, "pipelines/main.yaml": interpreter(source("Item", "id"), RELATIONSHIP.format(node="Box", type="null"))},
        ["pipelines/main.yaml", "step 2 (nodestream.interpreting:Interpreter)", "the name of a relationship type must be a text that is not empty, not null"],
    ),
    "a property of no name": (
        {"nodestream.yaml": PLAIN, "pipelines/main.yaml": interpreter(source("Item", "id", ", properties: {null: !jmespath x}"))},
        ["pipelines/main.yaml", "step 2 (nodestream.interpreting:Interpreter)", "the name of a property of Item must be a text that is not empty, not null"],
    ),
    "an additional type of no name": (
        {"nodestream.yaml": PLAIN + "include_additional_types: true\n", "pipelines/main.yaml": interpreter(source("Item", "id", ", additional_types: [null]"))},
        ["pipelines/main.yaml", "step 2 (nodestream.interpreting:Interpreter)", "the name of a node type must be a text"],
    ),
    "an interpreter without interpretations": (
        {"nodestream.yaml": PLAIN, "pipelines/main.yaml": interpreter("").replace("    - \n", "      []\n")},
        ["pipelines/main.yaml", "step 2 (nodestream.interpreting:Interpreter)", "there are no interpretations"],
    ),
    "an interpreter whose interpretations are null": (
        {"nodestream.yaml": PLAIN, "pipelines/main.yaml": interpreter()},
        ["pipelines/main.yaml", "step 2 (nodestream.interpreting:Interpreter)", "there are no interpretations"],
    ),
    "an interpreter with an empty list among its lists": (
        {"nodestream.yaml": PLAIN, "pipelines/main.yaml": interpreter(f"[{source('Item', 'id')}]", "[]")},
        ["pipelines/main.yaml", "step 2 (nodestream.interpreting:Interpreter)", "there are no interpretations"],
    ),
    "a switch with an empty case": (
        {"nodestream.yaml": PLAIN, "pipelines/main.yaml": interpreter(f"{{type: switch, switch_on: !jmespath x, cases: {{a: {source('Item', 'id')}, b: []}}}}")},
        ["pipelines/main.yaml", "step 2 (nodestream.interpreting:Interpreter)", "there are no interpretations"],
    ),
    "an included list of an empty list": (
        {"nodestream.yaml": PLAIN, "parts/all.yaml": "[[]]\n", "pipelines/main.yaml": interpreter().rstrip() + " !include parts/all.yaml\n"},
        ["pipelines/main.yaml", "step 2 (nodestream.interpreting:Interpreter)", "there are no interpretations"],
    ),
    "an included file that is an empty text": (
        {"nodestream.yaml": PLAIN, "parts/all.yaml": "''\n", "pipelines/main.yaml": interpreter().rstrip() + " !include parts/all.yaml\n"},
        ["pipelines/main.yaml", "step 2 (nodestream.interpreting:Interpreter)", "the included file parts/all.yaml is empty"],
    ),
    "interpretations that occur twice": (
        {"nodestream.yaml": PLAIN, "pipelines/main.yaml": interpreter(source("Item", "id")) + "    interpretations:\n    - " + source("Other", "id")},
        ["pipelines/main.yaml:7:5: the key 'interpretations' occurs twice"],
    ),
    "properties that occur twice": (
        {"nodestream.yaml": PLAIN, "pipelines/main.yaml": interpreter(source("Item", "id", ", properties: {a: 1}, 'properties': {b: 2}"))},
        ["pipelines/main.yaml:6:", "the key 'properties' occurs twice"],
    ),
    "a key that occurs twice in an included file": (
        {"nodestream.yaml": PLAIN, "parts/all.yaml": "a: 1\na: 2\n", "pipelines/main.yaml": interpreter("{type: source_node, node_type: Item, key: {id: 1}, properties: !include parts/all.yaml}")},
        ["pipelines/main.yaml", "step 2 (nodestream.interpreting:Interpreter)", "parts/all.yaml:2:1: the key 'a' occurs twice"],
    ),
    "no pipelines at all": (
        {"nodestream.yaml": "scopes: {default: {pipelines: []}}\n", "pipelines/main.yaml": interpreter(source("Item", "id"))},
        ["the project has no pipelines, so there is no schema"],
    ),
    "a scope without anything": (
        {"nodestream.yaml": "scopes: {default: {}}\n", "pipelines/main.yaml": interpreter(source("Item", "id"))},
        ["the project has no pipelines, so there is no schema"],
    ),
    "a plugin that is not installed and has the name of a scope": (
        {"nodestream.yaml": PLAIN.replace("default", "inventory") + "plugins: [{name: inventory, config: {}}]\n", "pipelines/main.yaml": interpreter(source("Item", "id"))},
        ["plugin inventory", "the plugin is not installed in this Python environment"],
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


ADDS_ITS_SCOPE = "project.add_plugin_scope_from_pipeline_resources('inventory', 'inventory_plugin.pipelines')"


def plugin(site: Path, pipeline: str, activate: str = ADDS_ITS_SCOPE) -> None:
    """Install a plugin ``inventory``, version 1.2, with this one pipeline; it runs this code when activated."""
    write(
        site,
        {
            "inventory_plugin/__init__.py": (
                "from nodestream.project import ProjectPlugin\n"
                "class Inventory(ProjectPlugin):\n"
                "    def activate(self, project):\n"
                f"        {activate}\n"
            ),
            "inventory_plugin/pipelines/__init__.py": "",
            "inventory_plugin/pipelines/servers.yaml": pipeline,
            "inventory_plugin-1.2.dist-info/METADATA": "Metadata-Version: 2.1\nName: inventory-plugin\nVersion: 1.2\n",
            "inventory_plugin-1.2.dist-info/entry_points.txt": "[nodestream.plugins]\nprojects = inventory_plugin\n",
        },
    )


def test_removing_a_plugin_is_not_a_drop(tmp_path: Path) -> None:
    """An installed plugin's pipelines count like the project's own; without the plugin, the schema is unknown."""
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


def test_a_plugin_that_iterates_over_all_plugins_requests_none(tmp_path: Path) -> None:
    site, project = tmp_path / "site", tmp_path / "project"
    plugin(
        site,
        interpreter(source("Server", "name")),
        "list(project.plugins_by_name); list(project.plugins_by_name.items())",
    )
    files = {"nodestream.yaml": PLAIN + "plugins: [{name: audit, config: {}}]\n"}
    write(project, {**files, "pipelines/main.yaml": interpreter(source("Item", "id"))})
    done = nsmig(
        project, "make", environment={"PYTHONPATH": os.pathsep.join((str(site), os.environ.get("PYTHONPATH", "")))}
    )
    assert done.code == 1 and "plugin audit: " in done.err and "not installed" in done.err


def test_a_scope_that_a_plugin_replaces(tmp_path: Path) -> None:
    """nodestream reads only the plugin's pipelines; a scope without pipelines of its own loses nothing."""
    site, project = tmp_path / "site", tmp_path / "project"
    plugin(site, interpreter(source("Server", "name")))
    with_plugin = {"PYTHONPATH": os.pathsep.join((str(site), os.environ.get("PYTHONPATH", "")))}
    own = PLAIN.replace("default", "inventory") + "plugins: [{name: inventory, config: {}}]\n"
    write(project, {"nodestream.yaml": own, "pipelines/main.yaml": interpreter(source("Item", "id"))})
    done = nsmig(project, "make", environment=with_plugin)
    assert done.code == 1 and done.err.startswith("error: pipelines/main.yaml: "), done
    assert "the scope inventory of a plugin takes the place of the project's own" in done.err
    write(project, {"nodestream.yaml": own.replace("[pipelines/main.yaml]", "[]")})
    assert "Create node type Server" in succeed(project, "make", environment=with_plugin).out


# Parts that the schema lacks by nodestream's design: the interpretations, and the note.
NOTED = {
    "a type from the records": ([source("!jmespath t", "id")], "the node_type of a SourceNodeInterpretation"),
    "properties from the records": (
        [source("Item", "id"), "{type: properties, properties: !jmespath all}"],
        "the properties of a PropertiesInterpretation",
    ),
    "a relationship type from the records": (
        [source("Item", "id"), RELATIONSHIP.format(node="Box", type="!jmespath r")],
        "the relationship_type of a RelationshipInterpretation",
    ),
    "a type from the records in a case": (
        [f"{{type: switch, switch_on: !jmespath x, cases: {{a: {source('!jmespath t', 'id')}}}}}"],
        "the node_type of a SourceNodeInterpretation",
    ),
}


@pytest.mark.parametrize("case", NOTED)
def test_what_is_known_only_while_a_pipeline_runs_is_noted(case: str, tmp_path: Path, warm_python: Path) -> None:
    interpretations, said = NOTED[case]
    write(tmp_path, {"nodestream.yaml": PLAIN, "pipelines/main.yaml": interpreter(*interpretations)})
    note = (
        "note: pipelines/main.yaml: step 2 (nodestream.interpreting:Interpreter): not in the schema, as it is known only"
        f" while the pipeline runs: {said}\n"
    )
    for command in ("make", "check"):
        assert note in nsmig(tmp_path, command, python=warm_python).err


def test_what_adds_nothing_is_noted(tmp_path: Path, warm_python: Path) -> None:
    """A project without scopes, a scope without pipelines, and a step that could add to the schema."""
    write(tmp_path, {"nodestream.yaml": "{}\n"})
    done = succeed(tmp_path, "make", python=warm_python)
    assert "note: nodestream.yaml: the project has no pipelines, so its schema is empty\n" in done.err
    write(
        tmp_path,
        {
            "nodestream.yaml": PLAIN.replace("scopes: {", "scopes: {empty: {pipelines: []}, "),
            "pipelines/main.yaml": interpreter("{type: variables, variables: {x: !jmespath x}}"),
        },
    )
    done = succeed(tmp_path, "make", python=warm_python)
    assert "note: nodestream.yaml: scope empty has no pipelines\n" in done.err
    assert "step 2 (nodestream.interpreting:Interpreter) adds nothing to the schema\n" in done.err


def test_a_key_that_stands_twice_in_the_project_file(tmp_path: Path, warm_python: Path) -> None:
    write(tmp_path, {"pipelines/main.yaml": interpreter(source("Item", "id")), "nodestream.yaml": PLAIN + PLAIN})
    done = nsmig(tmp_path, "make", python=warm_python)
    assert done.code == 1 and "nodestream.yaml:2:1: " in done.err and "'scopes'" in done.err
    write(tmp_path, {"nodestream.yaml": "scopes:\n  a: {pipelines: [pipelines/main.yaml]}\n  a: {pipelines: []}\n"})
    done = nsmig(tmp_path, "make", python=warm_python)
    assert done.code == 1 and "nodestream.yaml:3:3: " in done.err and "'a'" in done.err


def test_hints_beside_either_project_file(tmp_path: Path, warm_python: Path) -> None:
    project = {"nsmig.yaml": "nodestream: ns/nodestream.yaml\n", "ns/nodestream.yaml": PLAIN}
    write(tmp_path, {**project, "ns/pipelines/main.yaml": interpreter(source("Item", "id"), source("Other", "id"))})
    succeed(tmp_path, "make", "-m", "first", python=warm_python)
    write(tmp_path, {"ns/pipelines/main.yaml": interpreter(source("Item", "id")), "ns/hints.yaml": "drop: [Other]\n"})
    assert "Drop node type Other" in succeed(tmp_path, "make", "--dry-run", python=warm_python).out
    write(tmp_path, {"hints.yaml": "drop: [Other]\n"})
    done = nsmig(tmp_path, "make", "--dry-run", python=warm_python)
    assert done.code == 1 and f"there are two hints files, hints.yaml and {Path('ns/hints.yaml')}" in done.err
    (tmp_path / "ns/hints.yaml").unlink()
    assert "Drop node type Other" in succeed(tmp_path, "make", "--dry-run", python=warm_python).out


# The properties of a type, with values that nsmig and PyYAML read differently.
NOT_FOR_PYYAML = {
    "a question mark in a list": "[hit?]",
    "a question mark within a word": "[a?b]",
    "a question mark in a mapping": "!!set {hit?: null}",
    "a tab": "\t[a]",
    "a colon on a line of its own": "!!set {a\n      : null}",
    "an anchor on the line before": "!!set {&x\n      a: null}",
}


@pytest.mark.parametrize("case", NOT_FOR_PYYAML)
def test_a_migration_that_pyyaml_does_not_take(case: str, tmp_path: Path, warm_python: Path) -> None:
    def migration(properties: str) -> str:
        return (
            "name: a\ndependencies: []\nreplaces: []\noperations:\n- operation: CreateNodeType\n  arguments:\n"
            f"    name: T\n    keys: [k]\n    properties: {properties}\n"
        )

    text = migration(NOT_FOR_PYYAML[case])
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(text)
    write(tmp_path, {"nodestream.yaml": "{}\n", "migrations/a.yaml": text})
    assert len(History.load(tmp_path / "migrations")) == 1
    done = nsmig(tmp_path, "check", python=warm_python)
    assert done.code == 1 and "error[not-for-nodestream]: nodestream cannot read it: " in done.out, done.out
    assert done.out.endswith(" nodestream cannot read them.\n")
    assert ("write spaces for tabs" in done.out) == (case == "a tab")
    write(tmp_path, {"migrations/a.yaml": migration("['hit?']")})
    assert "not-for-nodestream" not in nsmig(tmp_path, "check", python=warm_python).out


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
    """nodestream reads it as null while collecting the schema."""
    write(
        tmp_path,
        {
            "nodestream.yaml": "scopes: {a: {pipelines: [pipelines/main.yaml], config: {kind: Item}}}\n",
            "pipelines/main.yaml": interpreter(source("!config kind", "id")),
        },
    )
    assert "Create node type Item" in succeed(tmp_path, "make").out


@pytest.mark.parametrize("project", BAD)
def test_what_does_not_load_stops_make_and_check(
    project: str, tmp_path: Path, warm_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, said = BAD[project]
    folder = write(tmp_path, files)
    monkeypatch.setenv("NSMIG_EMPTY", "")
    done = nsmig(folder, "make", python=warm_python)
    assert done.code == 1 and "Traceback" not in done.err and not (folder / "migrations").exists()
    found = nsmig(folder, "check", python=warm_python)
    assert found.code == 1 and "error[schema-unknown]" in found.out
    for each in said:
        assert each in done.err and each in found.out
    assert "hunter2" not in done.out + done.err + found.out + found.err


def test_a_project_in_use(tmp_path: Path) -> None:
    """The example, through a change that nodestream would treat as a drop."""
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
    """An nsmig.yaml that names nodestream's project file: the same schema, targets and folder, and nsmig's own keys,
    without a key in nodestream's file, so nodestream works as before."""
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
    assert done.code == 1 and "nsmig.yaml:1:13: this nodestream project file does not exist" in done.err


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
