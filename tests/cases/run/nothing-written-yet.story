A project without migrations, and an embedded database that does not exist yet.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}, other: {database: ladybug, path: other.lbug}}
schema: null
-- commands --
$ mkdir migrations; nsmig run -t local
Executing migrations on target local...
Target local: there are no migrations yet; `nsmig make` writes the first one.
$ nsmig inspect other
error: other.lbug: there is no such file; check the path (`nsmig run` creates it)
[exit code 1]
$ nsmig repair
Usage: nsmig repair [OPTIONS]
Try 'nsmig repair --help' for help.

Error: which target? Give --target with one of local, other
[exit code 2]
$ nsmig run
Usage: nsmig run [OPTIONS]
Try 'nsmig run --help' for help.

Error: which target? Give --target with one of local, other, or --all-targets
[exit code 2]
