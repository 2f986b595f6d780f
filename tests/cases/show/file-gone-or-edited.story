A recorded name without a file, and a file that was edited since.
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
$ rm migrations/b.yaml
$ sed -i 's/\[p\]/[p, q]/' migrations/a.yaml
$ nsmig show
Migration  local
---------  -----------------------------------------------
a          applied <date>, edited since
b          applied <date>, unknown (no file)
$ nsmig run
Executing migrations on target local...
  note: a was edited after it was applied here; restore its file, and put the change into a new migration
  note: recorded as applied, but in no file: b; is this checkout behind the database?
Target local: nothing to do.
