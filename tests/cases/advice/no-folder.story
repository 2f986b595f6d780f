Restore the folder.
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
-- commands --
$ mv migrations old
$ nsmig check
migrations: error[no-folder]: there is no such migrations folder
  Fix the path in the project file, or restore the folder. If the history begins now, create the folder.
0 migrations: 1 error.
[exit code 1]
$ mv old migrations
$ nsmig check
1 migration: nothing found.
