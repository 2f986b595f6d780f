"""A program that asks the installed nodestream for a project's schema. It and nsmig import nothing of each other.

Run in the project's folder as ``python introspect.py PROJECT_FILE``; prints one JSON object on standard output:
``{"schema": …, "notes": […]}``, the schema in the schema file's shape, or
``{"error": {"plugin", "pipeline", "step", "reason"}}``. What steps print goes to standard error.

It prints the whole schema or an error. nodestream itself passes over whatever it cannot load, and the types of that
vanish from its schema; here each such thing ends the program:

- a step that fails to load: each step of a pipeline is loaded on its own first, by nodestream's own rules of which are
  to be loaded;
- a plugin that is not installed, whose pipelines are then unknown;
- an environment variable, name of a config or included file that is not there or empty;
- a key that occurs twice in a mapping, of which PyYAML takes the last;
- a project, pipeline file or list of interpretations with nothing in it;
- a pipeline or scope that another one of the same name replaces;
- a type or property whose name is no text.

``notes`` tells of what the schema lacks by nodestream's design: steps that their annotations leave out, and what is
known only while a pipeline runs.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

# What is being loaded: the pipeline file, its step, and the plugin that it belongs to, as users know it.
place: dict[str, str | None] = {"plugin": None, "pipeline": None, "step": None}
notes: list[str] = []


class Guarded:
    """A pipeline that replaces nodestream's own in the project and swallows no exception."""

    def __init__(self, pipeline: Any, config: Any, plugin: str | None) -> None:
        self.pipeline, self.config, self.plugin = pipeline, config, plugin
        self.is_done = False

    def expand_schema(self, coordinator: Any) -> None:
        place.update(pipeline=str(self.pipeline.file_path), plugin=self.plugin)
        resolver("ConfigurationArgumentResolver").resolve_argument = staticmethod(self.configured)
        load_steps(self.pipeline.file_path, coordinator.include_additional_types)
        self.pipeline.expand_schema(coordinator)
        place.update(pipeline=None, plugin=None)
        self.is_done = True

    def configured(self, name: str) -> Any:
        """The value behind ``!config``: in nodestream, only while a pipeline runs."""
        if self.config is None or name not in self.config.config:
            raise LookupError(f"the config of the pipeline's scope has no {name}")
        return filled(self.config.get_config_value(name), f"{name} in the config of the pipeline's scope")


def load_steps(file: Path, include_additional_types: bool) -> None:
    """Load each step of a pipeline file that can add to the schema. Others may need missing things."""
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
        elif expands_schema(step):
            refuse_or_note_parts(step.load_step(), f"{file}: {place['step']}", include_additional_types)
    place["step"] = None


def refuse_or_note_parts(step: Any, named: str, include_additional_types: bool) -> None:
    """Stop at something that a step should add to the schema but cannot; note what it adds only while running."""
    if unknown := [said for each in interpretations(step) for said in running(each)]:
        notes.append(f"{named}: not in the schema, as it is known only while the pipeline runs: {', '.join(unknown)}")
    added = counting_coordinator()(import_module("nodestream.schema").Schema(), include_additional_types)
    step.expand_schema(added)
    if not added.calls and not unknown:
        notes.append(f"{named} adds nothing to the schema")


def interpretations(part: Any) -> Iterator[Any]:
    """The interpretations of an interpreter, of its passes and of their branches; none for any other step.

    :raises ValueError: a list of them is empty.
    """
    passes = import_module("nodestream.interpreting.interpretation_passes")
    kinds = import_module("nodestream.interpreting.interpretations")
    if isinstance(part, import_module("nodestream.interpreting").Interpreter):
        before = part.before_iteration
        parts = [part.interpretations, *([] if isinstance(before, passes.NullInterpretationPass) else [before])]
    elif isinstance(part, passes.InterpretationPass):
        parts = list(getattr(part, "passes", getattr(part, "interpretations", ())))
    elif isinstance(part, kinds.SwitchInterpretation):
        parts = list(part.all_interpretations)
    else:
        yield from [part] if isinstance(part, kinds.Interpretation) else []
        return
    if not parts:
        raise ValueError("there are no interpretations in it, or in a list of them")
    for each in parts:
        yield from interpretations(each)


