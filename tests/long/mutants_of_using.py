"""Remove one safeguard of ``using`` at a time from a copy of the package, and report which test notices.

``python -m long.mutants_of_using [NAME …]``, with nsmig installed. Exit code 1 if one goes unnoticed.
"""

from __future__ import annotations

import sys

from long.mutants_of_run import main

FILES = ("tests/stages/test_expressions.py", "tests/database/on_ladybug/test_using.py", "tests/run/test_asking.py")
ON_NEO4J = ("tests/database/on_neo4j/test_using.py",)

_ASKING = "running/asking.py"
_EXPRESSION, _NEO4J, _LADYBUG = (
    f"database/{each}.py" for each in ("expression", "neo4j/expressions", "ladybug/expressions")
)
MUTATIONS = {
    "brackets that close in their order": (
        _EXPRESSION,
        "(not open_ or open_.pop() != each.text)",
        "not open_",
    ),
    "brackets that are all closed": (_EXPRESSION, "if open_ else None", "if False else None"),
    "no comments": (_EXPRESSION, 'if one.text == "/" and', "if False and"),
    "no escapes of letters": (_EXPRESSION, "if _ESCAPED.search(expression):", "if False:"),
    "known functions only": (_EXPRESSION, "if name not in functions:", "if False:"),
    "no subqueries": (_EXPRESSION, 'if other.text == "{" and', "if False and"),
    "no patterns": (_EXPRESSION, 'one.text == "-" and other.text in "-["', "False"),
    "no clock without arguments": (_NEO4J, "if name in _TIMES and not given:", "if False:"),
    "no clock of a zone": (_NEO4J, 'if each.text == "{":', "if False:"),
    "no clock in a truncation": (_NEO4J, "if name in _TRUNCATING and", "if False and"),
    "names that are taken": (_LADYBUG, "each.called in _TAKEN and _is_variable(tokens, at)", "False"),
    "the value is nobody else": (_LADYBUG, "_is_value(tokens, at) and _is_bound(tokens, at)", "False"),
    "the type that the engine gives": (_LADYBUG, "if given == wanted:", "if True:"),
    "null where it may be": (_LADYBUG, 'f"result IS NULL OR {another}"', "another"),
    "all rows on which it fails": (_LADYBUG, "yield from _places(is_wrong, middle, end)", "pass"),
    "each row of one place": (_LADYBUG, "if said := error_in(f", "if said := True or error_in(f"),
    "asked before anything changes": (
        "running/loop.py",
        "checks = () if task.was_begun or effects.foresees else",
        "checks = () if True else",
    ),
    "nothing is asked again": ("running/loop.py", "checks = () if task.was_begun or", "checks = () if"),
    "two types of a node": (_ASKING, "if is_renamed_node and any(", "if False and any("),
    "a name that is taken": (
        _ASKING,
        "names & declared != set(there_before.values())",
        "False",
    ),
    "a default that is written": (_ASKING, "name in names and default is not None", "False"),
    "a relationship of a node that is deleted": (_ASKING, "(operation.kind, Kind.RELATIONSHIP)", "(operation.kind,)"),
    "one of two creations": (_ASKING, '"made", name), 2)', '"made", name), 1)'),
    "names before renames": (_ASKING, "names.add(each.old)", "pass"),
    "an expression for each kind": (
        "database/ladybug/retyping.py",
        'if using == "":',
        "if False:",
    ),
    "the server is asked": ("running/state.py", "        database.session.refuse(operation, before)\n", ""),
}
MUTATIONS_ON_NEO4J = {
    "what is of the type stays": (
        "database/neo4j/operations.py",
        'is_other = f"NOT {is_of(value, to)}"',
        'is_other = ""',
    ),
    "what cannot be stored stays": (_NEO4J, 'return f"{null}{is_of(result, operation.to)}"', 'return "true"'),
    "failures are looked for": (_NEO4J, "WHERE batch.committed = false", "WHERE false"),
    "the server is asked": ("running/state.py", "        database.session.refuse(operation, before)\n", ""),
}

if __name__ == "__main__":
    wanted = sys.argv[1:] or [*MUTATIONS, *MUTATIONS_ON_NEO4J]
    ends = [
        main(names, of, files, only)
        for of, files, only in ((MUTATIONS, FILES, "not neo4j"), (MUTATIONS_ON_NEO4J, ON_NEO4J, "5.26"))
        if (names := [each for each in wanted if each in of])
    ]
    sys.exit(max(ends))
