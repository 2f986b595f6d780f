A target that fails does not stop the others.
-- nsmig.yaml --
targets:
  bad: {database: ladybug, path: no/such/folder.lbug}
  local: {database: ladybug, path: graph.lbug}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- commands --
$ nsmig run
Usage: nsmig run [OPTIONS]
Try 'nsmig run --help' for help.

Error: which target? Give --target with one of bad, local, or --all-targets
[exit code 2]
$ nsmig run --all-targets
error: target 'bad': no/such/folder.lbug: the folder 'no/such' does not exist; create it
Executing migrations on target local...
  local: a: 1 operation in <duration>
Target local: 1 migration applied in <duration>.
1 target of 2 failed: bad
[exit code 1]
$ nsmig show -t local --check
Migration  local
---------  ----------------------------
a          applied <date>
