Rename the one that no database has applied: the other one would run again under its new name.
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
name: a
dependencies: []
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: q}}
-- commands --
$ nsmig check
migrations/b.yaml:1: error[duplicate-name]: the name 'a' is taken by migrations/a.yaml
  Rename the one that no database has applied, or remove it.
1 migration: 1 error.
[exit code 1]
$ sed -i 's/^name: a/name: b/; s/^dependencies: .*/dependencies: [a]/' migrations/b.yaml
$ sed -i 's/p: /p: , q: /' schema.yaml
$ nsmig check
2 migrations: nothing found.
