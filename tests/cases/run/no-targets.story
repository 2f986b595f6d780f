All of no targets is wrong usage.
-- nsmig.yaml --
migrations: migrations
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- commands --
$ nsmig run --all-targets
Usage: nsmig run [OPTIONS]
Try 'nsmig run --help' for help.

Error: the project has no target; add one under 'targets:' in nsmig.yaml
[exit code 2]
$ nsmig run
Usage: nsmig run [OPTIONS]
Try 'nsmig run --help' for help.

Error: the project has no target; add one under 'targets:' in nsmig.yaml
[exit code 2]
