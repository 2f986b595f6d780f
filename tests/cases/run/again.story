A second run has nothing to do.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- commands --
$ nsmig run
Executing migrations on target local...
  a: 1 operation in <duration>
Target local: 1 migration applied in <duration>.
$ nsmig run
Executing migrations on target local...
Target local: nothing to do.
$ nsmig run --dry-run
Target local: nothing to do.
$ nsmig run --dry-run 2>/dev/null
