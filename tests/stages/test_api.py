"""The Python API as values: what can be pickled, printed, and run from its documentation."""

from __future__ import annotations

import doctest
import inspect
import pickle
import re
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given

import nsmig
from nsmig import errors
from nsmig.errors import NsmigError
from nsmig.kinds import Kind
from nsmig.operations import OPERATIONS, AddProperty, CreateType, DropProperty, Operation
from nsmig.values import Finding, Kept, Migration, Renames, SquashReport, Type
from support.places import ROOT
from support.strategies import any_operations

CREATE = CreateType(Kind.NODE, "A", ("id",), ("p",))
HISTORY = nsmig.History(
    [Migration("a", (CREATE,), file="x/a.yaml"), Migration("b", (AddProperty(Kind.NODE, "A", "q", [1]),), ("a",))]
)
VALUES: list[Any] = [
    Kind.NODE,
    HISTORY.schema(),
    HISTORY["a"],
    HISTORY.squash_report("a"),
    Type(("id",), {"id": "STRING"}, ()),
    Finding("a", "x/a.yaml", 0, CREATE, "type-replaced"),
    Kept("wall", "why", (CREATE,)),
    SquashReport(1, 1, (), 1),
    Renames({"A": "B"}, {"B.p": "q"}),
]


def again(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_are_pickled(value: Any) -> None:
    assert again(value) == value


@given(any_operations())
def test_operations_are_pickled(operation: Operation) -> None:
    assert repr(again(operation)) == repr(operation)


def test_a_history_is_pickled_by_its_migrations() -> None:
    copy = again(HISTORY)
    assert [copy[name] for name in copy.order()] == [HISTORY[name] for name in HISTORY.order()]
    assert copy["a"].file == "x/a.yaml" and copy.schema() == HISTORY.schema()


# One argument for each kind of parameter that errors have, by the parameter's name or annotation.
_FACTS = {
    "line": 3,
    "column": 4,
    "count": 2,
    "index": 0,
    "done": 1,
    "others": [],
    "operation": CREATE,
    "entry": {"a": 1},
}


ERRORS = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, NsmigError)]


@pytest.mark.parametrize("cls", ERRORS, ids=lambda cls: cls.__name__)
def test_errors_are_pickled_with_their_facts(cls: type[NsmigError]) -> None:
    has_facts = inspect.isfunction(cls.__init__)
    facts = list(inspect.signature(cls).parameters) if has_facts else ["message"]
    error = cls(*(_FACTS.get(name, [name, "x"] if name.endswith("s") else name) for name in facts))
    copy = again(error)
    assert type(copy) is cls and str(copy) == str(error) and vars(copy) == vars(error)


def test_errors_of_the_core_are_pickled() -> None:
    with pytest.raises(NsmigError) as caught:
        nsmig.History([Migration("a", (DropProperty(Kind.NODE, "A", "p"),))]).schema()
    assert str(again(caught.value)) == str(caught.value)


@pytest.mark.parametrize("module", ["nsmig", "nsmig.operation", "nsmig.values", "nsmig.words"])
def test_the_examples_in_the_documentation_run(module: str) -> None:
    failed, tried = doctest.testmod(import_module(module), optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert tried and not failed


def test_the_examples_of_the_page_run() -> None:
    page = ROOT / "docs" / "api.md"
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert tried > 20 and not failed
    text = page.read_text(encoding="utf-8")
    assert not [name for name in nsmig.__all__ if not re.search(rf"\b{name}\b", text)]


def test_what_is_public_is_documented_and_readable() -> None:
    for name in nsmig.__all__:
        public = getattr(nsmig, name)
        assert inspect.getdoc(public), name
        for method in [each for each in vars(public) if not each.startswith("_")] if inspect.isclass(public) else ():
            assert inspect.getdoc(getattr(public, method)) or not callable(getattr(public, method)), f"{name}.{method}"
    for value in [*VALUES, HISTORY, *(spelling.cls for spelling in OPERATIONS.values())]:
        assert " at 0x" not in repr(value)


def test_files_are_still_found_under_their_earlier_name() -> None:
    from nsmig import files, yaml_file

    assert files is yaml_file and files.migration_text(nsmig.Migration("m").to_dict()).startswith("dependencies: []\n")
