"""A program that asks the installed nodestream for a project's schema. It imports nothing of nsmig, and nsmig does not
import it.

Run in the project's folder as ``python introspect.py PROJECT_FILE``; prints one JSON object on standard output:
``{"schema": …, "notes": […]}``, the schema in the schema file's shape, or
``{"error": {"plugin", "pipeline", "step", "reason"}}``. What steps print goes to standard error.

The schema is whole or there is none. nodestream itself passes over whatever it cannot load, and the types of that
vanish from its schema; here each such thing ends the program:

- a step that fails to load: each step of a pipeline is loaded on its own first, by nodestream's own rules of which are
  to be loaded;
- a plugin that is not installed, whose pipelines are then unknown;
- an environment variable that is not set, a name that is in no config, an included file that is empty: nodestream reads
  them as null, and a type named by one would vanish;
- a pipeline file without steps, and a pipeline that another one of the same name replaces.

Steps that their annotations leave out are left out by nodestream's design; ``notes`` tells of them.
"""

import json
import os
import re
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

# What is being loaded: the pipeline file, its step, and the plugin that it is of, as people know it.
place: dict[str, str | None] = {"plugin": None, "pipeline": None, "step": None}
notes: list[str] = []


class Guarded:
    """A pipeline that stands in the project for nodestream's own and lets no exception be swallowed."""

    def __init__(self, pipeline: Any, config: Any, plugin: str | None) -> None:
        self.pipeline, self.config, self.plugin = pipeline, config, plugin
        self.is_done = False

    def expand_schema(self, coordinator: Any) -> None:
        place.update(pipeline=str(self.pipeline.file_path), plugin=self.plugin)
        resolver("ConfigurationArgumentResolver").resolve_argument = staticmethod(self.configured)
        load_steps(self.pipeline.file_path)
        self.pipeline.expand_schema(coordinator)
        place.update(pipeline=None, plugin=None)
        self.is_done = True

    def configured(self, name: str) -> Any:
        """What ``!config`` stands for: in nodestream, only while a pipeline runs."""
        if self.config is None or name not in self.config.config:
            raise LookupError(f"the config of the pipeline's scope has no {name}")
        return self.config.get_config_value(name)


def load_steps(file: Path) -> None:
    """Load each step of a pipeline file that can add to the schema. Steps that cannot may need what is not here."""
    find_class = import_module("nodestream.pipeline.class_loader").find_class
    contents = import_module("nodestream.pipeline.pipeline_file_loader").PipelineFileContents.read_from_file(file)
    if not contents.step_definitions:
        raise ValueError("there are no steps in this file")
    for number, step in enumerate(contents.step_definitions, start=1):
        place["step"] = f"step {number} ({step.implementation_path})"
        if not step.should_be_loaded(["introspection"]):
            if may_expand_schema(step):
                reasons = ", ".join(sorted(step.annotations))
                notes.append(
                    f"{file}: {place['step']} is not loaded for introspection, by its annotations ({reasons}); the"
                    " schema lacks what only this step adds"
                )
        elif expands_schema(find_class(step.implementation_path)):
            step.load_step()
    place["step"] = None


def expands_schema(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, import_module("nodestream.schema").ExpandsSchema)


def may_expand_schema(step: Any) -> bool:
    """Whether a step that is not loaded would add to the schema; yes, where its class is not here."""
    try:
        return expands_schema(import_module("nodestream.pipeline.class_loader").find_class(step.implementation_path))
    except Exception:
        return True


def resolver(name: str) -> Any:
    """The class of nodestream's that looks up a tag."""
    return getattr(import_module("nodestream.pipeline.argument_resolvers"), name)


def variable(name: str) -> str:
    """What ``!env`` stands for."""
    if name not in os.environ:
        raise LookupError(f"the environment variable {name} is not set")
    return os.environ[name]


def included(include: Callable[[str], Any]) -> Callable[[str], Any]:
    """What ``!include`` stands for."""

    def resolve(file: str) -> Any:
        content = include(file)
        if content is None or content in ([], {}):
            raise ValueError(f"the included file {file} is empty")
        return content

    return resolve


class Asked(dict[str, Any]):
    """The plugins that a project file configures. ``names`` are those that an installed plugin asked for."""

    def __init__(self, plugins: dict[str, Any]) -> None:
        super().__init__(plugins)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> Any:
        self.names.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return super().__contains__(name)

    def __iter__(self) -> Any:
        self.names.update(self.keys())
        return super().__iter__()


def activate(project: Any) -> None:
    """Let the installed plugins add their scopes, and stop at a plugin that is not installed."""
    plugin_class = import_module("nodestream.project.project").ProjectPlugin
    packages = {
        name: f"{entry_point.dist.name} {entry_point.dist.version}"
        for entry_point in plugin_class.entrypoints()
        if entry_point.dist
        for name in [entry_point.module]
    }
    asked = project.plugins_by_name = Asked(project.plugins_by_name)
    for plugin in plugin_class.all_active():
        before = set(project.scopes_by_name)
        plugin.activate(project)
        module = type(plugin).__module__
        package = packages.get(module) or next((packages[each] for each in packages if module.startswith(each)), None)
        for name in set(project.scopes_by_name) - before:
            project.scopes_by_name[name].plugin = f"{name} ({package})" if package else name
    missing = sorted(dict.keys(asked) - asked.names - set(project.scopes_by_name))
    if missing:
        place["plugin"] = missing[0]
        raise ModuleNotFoundError("the plugin is not installed in this Python environment")


