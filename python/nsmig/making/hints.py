"""The hints file: answers for `make`, stored next to the schema file and named like its flags."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nsmig._core import Node
from nsmig.errors import ProjectFileError
from nsmig.making.renames import Answers
from nsmig.yaml_file.reading import read

_KEYS = ("rename-type", "rename-property", "drop", "key-default")


def read_hints(file: Path) -> Answers:
    """The answers of a hints file; none if there is no file.

    :raises ProjectFileError: it cannot be read, or an answer is invalid; with the place and what was expected.
    """
    if not file.exists():
        return Answers()
    document = read(file, ProjectFileError)
    document.refuse_duplicates()
    top = {} if document.is_empty else document.root.mapping("the hints file", known=_KEYS)

    def values(key: str) -> Mapping[str, Node]:
        entries = top[key].entries(f"{key!r}") if key in top else {}
        for path, (place, _) in entries.items():
            if key != "rename-type" and "." not in path:
                raise place.error(f"{key!r} names properties as TYPE.PROPERTY; {path!r} has no dot")
        return {path: value for path, (_, value) in entries.items()}

    def renames(key: str) -> dict[str, str]:
        return {old: new.text(f"the new name of {old!r}") for old, new in values(key).items()}

    types, properties = renames("rename-type"), renames("rename-property")
    drops = set()
    for node in top["drop"].sequence("'drop'") if "drop" in top else ():
        path = node.text("what is to be dropped")
        if path in types or path in properties:
            raise node.error(f"{path!r} is renamed in this file, too; remove one of the two")
        drops.add(path)
    defaults = {path: value.value() for path, value in values("key-default").items()}
    return Answers(types, properties, frozenset(drops), defaults)
