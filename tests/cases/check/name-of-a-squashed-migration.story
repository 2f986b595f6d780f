A new migration takes the name of one that a squash replaces. Where the squash is applied it would never run.
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
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: []}}
-- migrations/b.yaml --
name: b
dependencies: [s]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p}}
-- commands --
$ nsmig check
migrations/b.yaml:1: error[name-taken]: 'b' is the name of a migration that squash 's' replaces, and comes after it (b -> s -> b)
  If it is a new migration, give it another name: where the squash is applied, this one counts as applied, too. If it is the one replaced, restore its dependencies.
migrations/b.yaml: warning[members-gone]: squash 's' replaces, among others, 'b' (in a file) and 'a' (in no file)
  Restore the missing files or, if every database has all or none of these migrations, delete these files as well. A new migration needs another name: under a name that a squash replaces it never runs.
2 migrations: 1 error, 1 warning.
[exit code 1]
$ nsmig run
error: migrations/b.yaml: the squash 's' replaces a migration named 'b', and this one comes after the squash (b -> s -> b). If it is a new migration, give it another name: where the squash is applied, this name counts as applied, too. If it is the one replaced, restore its dependencies
[exit code 1]
$ mv migrations/b.yaml migrations/c.yaml && sed -i 's/^name: b/name: c/' migrations/c.yaml
$ nsmig check
2 migrations: nothing found.
$ nsmig run 2>&1 | tail -n 1
Target local: 2 migrations applied in <duration>.
$ sed 's/^name: c/name: a/; s/^dependencies: .*/dependencies: []/' migrations/c.yaml > migrations/a.yaml
$ nsmig check
migrations/a.yaml: warning[members-gone]: squash 's' replaces, among others, 'a' (in a file) and 'b' (in no file)
  Restore the missing files or, if every database has all or none of these migrations, delete these files as well. A new migration needs another name: under a name that a squash replaces it never runs.
3 migrations: 1 warning.
[exit code 3]
