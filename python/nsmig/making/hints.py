"""The hints file: answers for `make` that are kept beside the schema, in the words of its flags."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nsmig.errors import ProjectFileError
from nsmig.making.renames import Answers

if TYPE_CHECKING:
    from nsmig.document import Entry

_KEYS = ("rename-type", "rename-property", "drop", "key-default")


def read_hints(file: Path) -> Answers:
    """The answers of a hints file; none if there is no file.

    :raises ProjectFileError: it cannot be read, or says what no answer can be, with the place and what was expected.
    """
    if not file.exists():
        return Answers()
    from nsmig.document import Document  # and with it PyYAML, which takes its time

    document = Document(file, ProjectFileError)
    document.refuse_duplicates()
    top = {} if document.is_empty else document.mapping(document.root, "the hints file", known=_KEYS)

    def entries(key: str) -> Mapping[str, Entry]:
        found = document.entries(top[key], f"{key!r}") if key in top else {}
        for path, entry in found.items():
            if key != "rename-type" and "." not in path:
                raise document.fail(entry.key, f"{key!r} names properties as TYPE.PROPERTY; {path!r} has no dot")
        return found

    def renames(key: str) -> dict[str, str]:
        return {old: document.text(new.value, f"the new name of {old!r}") for old, new in entries(key).items()}

    types, properties = renames("rename-type"), renames("rename-property")
    drops = set()
    for node in document.sequence(top["drop"], "'drop'") if "drop" in top else ():
        path = document.text(node, "what is to be dropped")
        if path in types or path in properties:
            raise document.fail(node, f"{path!r} is renamed in this file, too; remove one of the two")
        drops.add(path)
    defaults = {path: document.value(entry.value) for path, entry in entries("key-default").items()}
    return Answers(types, properties, frozenset(drops), defaults)
