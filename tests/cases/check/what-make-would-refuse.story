A change that `make` would refuse is not reported as one to make; if `make` first has a question, that is the thing to
do.
-- nsmig.yaml --
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
$ nsmig make
error: nodestream has no operation for this change: Reduce key by k on node type A. Nothing was written. Undo the change in the schema, or move to an nsmig.yaml with 'extensions: true'
[exit code 1]
$ echo 'extensions: true' > nsmig.yaml
$ nsmig check
warning[out-of-date]: the schema has 1 change that no migration makes: Reduce key by k on node type A
  Write the migration with: nsmig make
1 migration: 1 warning.
[exit code 3]
$ echo 'extensions: false' > nsmig.yaml
$ sed -i 's/k: }/l: {is_key: true}}/' schema.yaml
$ nsmig check
warning[out-of-date]: the schema has 3 changes that no migration makes: Extend key l on node type A; Reduce key by k on node type A; Drop property k from node type A
  Write the migration with: nsmig make
1 migration: 1 warning.
[exit code 3]
$ nsmig make
error: the schema no longer has these; for each, say with a flag or in hints.yaml whether it was renamed or dropped:
  property k of node type A: --rename-property A.k=l or --drop A.k
[exit code 1]
