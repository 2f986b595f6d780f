What cannot be squashed is an error and writes nothing.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: x}}
-- migrations/c.yaml --
name: c
dependencies: [b]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: y}}
-- commands --
$ nsmig squash
Usage: nsmig squash [OPTIONS]
Try 'nsmig squash --help' for help.

Error: Missing option '--from'.
[exit code 2]
$ nsmig squash --from bb
error: no migration is named 'bb'; did you mean 'b'?
[exit code 1]
$ nsmig squash --from c --to b
error: 'c' comes after 'b' in the order of the history; swap them
[exit code 1]
$ nsmig squash --from b --name a
error: migrations/a.yaml is a migration named 'a' already; give the squash another name with --name
[exit code 1]
$ nsmig squash --from b --name a/b
error: migrations/a/b.yaml: the migration's name 'a/b' holds a path separator; choose another one
[exit code 1]
$ ls migrations
a.yaml
b.yaml
c.yaml
$ nsmig squash --from b
Generated squashed migration squash_from_b.
It replaces 2 migrations; it saves none of 2 operations.
Migration written to migrations/squash_from_b.yaml
Keep the files it replaces until every database has run them or the squash.
$ nsmig squash --from b
error: migrations/squash_from_b.yaml is a migration named 'squash_from_b' already; give the squash another name with --name
[exit code 1]
