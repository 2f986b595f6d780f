A new migration took the name of one that a squash replaces: it gets its own name.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: }
-- migrations/s.yaml --
name: s
dependencies: []
replaces: [a]
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: []}}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: []}}
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p}}
-- commands --
$ nsmig check
warning[out-of-date]: the schema has 1 change that no migration makes: Add property p to node type A
  Write the migration with: nsmig make
migrations/s.yaml: warning[squash-differs]: squash 's' results in a different schema from what it replaces; it lacks, for example: Add property p to node type A
  If a new migration took the name of one that the squash replaces, give it another name: under this one it never runs. Otherwise restore the squash, or squash again under another name.
2 migrations: 2 warnings.
[exit code 3]
$ mv migrations/a.yaml migrations/b.yaml && sed -i 's/^name: a/name: b/; s/^dependencies: .*/dependencies: [s]/; /CreateNodeType/d' migrations/b.yaml
$ nsmig check
2 migrations: nothing found.
$ nsmig run 2>&1 | tail -n 1
Target local: 2 migrations applied in <duration>.
$ nsmig check -t local
2 migrations: nothing found.
