If the data should be deleted, ignore the code in this file; otherwise rename instead.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, q: }
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- new/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: q}}
- {operation: DropNodeProperty, arguments: {node_type: A, property_name: p}}
-- commands --
$ git init -q -b main . && git add . && git -c user.name=n -c user.email=e commit -qm first
$ cp new/b.yaml migrations
$ nsmig check --since main
migrations/b.yaml:5: warning[destructive]: Drop property p from node type A: its data is deleted, and the file is not on main, or differs there
  If the data should be deleted, ignore this code in this file. Otherwise rename instead.
2 migrations: 1 warning.
[exit code 3]
$ cp migrations/b.yaml b.orig && echo '# nsmig: ignore destructive' >> migrations/b.yaml
$ nsmig check --since main
2 migrations: nothing found (1 ignored).
$ grep -v Add b.orig | sed 's/DropNodeProperty.*/RenameNodeProperty, arguments: {node_type: A, old_property_name: p, new_property_name: q}}/' > migrations/b.yaml
$ nsmig check --since main
2 migrations: nothing found.
