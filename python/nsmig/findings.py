"""The findings of `nsmig check`, by code: severity and what to do. ``docs/findings.md`` explains each code."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, NamedTuple


class Severity(Enum):
    """The severity of a finding. The values are GitHub's levels for annotations."""

    ERROR = "error"  # the folder cannot be used as it is
    WARNING = "warning"  # it can be used, but probably does not do what was intended
    NOTICE = "notice"  # worth knowing

    def __repr__(self) -> str:
        return f"Severity.{self.name}"


class Code(NamedTuple):
    """A code's severity and what to do."""

    severity: Severity
    advice: str


_FOLD = (
    "If no database has the migration yet, edit it. Otherwise correct it in a new one, and ignore this code in"
    " this file."
)
_HARMLESS = (
    "If no database has the migration yet, remove the operation. Otherwise ignore this code in this file: it"
    " is harmless."
)
_RESTORE = "Restore the file as it was when it was applied, and put the change into a new migration."

CODES: dict[str, Code] = {
    # A file, or how the files fit together.
    "unreadable": Code(Severity.ERROR, "Fix the file."),
    "no-folder": Code(
        Severity.ERROR,
        "Fix the path in the project file, or restore the folder. If the history begins now, create the folder.",
    ),
    "not-read": Code(
        Severity.WARNING,
        "If it is a migration, rename or move it to NAME.yaml in the folder. Otherwise move it elsewhere.",
    ),
    "duplicate-name": Code(Severity.ERROR, "Rename the one that no database has applied, or remove it."),
    "missing-dependency": Code(
        Severity.ERROR,
        "Restore its file from version control or, if it was renamed, write"
        " its new name. Remove the dependency only if nothing here builds on it.",
    ),
    "cycle": Code(Severity.ERROR, "Remove one of these dependencies."),
    "name-taken": Code(
        Severity.ERROR,
        "If it is a new migration, give it another name: where the squash is applied, this one counts as applied, too."
        " If it is the one replaced, restore its dependencies.",
    ),
    "members-gone": Code(
        Severity.WARNING,
        "Restore the missing files or, if every database has all or none of these migrations, delete these files as"
        " well. A new migration needs another name: under a name that a squash replaces it never runs.",
    ),
    "squash-differs": Code(
        Severity.WARNING,
        "If a new migration took the name of one that the squash replaces, give it another name: under this one it"
        " never runs. Otherwise restore the squash, or squash again under another name.",
    ),
    "overlap": Code(Severity.ERROR, "Remove the squash that no database has applied."),
    "not-applicable": Code(Severity.ERROR, "Edit or remove the operation, or add the one that must come before it."),
    "own-operation": Code(
        Severity.ERROR,
        "Remove it, or set 'extensions: true' in an nsmig.yaml (for a nodestream project, one with 'nodestream:"
        " nodestream.yaml'); nodestream can then no longer read the folder.",
    ),
    "not-for-nodestream": Code(Severity.ERROR, "Change the file so that both tools can read it."),
    "refused": Code(
        Severity.ERROR, "Choose something that the database supports; no data can make this operation possible."
    ),
    "schema-unknown": Code(Severity.ERROR, "Fix it; until then nsmig cannot tell whether a migration is missing."),
    # Operations that apply but are probably mistakes: the core's findings.
    "type-replaced": Code(Severity.WARNING, _FOLD),
    "type-missing": Code(Severity.WARNING, _FOLD),
    "type-overwritten": Code(Severity.WARNING, _FOLD),
    "property-exists": Code(Severity.WARNING, _HARMLESS),
    "property-overwritten": Code(Severity.WARNING, _FOLD),
    "property-missing": Code(Severity.WARNING, _FOLD),
    "index-exists": Code(Severity.WARNING, _HARMLESS),
    "index-missing": Code(Severity.WARNING, _HARMLESS),
    "key-exists": Code(Severity.WARNING, _HARMLESS),
    "key-dropped": Code(Severity.WARNING, _FOLD),
    "key-by-rename": Code(Severity.WARNING, _FOLD),
    "same-name": Code(Severity.WARNING, _HARMLESS),
    "adjacency-exists": Code(Severity.WARNING, _HARMLESS),
    # Consequences of a migration.
    "order-matters": Code(Severity.WARNING, "Decide which comes first, and add its name to the other's dependencies."),
    "destructive": Code(
        Severity.WARNING, "If the data should be deleted, ignore this code in this file. Otherwise rename instead."
    ),
    "out-of-date": Code(Severity.WARNING, "Write the migration with: nsmig make"),
    "not-in-nodestream": Code(
        Severity.WARNING,
        "Undo the change in the schema, or set 'extensions: true' in an nsmig.yaml (for a nodestream project, one with"
        " 'nodestream: nodestream.yaml').",
    ),
    "type-undeclared": Code(Severity.ERROR, "Declare that type in the schema file, or correct its name there."),
    "several-leaves": Code(Severity.NOTICE, "The next `nsmig make` joins them."),
    # Findings on a target.
    "edited": Code(Severity.WARNING, _RESTORE),
    "unknown": Code(Severity.WARNING, "Restore the file, or check whether the database belongs to this project."),
    "missing": Code(Severity.ERROR, "Restore that file; until then no run can work on this target."),
    "half-done": Code(Severity.WARNING, "Finish it with: nsmig run"),
    "drift": Code(
        Severity.WARNING,
        "To keep it, put it into the schema file (`nsmig inspect` prints it), write the migration with"
        " `nsmig make`, and record that with `nsmig run --fake`.",
    ),
    "left-out": Code(Severity.NOTICE, "Once the database can have it: `nsmig repair --target TARGET --make-optional`."),
}

