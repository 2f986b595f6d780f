Missing names, with the nearest existing one.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: }
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- commands --
$ nsmig run -t locl
error: target 'locl': nsmig.yaml has no such target; did you mean 'local'?
[exit code 1]
$ nsmig show -t locl
error: target 'locl': nsmig.yaml has no such target; did you mean 'local'?
[exit code 1]
$ nsmig show -p other.yaml
error: other.yaml: cannot be read: No such file or directory
[exit code 1]
$ nsmig schema --at nope
error: no migration is named 'nope'; `nsmig show` lists them
[exit code 1]
$ nsmig run --to nope
error: no migration is named 'nope'; `nsmig show` lists them
[exit code 1]
$ nsmig rnu
Usage: nsmig [OPTIONS] COMMAND [ARGS]...
Try 'nsmig --help' for help.

Error: No such command 'rnu'.
[exit code 2]
$ nsmig run --too x
Usage: nsmig run [OPTIONS]
Try 'nsmig run --help' for help.

Error: No such option '--too'. (Did you mean one of: '--out', '--to'?)
[exit code 2]
$ nsmig -C nowhere show
Usage: nsmig [OPTIONS] COMMAND [ARGS]...
Try 'nsmig --help' for help.

Error: Invalid value for '-C': Directory 'nowhere' does not exist.
[exit code 2]
$ ls
migrations
nsmig.yaml
schema.yaml
