Rename it.
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
-- migrations/b.yml --
name: b
dependencies: [a]
operations: []
-- commands --
$ nsmig check
migrations/b.yml: warning[not-read]: the file is not read: the name of a migration file must end in '.yaml', in lower case
  If it is a migration, rename or move it to NAME.yaml in the folder. Otherwise move it elsewhere.
1 migration: 1 warning.
[exit code 3]
$ mv migrations/b.yml migrations/b.yaml
$ nsmig check
2 migrations: nothing found.
