"""Which modules may import which: the rules behind the program's style and speed, as far as imports show them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import nsmig
from support.places import ROOT, TESTS
from support.terminal import python

PACKAGE = ROOT / "python" / "nsmig"
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
ADAPTERS = [name for name in MODULES if name.startswith("nsmig.database.")]
# The core's side of the package: its handles, and the package that exports them.
CORE_NAMES = {"nsmig", "nsmig._core", "nsmig.History", "nsmig.Schema", "nsmig.diff"}


def imported(module: str, everywhere: bool = True) -> set[str]:
    """The modules that a module imports, by full name: ``from a import b`` is both ``a`` and ``a.b``.

    :param everywhere: also inside functions and for type checkers.
    """
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree) if everywhere else _top_level(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            assert node.module is not None
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _top_level(tree: ast.Module) -> Iterator[ast.AST]:
    """The statements that run when the module is imported, apart from class bodies."""
    for node in tree.body:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield from ast.walk(node) if isinstance(node, (ast.If, ast.Try, ast.With)) else [node]


# ---- Rust ------------------------------------------------------------------------------------------------------------


def crate(name: str) -> str:
    """All source of a crate without its comments."""
    lines = [
        line for path in sorted((ROOT / "rust" / name / "src").rglob("*.rs")) for line in path.read_text().splitlines()
    ]
    assert lines
    return "\n".join(line.split("//")[0] for line in lines)


def depends_on(name: str) -> set[str]:
    manifest = (ROOT / "rust" / name / "Cargo.toml").read_text(encoding="utf-8")
    _, _, dependencies = manifest.partition("[dependencies]")
    return {
        line.split("=")[0].split(".")[0].strip() for line in dependencies.split("\n[")[0].splitlines() if "=" in line
    }


def test_the_core_crate_knows_neither_python_nor_files_nor_time() -> None:
    assert not depends_on("core") & {"pyo3", "nsmig-reader", "nsmig-binding"}
    for word in ("pyo3", "std::fs", "std::io", "std::net", "std::env", "std::process", "std::time", "println!"):
        assert word not in crate("core"), word


def test_only_the_binding_crate_knows_python() -> None:
    assert "pyo3" not in depends_on("reader") and "pyo3" not in crate("reader")
    assert "pyo3" in depends_on("binding")


@pytest.mark.parametrize("name", ["core", "reader", "binding"])
def test_a_rust_module_uses_only_modules_that_its_crate_names_before_it(name: str) -> None:
    """So there are no circles. Test-only code, at the end of a module or of the crate, may use everything."""
    folder = ROOT / "rust" / name / "src"
    front = _without_tests(folder / "lib.rs")
    order = re.findall(r"^(?:pub )?mod (\w+);", front, re.MULTILINE)
    for_tests = set(re.findall(r"#\[cfg\(test\)\]\s+mod (\w+);", (folder / "lib.rs").read_text(encoding="utf-8")))
    assert {path.stem for path in folder.rglob("*.rs")} == {"lib", *order, *for_tests}
    for place, module in enumerate(order):
        used = _used(_without_tests(folder / f"{module}.rs"))
        assert used <= set(order[:place]), f"{module} uses {sorted(used - set(order[:place]))}"


# Matches that are tables.
TABLES = {"apply_to_types", "build"}


def test_no_rust_module_has_outgrown_its_room() -> None:
    for path in sorted((ROOT / "rust").rglob("src/*.rs")):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= 400, path
        for at, line in enumerate(lines):
            if (found := re.match(r"( *)(?:pub(?:\(crate\))? )?fn (\w+)", line)) and not line.endswith(("}", ";")):
                length = lines[at:].index(f"{found[1]}}}") + 1
                assert length <= 60 or found[2] in TABLES, f"{path.name}: {found[2]} has {length} lines"


def _without_tests(path: Path) -> str:
    text = path.read_text(encoding="utf-8").partition("#[cfg(test)]\nmod ")[0]
    return "\n".join(line.split("//")[0] for line in text.splitlines())


def _used(source: str) -> set[str]:
    """The names of its crate that a module uses: modules, and items of the crate root."""
    assert "super::" not in source
    groups = re.findall(r"\bcrate::(?:(\w+)|\{(.*?)\};)", source, re.DOTALL)
    return {word for one, several in groups for word in [one, *re.findall(r"(?:^|,)\s*(\w+)", several)] if word}


# ---- Python ----------------------------------------------------------------------------------------------------------


# The rooms of the package, and the others that each may import; all may import the ground floor and themselves.
ROOMS = {
    "ground": set(),
    "core": set(),
    "yaml_file": {"core"},
    "diagram": {"core"},
    "database": set(),
    "archive": {"yaml_file", "database"},
    "project": {"core", "yaml_file", "database"},
    "making": {"core", "yaml_file"},
    "checking": {"core", "yaml_file", "project", "making"},
    "running": {"core", "database", "archive"},
    "page": {"core", "diagram", "database", "running"},
    "adopting": {"core", "yaml_file", "database", "project", "making", "running"},
    "service": {"core", "database", "project", "running", "page"},
    "cli": {
        "core",
        "yaml_file",
        "diagram",
        "database",
        "archive",
        "project",
        "making",
        "checking",
        "running",
        "page",
        "adopting",
    },
}
GROUND = {
    "arguments",
    "catalog",
    "catalog_operations",
    "errors",
    "findings",
    "kinds",
    "operation",
    "operations",
    "overwriting",
    "values",
    "version",
    "words",
}


def room(module: str) -> str | None:
    """The room of an nsmig module; None for the package itself, which exports what everyone may use."""
    first = module.removeprefix("nsmig").removeprefix(".").split(".")[0]
    if first in GROUND:
        return "ground"
    return {"": None, "_core": "core", "__main__": "cli"}.get(first, first)


def test_each_room_sees_only_those_below_it() -> None:
    for module in MODULES:
        here = room(module)
        seen = {room(name) for name in imported(module) if name in MODULES or name == "nsmig._core"}
        if here is not None:
            assert seen - {here, "ground", None} <= ROOMS[here], module


def test_no_module_reaches_through_the_package_itself() -> None:
    """``from nsmig import X`` would create a circle with the module of X."""
    for module in MODULES:
        assert "nsmig" not in imported(module), module


@pytest.mark.parametrize("module", ADAPTERS)
def test_adapters_know_no_core(module: str) -> None:
    assert not imported(module) & CORE_NAMES


@pytest.mark.parametrize("driver", ["neo4j", "ladybug"])
def test_a_driver_is_imported_in_its_own_adapter_only(driver: str) -> None:
    users = {module for module in MODULES if any(name.split(".")[0] == driver for name in imported(module))}
    assert users and all(module.startswith(f"nsmig.database.{driver}") for module in users)


@pytest.mark.parametrize("kind", ["neo4j", "ladybug"])
def test_only_its_own_package_knows_a_kind_of_database(kind: str) -> None:
    """Everything else asks the registry."""
    for module in MODULES:
        if not module.startswith(f"nsmig.database.{kind}"):
            assert not any(name.startswith(f"nsmig.database.{kind}") for name in imported(module)), module


def test_no_module_has_the_name_of_a_public_function() -> None:
    """Importing it would put the module in the function's place."""
    script = (
        "import importlib, sys, nsmig\n"
        "for module in sys.argv[1:]:\n    importlib.import_module(module)\n"
        "for name in nsmig.__all__:\n    assert callable(getattr(nsmig, name)), name\n"
    )
    modules = [module for module in MODULES if not module.endswith(("__main__", ".introspect"))]
    subprocess.run([sys.executable, "-c", script, *modules], check=True)
    assert not set(nsmig.__all__) & {module.removeprefix("nsmig.") for module in MODULES}


