A squash of several migrations that saves nothing is written, and says so; one of a single migration is not.
-- nsmig.yaml --
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
- {operation: CreateNodeType, arguments: {name: B, keys: [id], properties: [p]}}
-- commands --
$ nsmig squash --from b
Nothing to squash: b would not get shorter
$ nsmig squash --from a --to a --dry-run
Nothing to squash: a would not get shorter
$ nsmig squash --from b --json
{
  "migration": null,
  "before": 1,
  "after": 1,
  "kept": [],
  "left_out": [],
  "file": null
}
$ ls migrations
a.yaml
b.yaml
$ nsmig squash --from a --name both
Generated squashed migration both.
It replaces 2 migrations; it saves none of 2 operations.
Migration written to migrations/both.yaml
Keep the files it replaces until every database has run them or the squash.
$ nsmig squash --from both --to both
Nothing to squash: both would not get shorter
$ ls migrations
a.yaml
b.yaml
both.yaml
