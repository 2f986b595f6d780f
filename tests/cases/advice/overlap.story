Remove the squash that no database has applied.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: }
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: []}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p}}
-- migrations/c.yaml --
name: c
dependencies: [b]
operations: []
-- migrations/s.yaml --
name: s
dependencies: []
replaces: [a, b]
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- new/t.yaml --
name: t
dependencies: [a]
replaces: [b, c]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p}}
-- commands --
$ nsmig run 2>&1 | tail -n 1
Target local: 2 migrations applied in <duration>.
$ cp new/t.yaml migrations
$ nsmig check
migrations/t.yaml: error[overlap]: the squashes 's' and 't' both replace b, but neither replaces everything that the other does
  Remove the squash that no database has applied.
5 migrations: 1 error.
[exit code 1]
$ rm migrations/t.yaml
$ nsmig check -t local
4 migrations: nothing found.
