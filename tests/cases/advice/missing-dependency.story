Restore the file, or remove the dependency.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: }
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: DropNodeProperty, arguments: {node_type: A, property_name: q}}
-- old/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p, q]}}
-- commands --
$ nsmig check
migrations/b.yaml:2: error[missing-dependency]: 'b' depends on 'a', which no file defines
  Restore its file from version control or, if it was renamed, write its new name. Remove the dependency only if nothing here builds on it.
1 migration: 1 error.
[exit code 1]
$ cp old/a.yaml migrations
$ nsmig check
2 migrations: nothing found.
