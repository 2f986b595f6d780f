"""A program that asks the installed nodestream for a project's schema. It imports nothing of nsmig, and nsmig does not
import it.

Run in the project's folder as ``python introspect.py PROJECT_FILE``; prints one JSON object on standard output:
``{"schema": …}`` in the schema file's shape, or ``{"error": {"pipeline", "step", "reason"}}``. What steps print goes to
standard error.

While it collects a schema, nodestream drops each step that fails to load, and its types with it. So here every step of
a pipeline is loaded on its own first, by nodestream's own rules of which are to be loaded, and the first exception ends
the program. So does an environment variable that such a step names and that is not set: nodestream reads it as null,
and a type named by it would vanish.
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

# The pipeline file and the step that are being loaded.
place: dict[str, str | None] = {"pipeline": None, "step": None}


class Guarded:
    """A pipeline that stands in the project for nodestream's own and lets no exception be swallowed."""

    def __init__(self, pipeline: Any) -> None:
        self.pipeline = pipeline
        self.is_done = False

    def expand_schema(self, coordinator: Any) -> None:
        place["pipeline"] = str(self.pipeline.file_path)
        load_steps(self.pipeline.file_path)
        self.pipeline.expand_schema(coordinator)
        place["pipeline"] = None
        self.is_done = True


def load_steps(file: Path) -> None:
    """Load each step of a pipeline file that can add to the schema. Steps that cannot may need what is not here."""
    find_class = import_module("nodestream.pipeline.class_loader").find_class
    contents = import_module("nodestream.pipeline.pipeline_file_loader").PipelineFileContents.read_from_file(file)
    expands_schema = import_module("nodestream.schema").ExpandsSchema
    for number, step in enumerate(contents.step_definitions, start=1):
        place["step"] = f"step {number} ({step.implementation_path})"
        if step.should_be_loaded(["introspection"]):
            found = find_class(step.implementation_path)
            if isinstance(found, type) and issubclass(found, expands_schema):
                step.load_step()
    place["step"] = None


def variable(name: str) -> str:
    """What ``!env`` stands for."""
    if name not in os.environ:
        raise LookupError(f"the environment variable {name} is not set")
    return os.environ[name]


def introspect(file: Path) -> dict[str, Any]:
    """The schema of a nodestream project, in the schema file's shape."""
    import_module("nodestream.pipeline.argument_resolvers").EnvironmentResolver.resolve_argument = staticmethod(
        variable
    )
    project = import_module("nodestream.project").Project.read_from_file(file)
    guards = []
    for scope in project.scopes_by_name.values():
        scope.pipelines_by_name = {name: Guarded(each) for name, each in scope.pipelines_by_name.items()}
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
        write({"schema": schema})


if __name__ == "__main__":
    main()
