A database with records that have no files: reported once, counted by show --check, and ignored if the project says so.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: x}}
-- commands --
$ nsmig run
Executing migrations on target local...
  a: 1 operation in <duration>
  b: 1 operation in <duration>
Target local: 2 migrations applied in <duration>.
$ nsmig show --check
Migration  local
---------  ----------------------------
a          applied <date>
b          applied <date>
$ rm migrations/b.yaml
$ nsmig run
Executing migrations on target local...
  note: recorded as applied, but in no file: b; is this checkout behind the database?
Target local: nothing to do.
$ nsmig show --check
Migration  local
---------  -----------------------------------------------
a          applied <date>
b          applied <date>, unknown (no file)
[exit code 3]
$ echo 'check: {ignore: [unknown]}' >> nsmig.yaml
$ nsmig run
Executing migrations on target local...
Target local: nothing to do.
$ nsmig show --check
Migration  local
---------  -----------------------------------------------
a          applied <date>
b          applied <date>, unknown (no file)
$ sed -i 's/\[p\]/[p, q]/' migrations/a.yaml
$ nsmig show --check
Migration  local
---------  -----------------------------------------------
a          applied <date>, edited since
b          applied <date>, unknown (no file)
[exit code 3]