# Modules that may be long: tables, and texts for people.
LONG: set[str] = set()


def test_nothing_has_outgrown_its_room() -> None:
    for module, path in MODULES.items():
        text = path.read_text(encoding="utf-8")
        assert module in LONG or text.count("\n") <= 400, module
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                assert length <= 60, f"{module}.{node.name} has {length} lines"


SCRIPTS = sorted((PACKAGE / "page").glob("*.js"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_no_script_of_the_page_makes_markup_or_code_of_text(script: Path) -> None:
    """Everything except a fixed set of elements is created by two functions, whose children are texts or elements."""
    text = script.read_text(encoding="utf-8")
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "srcdoc",
        "fetch(",
    ):
        assert word not in text, word
    assert text.count("\n") <= 400 and max(map(len, text.splitlines())) <= 120


def test_no_module_merely_wraps_another() -> None:
    """A function or class that only passes its arguments on says nothing, and a whole module of them even less."""
    for module, path in MODULES.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        made = [
            node
            for node in tree.body
            if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.Expr, ast.If))
        ]
        front = path.name in ("__init__.py", "__main__.py")
        assert front or len(made) > 1, f"{module} holds nothing of its own"
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.decorator_list]
        assert not functions or not all(map(_passes_on, functions)), f"{module} only passes on"


