Remove one of the dependencies.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: }
-- migrations/a.yaml --
name: a
dependencies: [b]
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations: []
-- commands --
$ nsmig check
migrations/b.yaml: error[cycle]: a -> b -> a
  Remove one of these dependencies.
2 migrations: 1 error.
[exit code 1]
$ sed -i 's/^dependencies: .*/dependencies: []/' migrations/a.yaml
$ nsmig check
2 migrations: nothing found.
