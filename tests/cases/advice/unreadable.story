Fix the file.
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
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- migrations/b.yaml --
name: b
operations: 5
dependencies: []
-- commands --
$ nsmig check
migrations/b.yaml:2: error[unreadable]: operations must be a list of operations, not the number 5
  Fix the file.
1 migration: 1 error.
[exit code 1]
$ sed -i 's/operations: 5/operations: []/; s/dependencies: ../dependencies: [a]/' migrations/b.yaml
$ nsmig check
2 migrations: nothing found.