def running(interpretation: Any) -> list[str]:
    """What an interpretation adds only while the pipeline runs: from the records, or under a condition."""
    kinds = import_module("nodestream.interpreting.interpretations.interpretation")
    if isinstance(interpretation, kinds.ConditionedInterpretation):
        return [f"a {type(interpretation.interpretation).__name__} that has a condition"]
    names = ("node_type", "relationship_type", "key", "properties", "node_properties", "relationship_properties")
    values = {name: getattr(interpretation, name, None) for name in names}
    return [
        f"the {name} of a {type(interpretation).__name__}"
        for name, value in values.items()
        if not getattr(value, "is_static", True) or hasattr(value, "value_provider")
    ]


def counting_coordinator() -> Any:
    """The class of a coordinator that counts a step's additions to the schema, and refuses names that are not texts."""
    base: Any = import_module("nodestream.schema").SchemaExpansionCoordinator

    def named(fn: Callable[[Any], None]) -> Callable[[Any], None]:
        def expand(described: Any) -> None:
            fn(described)
            for name in described.properties:
                refuse_no_name(name, f"a property of {described.name}")

        return expand

    class Counting(base):  # type: ignore[misc]
        calls = 0

        def on_node_schema(self, fn: Callable[[Any], None], *types: Any, **more: Any) -> None:
            self.calls += 1
            for name in (*types[:1], *(more[each] for each in ("node_type",) if each in more)):
                refuse_no_name(name, "a node type")
            base.on_node_schema(self, named(fn), *types, **more)

        def on_relationship_schema(self, fn: Callable[[Any], None], relationship_type: Any) -> None:
            self.calls += 1
            refuse_no_name(relationship_type, "a relationship type")
            base.on_relationship_schema(self, named(fn), relationship_type)

    return Counting


def refuse_no_name(name: Any, what: str) -> None:
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"the name of {what} must be a text that is not empty, not {json.dumps(name, default=str)}")


def expands_schema(step: Any) -> bool:
    found = import_module("nodestream.pipeline.class_loader").find_class(step.implementation_path)
    return isinstance(found, type) and issubclass(found, import_module("nodestream.schema").ExpandsSchema)


def may_expand_schema(step: Any) -> bool:
    """Whether a step that is not loaded would add to the schema; yes, if its class is not available here."""
    try:
        return expands_schema(step)
    except Exception:
        return True


def resolver(name: str) -> Any:
    """nodestream's class that looks up a tag."""
    return getattr(import_module("nodestream.pipeline.argument_resolvers"), name)


def variable(name: str) -> str:
    """The value behind ``!env``."""
    if name not in os.environ:
        raise LookupError(f"the environment variable {name} is not set")
    return str(filled(os.environ[name], f"the environment variable {name}"))


def included(include: Callable[[str], Any]) -> Callable[[str], Any]:
    """The value behind ``!include``."""
    return lambda file: filled(include(file), f"the included file {file}")


def filled(value: Any, what: str) -> Any:
    """The value behind a tag. An empty one usually means that it is missing."""
    if value in (None, "", [], {}):
        raise LookupError(f"{what} is empty")
    return value


def refuse_duplicates() -> None:
    """Refuse a key that occurs twice in a mapping of a file that nodestream reads: PyYAML takes the last."""
    loader = import_module("nodestream.file_io").LazyLoadedTagSafeLoader
    compose = loader.compose_mapping_node

    def composed(self: Any, anchor: str | None) -> Any:
        mapping = compose(self, anchor)
        seen = set()
        for key, _ in mapping.value:
            if not isinstance(key.value, str) or key.tag == "tag:yaml.org,2002:merge":
                continue
            if (key.tag, key.value) in seen:
                mark = key.start_mark
                raise ValueError(
                    f"{mark.name}:{mark.line + 1}:{mark.column + 1}: the key {key.value!r} occurs twice in this"
                    " mapping, and nodestream reads only the last"
                )
            seen.add((key.tag, key.value))
        return mapping

    loader.compose_mapping_node = composed


