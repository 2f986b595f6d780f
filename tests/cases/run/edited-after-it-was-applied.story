A file that was edited after it was applied is named by run, show and check, and leads the message if it may be the
cause of a failure.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes: [{name: A, properties: {id: {is_key: true}, p: , q: }}]
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: q}}
-- commands --
$ nsmig run
Executing migrations on target local...
  a: 1 operation in <duration>
  b: 1 operation in <duration>
Target local: 2 migrations applied in <duration>.
$ sed -i 's/  *- {op/- {op/' migrations/a.yaml && nsmig run
Executing migrations on target local...
Target local: nothing to do.
$ cp migrations/a.yaml kept && sed -i 's/\[p\]/[p, x]/' migrations/a.yaml && nsmig run
Executing migrations on target local...
  note: a was edited after it was applied here; restore its file, and put the change into a new migration
Target local: nothing to do.
$ nsmig show --check
Migration  local
---------  ------------------------------------------
a          applied <date>, edited since
b          applied <date>
[exit code 3]
$ nsmig check --target local --ignore drift --ignore out-of-date | sed 's! on [0-9-]* ! on <day> !'
migrations/a.yaml: warning[edited]: target local: 'a' was applied on <day> with other operations than its file has now
  Restore the file as it was when it was applied, and put the change into a new migration.
2 migrations: 1 warning (1 ignored).
$ printf 'name: c\ndependencies: [b]\noperations:\n- {operation: RenameNodeProperty, arguments: {node_type: A, old_property_name: x, new_property_name: y}}\n' > migrations/c.yaml
$ nsmig run
Executing migrations on target local...
  note: a was edited after it was applied here; restore its file, and put the change into a new migration
error: target 'local': a (edited after being applied here: restore the file) may be why: migration 'c', operation 1 of 1: Rename node property x to y on node type A: LadybugDB refused 'ALTER TABLE `A` RENAME `x` TO `y`': Runtime exception: A table does not have property x.. This changed nothing; earlier work is kept
  c has changed nothing. Edit or remove it, or put a query before it that fixes the data; then run `nsmig run` again.
[exit code 1]
$ sed -i 's/name: A/name: B/' migrations/a.yaml && nsmig run
Executing migrations on target local...
error: target 'local': a (edited after being applied here: restore the file) may be why: migrations/c.yaml: operation 1 (Rename node property x to y on node type A): node type 'A' has no property 'x' at this point of the history
[exit code 1]
$ nsmig run --dry-run
error: target 'local': a (edited after being applied here: restore the file) may be why: migrations/c.yaml: operation 1 (Rename node property x to y on node type A): node type 'A' has no property 'x' at this point of the history
[exit code 1]
$ nsmig check --target local | sed 's! on [0-9-]* ! on <day> !'
migrations/c.yaml:4: error[not-applicable]: Rename node property x to y on node type A: node type 'A' has no property 'x' at this point of the history; target local: a (edited after being applied here: restore the file) may be why
  Restore those files first. If that does not help, edit or remove the operation, or add the one that must come before it.
migrations/a.yaml: warning[edited]: target local: 'a' was applied on <day> with other operations than its file has now
  Restore the file as it was when it was applied, and put the change into a new migration.
migrations/b.yaml:4: warning[type-missing]: Add property q to node type A: the type does not exist; it is created silently
  If no database has the migration yet, edit it. Otherwise correct it in a new one, and ignore this code in this file.
3 migrations: 1 error, 2 warnings.
$ nsmig show
Migration  local
---------  ------------------------------------------
a          applied <date>, edited since
b          applied <date>
c          pending
$ rm migrations/b.yaml && sed -i 's/\[b\]/[a]/' migrations/c.yaml && nsmig run --json
{"target": "local", "event": "failed", "error": "a (edited after being applied here: restore the file) and b (recorded here, but in no file) may be why: migrations/c.yaml: operation 1 (Rename node property x to y on node type A): node type 'A' does not exist at this point of the history", "kind": "FoldError", "facts": {"migration": "c", "file": "migrations/c.yaml", "index": 0, "operation": {"operation": "RenameNodeProperty", "arguments": {"node_type": "A", "old_property_name": "x", "new_property_name": "y"}}, "reason": "node type 'A' does not exist at this point of the history", "doubt": "a (edited after being applied here: restore the file) and b (recorded here, but in no file) may be why"}}
error: target 'local': a (edited after being applied here: restore the file) and b (recorded here, but in no file) may be why: migrations/c.yaml: operation 1 (Rename node property x to y on node type A): node type 'A' does not exist at this point of the history
[exit code 1]
$ cp kept migrations/a.yaml && sed -i 's/: x/: p/' migrations/c.yaml && nsmig run
Executing migrations on target local...
  note: recorded as applied, but in no file: b; is this checkout behind the database?
  c: 1 operation in <duration>
Target local: 1 migration applied in <duration>.