def _passes_on(function: ast.FunctionDef) -> bool:
    """The body is a single call of another module's function with exactly the function's own arguments in order."""
    body = [each for each in function.body if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))]
    if len(body) != 1 or not isinstance(body[0], ast.Return) or not isinstance(body[0].value, ast.Call):
        return False
    call, own = body[0].value, [argument.arg for argument in function.args.args]
    given = [each.id if isinstance(each, ast.Name) else None for each in call.args]
    return not call.keywords and given == own


def test_no_circles_among_imports() -> None:
    """Not even through imports inside functions and for type checkers."""
    graph = {}
    for module in MODULES:
        names = {name for name in imported(module) if name in MODULES and name != module}
        # A package is imported before its modules; that it then imports them is not a circle.
        graph[module] = {name for name in names if not f"{module}.".startswith(f"{name}.")}
    list(TopologicalSorter(graph).static_order())  # raises CycleError with the path


def test_the_names_of_modules_say_what_is_inside() -> None:
    for module in MODULES:
        assert not {"utils", "util", "helpers", "common", "manager", "misc"} & set(module.split("."))


def test_the_page_on_architecture_has_a_place_for_each_module() -> None:
    table = (
        (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## Where things are")[2].partition("##")[0]
    )
    rooms = {module.split(".")[1] for module in MODULES if module.count(".") and not module.startswith("nsmig.__")}
    assert rooms <= set(re.findall(r"`(\w+)(?:\.py|/)?`", table))


@pytest.mark.parametrize("arguments", ["--help", "make --help", "run --help"])
def test_help_loads_nothing_slow(arguments: str) -> None:
    script = (
        "import sys\nfrom nsmig.cli import main\n"
        f"sys.argv = ['nsmig', *{arguments.split()!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code in (0, None), end.code\n"
        "print(*sorted(sys.modules), file=sys.stderr)\n"
    )
    done = python(script)
    assert "Usage" in done.out
    loaded = set(done.err.split())
    assert "click" in loaded
    assert not loaded & {"yaml", "rich", "neo4j", "ladybug", "numpy", "pandas", "nodestream"}


# ---- Tests -----------------------------------------------------------------------------------------------------------

TEST_MODULES = sorted(path for path in TESTS.rglob("*.py"))


def test_no_test_module_imports_another() -> None:
    """Shared code belongs into support."""
    for path in TEST_MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
            assert not [each for each in names if re.search(r"(^|\.)(test_|conftest)", each)], path


def test_no_folder_of_tests_has_the_name_of_a_package() -> None:
    """It would be imported instead of the package."""
    folders = {path.name for path in TESTS.rglob("*") if path.is_dir()}
    assert "support" in folders and not folders & packages_distributions().keys()