class Asked(dict[str, Any]):
    """The plugins that a project file configures. ``names`` are those that an installed plugin requested by name: one
    that iterates over all of them may know none."""

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
    added: set[str] = set()
    for plugin in plugin_class.all_active():
        before = dict(project.scopes_by_name)
        plugin.activate(project)
        module = type(plugin).__module__
        package = next((packages[each] for each in sorted(packages)[::-1] if f"{module}.".startswith(f"{each}.")), None)
        for name, scope in project.scopes_by_name.items():
            if scope is not before.get(name):
                scope.plugin = f"{name} ({package})" if package else name
                added.add(name)
    if missing := sorted(dict.keys(asked) - asked.names - added):
        place["plugin"] = missing[0]
        raise ModuleNotFoundError("the plugin is not installed in this Python environment")


def refuse_replaced(scope_name: str, pipelines: list[Any], project: Any) -> None:
    """Stop at a pipeline of the project file that nodestream ignores: of two with the same name it keeps the last, and
    a plugin's scope replaces another of the same name."""
    files: dict[str, str] = {}
    for each in pipelines:
        file = str(each.file_path)
        if files.setdefault(each.name, file) != file:
            place["pipeline"] = file
            raise ValueError(
                f"it has the name {each.name} in scope {scope_name}, as has {files[each.name]}, and nodestream reads"
                " only the last of them; give one a name of its own (path: …, name: …)"
            )
    if lost := sorted(set(files.values()) - {str(each.file_path) for each in project.get_all_pipelines()}):
        place["pipeline"] = lost[0]
        raise ValueError(
            f"the scope {scope_name} of a plugin takes the place of the project's own, whose pipelines nodestream then"
            " does not read; give the project's scope another name"
        )


def note_without_pipelines(project: Any, file: Path) -> None:
    """Note scopes without pipelines. Stop if scopes or plugins are configured, but there is no pipeline at all."""
    if not list(project.get_all_pipelines()):
        if project.scopes_by_name or project.plugins_by_name:
            raise ValueError("the project has no pipelines, so there is no schema")
        notes.append(f"{file}: the project has no pipelines, so its schema is empty")
    empty = (name for name, scope in project.scopes_by_name.items() if not scope.pipelines_by_name)
    notes.extend(f"{file}: scope {name} has no pipelines" for name in empty)


def introspect(file: Path) -> dict[str, Any]:
    """The schema of a nodestream project, in the form of a schema file."""
    refuse_duplicates()
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
        refuse_replaced(name, pipelines, project)
    note_without_pipelines(project, file)
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
    """The error and its causes, one line each."""
    reasons = [error]
    while cause := reasons[-1].__cause__:
        reasons.append(cause)
    return " <- ".join(f"{type(each).__name__}: {message_of(each)}" for each in reasons)


def message_of(error: BaseException) -> str:
    """An error's message. For nodestream's rules for a project file, only the place and the violated rule: the original
    message contains all rules, and parts of the file, which may be secrets."""
    if type(error).__module__ != "schema":
        return str(error)
    *before, last = str(error).splitlines() or [""]
    places = [line for line in before if re.fullmatch(r"Key '[^']*' error:", line)]
    for pattern, words in RULES.items():
        if broken := re.fullmatch(pattern, last):
            return " ".join([*places, broken.expand(words)])
    return " ".join([*places, "nodestream does not accept what is written there"])


# The messages of the library in which nodestream states its rules, and nsmig's version of each.
RULES = {
    r"exists\((.*)\) should evaluate to True": r"there is no file \1",
    r"(Missing keys?: .*)": r"\1",
    r"Wrong keys? ('[^']*'(?:, '[^']*')*) in .*": r"unknown key \1",
    r".* should be instance of (.*)": r"it should be of the type \1",
}


def answer_on(descriptor: int) -> Callable[[dict[str, Any]], None]:
    """Reserve standard output for the answer: anything else printed from now on goes to standard error."""
    answer = os.fdopen(os.dup(descriptor), "w", encoding="utf-8")
    os.dup2(2, descriptor)

    def write(content: dict[str, Any]) -> None:
        answer.write(json.dumps(content))  # whole or not at all
        answer.close()

    return write


def main() -> None:
    write = answer_on(1)

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        write({"error": {**place, "reason": reason(error)}})

    sys.excepthook = report
    # As nodestream's command does, so that a project's own step classes are found; this file's folder has none.
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
