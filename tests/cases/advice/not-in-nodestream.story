Undo the change, or allow nsmig's own operations.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
extensions: false
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: , k: }
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id, k], properties: [p]}}
-- commands --
$ nsmig check
warning[not-in-nodestream]: nodestream has no operation for this schema change: Reduce key by k on node type A
  Undo the change in the schema, or set 'extensions: true' in an nsmig.yaml (for a nodestream project, one with 'nodestream: nodestream.yaml').
1 migration: 1 warning.
[exit code 3]
$ cp schema.yaml s.orig && sed -i 's/k: }/k: {is_key: true}}/' schema.yaml
$ nsmig check
1 migration: nothing found.
$ cp s.orig schema.yaml && sed -i 's/extensions: false/extensions: true/' nsmig.yaml
$ nsmig make -m smaller 2>/dev/null | head -n 3
Generated migration <time>_smaller.
The migration contains 1 schema change.
  - Reduce key by k on node type A
$ nsmig check
2 migrations: nothing found.
