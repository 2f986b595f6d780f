A default that the property cannot hold is refused before a file is written, wherever it comes from.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- {name: A, properties: {id: {is_key: true}, n: {is_key: true, type: INTEGER}, s: {is_key: true}}}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [n, s]}}
-- commands --
$ nsmig make --key-default A.n=null --key-default A.s=x
error: the key is extended by 'A.n' of type INTEGER, and existing nodes need a value in it; give --key-default A.n=VALUE, or key-default in hints.yaml
[exit code 1]
$ echo 'key-default: {A.n: null, A.s: x}' > hints.yaml
$ nsmig make
error: the key is extended by 'A.n' of type INTEGER, and existing nodes need a value in it; give --key-default A.n=VALUE, or key-default in hints.yaml
[exit code 1]
$ nsmig make --json --key-default A.n=null
{"error": {"kind": "RenameError", "message": "the key is extended by 'A.n' of type INTEGER, and existing nodes need a value in it; give --key-default A.n=VALUE, or key-default in hints.yaml"}}
error: the key is extended by 'A.n' of type INTEGER, and existing nodes need a value in it; give --key-default A.n=VALUE, or key-default in hints.yaml
[exit code 1]
$ ls migrations
a.yaml
$ nsmig make -m x --key-default A.n=0 --key-default A.s=007
note: A.s is given 7, which is not a text; for the text give --key-default A.s='"…"'
Generated migration <time>_x.
The migration contains 3 schema changes.
  - Extend key n on node type A
  - Extend key s on node type A
  - Set type of property n on node type A to INTEGER
Migration written to migrations/<time>_x.yaml
Run `nsmig run` to apply the migration.
