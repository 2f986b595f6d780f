A squash of a squash also replaces the first one where only its members have run: each run records the squashes that
they complete.
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
-- later/c.yaml --
name: c
dependencies: [S1]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: y}}
-- commands --
$ nsmig run 2>&1 | tail -n 1
Target local: 2 migrations applied in <duration>.
$ nsmig squash --from a --name S1 | tail -n 1
Keep the files it replaces until every database has run them or the squash.
$ cp later/c.yaml migrations; nsmig run
Executing migrations on target local...
  c: 1 operation in <duration>
  S1: recorded
Target local: 1 migration applied in <duration>.
$ nsmig squash --from S1 --name S2
Generated squashed migration S2.
It replaces 4 migrations; 2 operations became 1.
Migration written to migrations/S2.yaml
Keep the files it replaces until every database has run them or the squash.
$ nsmig show
Migration         local
----------------  ----------------------------
a                 applied <date>
b                 applied <date>
S1 (squash of 2)  applied <date>
c                 applied <date>
S2 (squash of 4)  covered by what it replaces
$ nsmig run --to S2 --dry-run | grep -c S2
1
$ rm migrations/[abc].yaml migrations/S1.yaml
$ nsmig run
Executing migrations on target local...
  S2: recorded
Target local: nothing to do.
$ nsmig check -t local
1 migration: nothing found.
$ nsmig show --check
Migration         local
----------------  ----------------------------
S2 (squash of 4)  applied <date>
