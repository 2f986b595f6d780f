"""Remove one safeguard of squash at a time from a copy of the core, and report which case and which test notice.

``python -m long.mutants_of_squash [NAME …]``, where nsmig can be built and tested. Exit code 1 if one goes unnoticed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from support.places import ROOT

# Name → file below rust/core/src, a text that occurs once in it, and its replacement.
MUTATIONS = {
    "entanglement": (
        "entangled.rs",
        "if let Some(declarers) = declarers {",
        "if let Some(declarers) = None::<&Declarers> {",
    ),
    "dropped beside touched": (
        "entangled.rs",
        "if dropped.insert(*property) { usize::MAX } else { 1 }",
        "0",
    ),
    "types of one name together": (
        "entangled.rs",
        "groups.unite(*one as usize, *other as usize);",
        "let _ = (one, other);",
    ),
    "queries are walls": (
        "wall.rs",
        "(!is_crossed).then_some(Reason::Wall)",
        "{ let _ = is_crossed; None }",
    ),
    "a declaration is kept to": (
        "entangled.rs",
        "touched.iter().for_each(|at| groups.join(*first, *at, reason));",
        "groups.keep(*first, reason);",
    ),
    "what a query touches is entangled": (
        "traced.rs",
        "            data.changed.extend(definition.properties.keys());\n            data.touched.extend(definition.properties.keys());\n",
        "            let _ = (data, definition);\n",
    ),
    "a type that a query touches has data": (
        "traced.rs",
        "let data = self.data.get_or_insert_default();",
        "let Some(data) = &mut self.data else { return };",
    ),
    "relationships go with their nodes": (
        "entangled.rs",
        "dropped.for_each(|(at, ..)| groups.join(*first, at, reason));",
        "let _ = dropped;",
    ),
    "rows of a query may lack keys": (
        "squash.rs",
        "followed.trace.undeclared || followed.trace.is_touched();",
        "followed.trace.undeclared;",
    ),
    "only elidable queries are left out": (
        "left_out.rs",
        "elidable: true, .. } if !keep_queries",
        ".. } if !keep_queries",
    ),
    "what was left out is told of": (
        "squash.rs",
        "squashed.operations.splice(..0, left_out.operation(names));",
        "let _ = left_out.operation(names);",
    ),
    "findings are walls": ("wall.rs", "found.iter().any(Finding::is_wall).then_some(", "false.then_some("),
    "walls come after what is before them": (
        "squash.rs",
        "let (finished, without) = followed.end(undeclared || leaves_undeclared(operation, found));",
        "let (finished, without) = followed.end(undeclared || leaves_undeclared(operation, found));"
        " declarers.iter_mut().for_each(|each| { each.note(operation, replaced.as_deref()); });",
    ),
    "rows that nothing declares": ("entangled.rs", "if trace.undeclared {", "if false {"),
    "labels that nothing declares": ("entangled.rs", "!single_label && types.iter().any(changes)", "false"),
    "keys that rows lack": ("wall.rs", "(*kind == Kind::Relationship || undeclared)", "*kind == Kind::Relationship"),
    "names taken after a conversion": ("traced.rs", "self.undeclared && !is_first", "false"),
    "waiting adjacencies": ("wall.rs", "self.0.contains(&(kind, name))", "false"),
    "order of keys kept": ("entangled.rs", "traced.needs_order || needs_key_order(traced)", "false"),
    "circles broken": ("rewrite.rs", "let temporary = self.temporary(of, old);", "let temporary = last;"),
    "temporary names free": ("rewrite.rs", "if !(self.taken)(name)", "if true"),
    "order of key extensions": ("rewrite.rs", "extended.sort_by_key(|(place, _)| *place);", ""),
    "what changed in the catalog": (
        "carry.rs",
        "            self.concerned.insert(name);",
        "            let _ = name;",
    ),
    "entries of changed types": ("carry.rs", "self.concerned.extend(there);", ""),
    "indexes on several types": (
        "carry.rs",
        "entry.types.len() > 1 && entry.concerns(old)",
        "false && entry.concerns(old)",
    ),
    "queries may use an index": ("squash.rs", "if has_catalog(base, &cut.operations) || cut", "if cut"),
    "order that a constraint needs": ("squash.rs", "if written > segment.operations.len() {", "if false {"),
    "dropped and made again": ("traced.rs", "self.change.properties[at as usize].after = None;", ""),
}


def main(names: list[str]) -> int:
    unnoticed = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for each in ROOT.glob("Cargo.*"):
            shutil.copy(each, copy)
        for part in ("rust", "python", "benches"):
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
        assert (_case(copy), _test(copy)) == (None, None), "the tests fail without any mutation"
        for name in names or MUTATIONS:
            file, old, new = MUTATIONS[name]
            source = copy / "rust" / "core" / "src" / file
            text = source.read_text()
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
            source.write_text(text.replace(old, new))
            case, test = _case(copy), _test(copy)
            source.write_text(text)
            print(f"{name:<38} {case or 'UNNOTICED'}\n{'':<38} {test or 'UNNOTICED'}", flush=True)
            unnoticed += [] if case and test else [name]
    return 1 if unnoticed else 0


def _case(copy: Path) -> str | None:
    """The first of the core's own cases that fails; None if they all pass."""
    command = ["cargo", "test", "--quiet", "-p", "nsmig-core", "--lib"]
    done = subprocess.run(
        command, cwd=copy, env=os.environ | {"RUSTFLAGS": "-Awarnings"}, capture_output=True, text=True, timeout=300
    )
    failed = re.search(r"^---- (\S+) stdout ----$", done.stdout, re.MULTILINE)
    if done.returncode and not failed:
        raise RuntimeError(done.stdout + done.stderr)
    return failed.group(1) if failed else None


def _test(copy: Path) -> str | None:
    """The first test that fails with the core built from this copy; None if they all pass."""
    quick = ["lto=false", "codegen-units=16", "opt-level=1"]
    options = [each for setting in quick for each in ("--config", f"profile.release.{setting}")]
    command = ["cargo", "build", "--release", "--quiet", "-p", "nsmig-binding", *options]
    subprocess.run(command, cwd=copy, check=True, env=os.environ | {"RUSTFLAGS": "-Awarnings"})
    (built,) = [
        each for each in (copy / "target" / "release").iterdir() if re.fullmatch(r"lib.*\.(so|dylib)", each.name)
    ]
    shutil.copy(built, copy / "python" / "nsmig" / "_core.abi3.so")
    tests = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-p",
        "no:cacheprovider",
        "tests/stages/test_squash.py",
        "tests/stages/test_catalog.py",
        "-k",
        "not bench",
    ]
    path = os.pathsep.join((str(copy / "python"), os.environ.get("PYTHONPATH", "")))
    done = subprocess.run(
        tests, cwd=ROOT, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, timeout=300
    )
    failed = re.search(r"^(?:FAILED|ERROR) tests/stages/test_\w+.py::(\S+)", done.stdout, re.MULTILINE)
    if done.returncode and not failed:
        raise RuntimeError(done.stdout + done.stderr)
    return failed.group(1) if failed else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
