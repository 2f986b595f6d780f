Other tools' names for commands are answered with the names here; a merge conflict left by git is recognized.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
schema: schema.yaml
-- schema.yaml --
nodes:
<<<<<<< HEAD
- name: A
=======
- name: B
>>>>>>> other
-- migrations/a.yaml --
<<<<<<< HEAD
name: a
=======
name: b
>>>>>>> other
dependencies: []
operations: []
-- commands --
$ nsmig migrate
Usage: nsmig [OPTIONS] COMMAND [ARGS]...
Try 'nsmig --help' for help.

Error: No such command 'migrate'. Did you mean 'nsmig run'?
[exit code 2]
$ nsmig status
Usage: nsmig [OPTIONS] COMMAND [ARGS]...
Try 'nsmig --help' for help.

Error: No such command 'status'. Did you mean 'nsmig show'?
[exit code 2]
$ nsmig help
Usage: nsmig [OPTIONS] COMMAND [ARGS]...
Try 'nsmig --help' for help.

Error: No such command 'help'. Did you mean 'nsmig --help'?
[exit code 2]
$ nsmig run
error: migrations/a.yaml:1:1: has a merge conflict here; keep one side, or both in a file each, and remove the lines <<<<<<<, ======= and >>>>>>>
[exit code 1]
$ nsmig check
migrations/a.yaml:1: error[unreadable]: has a merge conflict here; keep one side, or both in a file each, and remove the lines <<<<<<<, ======= and >>>>>>>
  Fix the file.
schema.yaml:2: error[schema-unknown]: has a merge conflict here; keep one side, or both in a file each, and remove the lines <<<<<<<, ======= and >>>>>>>
  Fix it; until then nsmig cannot tell whether a migration is missing.
0 migrations: 2 errors.
[exit code 1]
$ nsmig make --empty --query-file nowhere.cypher
error: migrations/a.yaml:1:1: has a merge conflict here; keep one side, or both in a file each, and remove the lines <<<<<<<, ======= and >>>>>>>
[exit code 1]
