The migrations folder is missing: it is not created, and records in a database have no files.
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
$ nsmig run 2>&1 | tail -n 1
Target local: 1 migration applied in <duration>.
$ mv migrations migration
$ nsmig check
migrations: error[no-folder]: there is no such migrations folder: there is one named 'migration'; fix `migrations` in nsmig.yaml, or, if the history begins now, make the folder: mkdir migrations
  Fix the path in the project file, or restore the folder. If the history begins now, create the folder.
0 migrations: 1 error.
[exit code 1]
$ nsmig check -t local
migrations: error[no-folder]: there is no such migrations folder: there is one named 'migration'; fix `migrations` in nsmig.yaml, or, if the history begins now, make the folder: mkdir migrations
  Fix the path in the project file, or restore the folder. If the history begins now, create the folder.
warning[unknown]: target local: 'a' is recorded as applied, but is in no file
  Restore the file, or check whether the database belongs to this project.
0 migrations: 1 error, 1 warning.
[exit code 1]
$ nsmig make
error: migrations: there is no such migrations folder; there is one named 'migration'; fix `migrations` in nsmig.yaml, or, if the history begins now, make the folder: mkdir migrations
[exit code 1]
$ nsmig schema
error: migrations: there is no such migrations folder; there is one named 'migration'; fix `migrations` in nsmig.yaml, or, if the history begins now, make the folder: mkdir migrations
[exit code 1]
$ nsmig show --check
error: migrations: there is no such migrations folder; there is one named 'migration'; fix `migrations` in nsmig.yaml, or, if the history begins now, make the folder: mkdir migrations
[exit code 1]
$ mv migration migrations
$ nsmig check -t local
1 migration: nothing found.