def refuse_replaced(scope_name: str, pipelines: list[Any]) -> None:
    """Stop at two pipelines of one name: nodestream keeps the last one only."""
    files: dict[str, str] = {}
    for each in pipelines:
        file = str(each.file_path)
        if files.setdefault(each.name, file) != file:
            place["pipeline"] = file
            raise ValueError(
                f"it has the name {each.name} in scope {scope_name}, as has {files[each.name]}, and nodestream reads"
                " only the last of them; give one a name of its own (path: …, name: …)"
            )


def introspect(file: Path) -> dict[str, Any]:
    """The schema of a nodestream project, in the schema file's shape."""
    resolver("EnvironmentResolver").resolve_argument = staticmethod(variable)
    includes = resolver("IncludeFileResolver")
    includes.resolve_argument = staticmethod(included(includes.resolve_argument))
    scope_class = import_module("nodestream.project.pipeline_scope").PipelineScope
    listed: dict[str, list[Any]] = {}
    add = scope_class.add_pipeline_definition

    def noted(scope: Any, definition: Any) -> None:
        listed.setdefault(scope.name, []).append(definition)
        add(scope, definition)

    scope_class.add_pipeline_definition = noted
    import_module("nodestream.project.project").ProjectPlugin.execute_activate = staticmethod(activate)
    project = import_module("nodestream.project").Project.read_from_file(file)
    for name, pipelines in listed.items():
        refuse_replaced(name, pipelines)
    guards = []
    for scope in project.scopes_by_name.values():
        plugin = getattr(scope, "plugin", None)
        scope.pipelines_by_name = {
            name: Guarded(each, scope.config, plugin) for name, each in scope.pipelines_by_name.items()
        }
        guards += scope.pipelines_by_name.values()
    schema = project.get_schema()
    if not all(guard.is_done for guard in guards):
        raise RuntimeError(
            "this version of nodestream collects the schema in a way that nsmig does not know; use 0.16.2"
        )
    # nodestream's own writer refuses a type without properties.
    return {
        "cardinalities": [
            {"adjacency": adjacency.to_file_data(), "cardinality": cardinality.to_file_data()}
            for adjacency, cardinality in schema.cardinalities.items()
        ],
        "nodes": [each.to_file_data() for each in schema.nodes],
        "relationships": [each.to_file_data() for each in schema.relationships],
    }


def reason(error: BaseException) -> str:
    """What went wrong, with its causes, as one line for each."""
    reasons = [error]
    while cause := reasons[-1].__cause__:
        reasons.append(cause)
    return " <- ".join(f"{type(each).__name__}: {told(each)}" for each in reasons)


def told(error: BaseException) -> str:
    """An error's message. Of nodestream's rules for a project file only the place and the one that was broken: its
    message holds all of them, and parts of the file, which may be secrets."""
    if type(error).__module__ != "schema":
        return str(error)
    *before, last = str(error).splitlines() or [""]
    places = [line for line in before if re.fullmatch(r"Key '[^']*' error:", line)]
    for pattern, words in RULES.items():
        if broken := re.fullmatch(pattern, last):
            return " ".join([*places, broken.expand(words)])
    return " ".join([*places, "what stands there is none of what nodestream takes"])


# The messages of the library that nodestream states its rules with, and what is told of each.
RULES = {
    r"exists\((.*)\) should evaluate to True": r"there is no file \1",
    r"(Missing keys?: .*)": r"\1",
    r"Wrong keys? ('[^']*'(?:, '[^']*')*) in .*": r"unknown key \1",
    r".* should be instance of (.*)": r"it should be of the type \1",
}


def answer_on(descriptor: int) -> Callable[[dict[str, Any]], None]:
    """Free standard output for the answer: what anything else prints goes to standard error from now on."""
    answer = os.fdopen(os.dup(descriptor), "w", encoding="utf-8")
    os.dup2(2, descriptor)

    def write(content: dict[str, Any]) -> None:
        json.dump(content, answer)
        answer.close()

    return write


def main() -> None:
    write = answer_on(1)

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        write({"error": {**place, "reason": reason(error)}})

    sys.excepthook = report
    # As nodestream's command does, so that a project's own step classes are found; this file's folder holds none.
    sys.path = [each for each in sys.path if Path(each).resolve() != Path(__file__).resolve().parent]
    sys.path.append(os.getcwd())
    try:
        schema = introspect(Path(sys.argv[1]))
    except SystemExit as error:  # a step's module may end the program, which no hook sees
        report(SystemExit, error, None)
    else:
        write({"schema": schema, "notes": notes})


if __name__ == "__main__":
    main()