# Errors cannot be ignored: the folder cannot be used as it is.
IGNORABLE = tuple(sorted(code for code, known in CODES.items() if known.severity is not Severity.ERROR))

# The texts of the core's findings, which follow the operation.
FOLDED: dict[str, str] = {
    "type-replaced": "the type already exists; its other properties disappear from the schema",
    "type-missing": "the type does not exist; it is created silently",
    "type-overwritten": "another type has the new name, and its definition is lost",
    "property-exists": "the property already exists",
    "property-overwritten": "another property has the new name, and its definition is lost",
    "property-missing": "the property does not exist; it is created silently",
    "index-exists": "the index already exists; nothing happens",
    "index-missing": "the index does not exist; nothing happens",
    "key-exists": "the property is already part of the key; nothing happens",
    "key-dropped": "the property is part of the key; the constraint is rebuilt on what is left",
    "key-by-rename": "the property is part of the key, but is renamed as if it were not",
    "same-name": "the old and the new name are the same; nothing happens",
    "adjacency-exists": "the adjacency already exists; nothing happens",
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One finding of `check`. ``line`` counts from 1; 0 for the whole file; ``file`` may be None."""

    code: str
    message: str
    file: str | None = None
    line: int = 0
    migration: str | None = None

    @property
    def severity(self) -> Severity:
        return CODES[self.code].severity

    @property
    def advice(self) -> str:
        return CODES[self.code].advice

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "severity": self.severity.value, "advice": self.advice}

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.file and self.line else f"{self.file}: " if self.file else ""
        return f"{place}{self.severity.value}[{self.code}]: {self.message}"

    @property
    def annotation(self) -> str:
        """A line that GitHub shows next to the file, whose path is relative to the root of the checkout."""
        facts = {"title": f"nsmig {self.code}"}
        if self.file:
            root = os.environ.get("GITHUB_WORKSPACE")
            facts = {
                "file": os.path.relpath(self.file, root) if root else self.file,
                "line": str(self.line or 1),
            } | facts
        said = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in facts.items())
        return f"::{self.severity.value} {said}::{_escaped(f'{self.message}. {self.advice}')}"


def _escaped(text: str, more: str = "") -> str:
    """Escaped for GitHub's workflow commands."""
    for each in ("%", "\r", "\n", *more):
        text = text.replace(each, f"%{ord(each):02X}")
    return text


def ordered(diagnoses: Iterable[Diagnosis]) -> list[Diagnosis]:
    """The most severe first, then by place."""
    grades = list(Severity)
    return sorted(
        diagnoses, key=lambda each: (grades.index(each.severity), each.file or "", each.line, each.code, each.message)
    )
