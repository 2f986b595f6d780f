Operations that nodestream cannot read need a project that allows them.
-- nodestream.yaml --
{}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: RunQuery, arguments: {query: RETURN 1}}
-- commands --
$ nsmig squash --from a
error: nodestream has no operation for this change: Run a query. Nothing was written. Undo the change in the schema, or move to an nsmig.yaml with 'extensions: true'
[exit code 1]
$ ls migrations
a.yaml
b.yaml
