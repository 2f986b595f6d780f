Files that a squash replaces may be deleted once it is recorded.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: , x: , y: }
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
-- migrations/c.yaml --
name: c
dependencies: [b]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: y}}
-- commands --
$ nsmig run
Executing migrations on target local...
  a: 1 operation in <duration>
  b: 1 operation in <duration>
  c: 1 operation in <duration>
Target local: 3 migrations applied in <duration>.
$ nsmig squash --from b --name s
Generated squashed migration s.
It replaces 2 migrations; it saves none of 2 operations.
Migration written to migrations/s.yaml
Keep the files it replaces until every database has run them or the squash.
$ nsmig show
Migration        local
---------------  ----------------------------
a                applied <date>
b                applied <date>
c                applied <date>
s (squash of 2)  covered by what it replaces
$ nsmig run
Executing migrations on target local...
  s: recorded
Target local: nothing to do.
$ nsmig show
Migration        local
---------------  ----------------------------
a                applied <date>
b                applied <date>
c                applied <date>
s (squash of 2)  applied <date>
$ rm migrations/b.yaml migrations/c.yaml
$ nsmig show --check
Migration        local
---------------  ----------------------------
a                applied <date>
s (squash of 2)  applied <date>
$ nsmig check --target local
2 migrations: nothing found.
