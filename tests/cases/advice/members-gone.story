Restore the missing files or, if every database has all or none of the migrations, delete the others, too.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: }
-- migrations/s.yaml --
name: s
dependencies: []
replaces: [a, b]
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: []}}
-- old/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p}}
-- commands --
$ nsmig check
migrations/a.yaml: warning[members-gone]: squash 's' replaces, among others, 'a' (in a file) and 'b' (in no file)
  Restore the missing files or, if every database has all or none of these migrations, delete these files as well. A new migration needs another name: under a name that a squash replaces it never runs.
2 migrations: 1 warning.
[exit code 3]
$ cp old/b.yaml migrations
$ nsmig check
3 migrations: nothing found.
$ nsmig run 2>&1 | tail -n 1
Target local: 1 migration applied in <duration>.
$ rm migrations/a.yaml migrations/b.yaml
$ nsmig check -t local
1 migration: nothing found.
