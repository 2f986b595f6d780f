Each file in the folder that no tool reads is named, with the reason; documents and hidden files are expected not to be
read. A hidden file that ends in .yaml is read by every tool, and an error in it says that it is hidden.
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
-- migrations/0002_fill.yml --
name: 0002_fill
-- migrations/0001_X.YAML --
name: 0001_X
-- migrations/team/0003.yaml --
name: 0003
-- migrations/a.yaml.orig --
name: a
-- migrations/README.md --
What this folder is.
-- migrations/.gitkeep --
-- commands --
$ nsmig check
migrations/0001_X.YAML: warning[not-read]: the file is not read: the name of a migration file must end in '.yaml', in lower case
  If it is a migration, rename or move it to NAME.yaml in the folder. Otherwise move it elsewhere.
migrations/0002_fill.yml: warning[not-read]: the file is not read: the name of a migration file must end in '.yaml', in lower case
  If it is a migration, rename or move it to NAME.yaml in the folder. Otherwise move it elsewhere.
migrations/a.yaml.orig: warning[not-read]: the file is not read: its name does not end in '.yaml'
  If it is a migration, rename or move it to NAME.yaml in the folder. Otherwise move it elsewhere.
migrations/team/0003.yaml: warning[not-read]: the file is not read: migrations are read from the folder itself, not from its subfolders
  If it is a migration, rename or move it to NAME.yaml in the folder. Otherwise move it elsewhere.
1 migration: 4 warnings.
[exit code 3]
$ nsmig check --strict --ignore not-read
1 migration: nothing found (4 ignored).
$ mkdir elsewhere && mv migrations/*.yml migrations/*.YAML migrations/team migrations/*.orig elsewhere
$ nsmig check
1 migration: nothing found.
$ printf 'Mac OS X' > migrations/._a.yaml
$ nsmig check
migrations/._a.yaml:1: error[unreadable]: a migration must be a mapping, not the string 'Mac OS X' (a hidden file; if it is not a migration, delete it)
  Fix the file.
1 migration: 1 error.
[exit code 1]
$ nsmig run
error: migrations/._a.yaml:1:1: a migration must be a mapping, not the string 'Mac OS X' (a hidden file; if it is not a migration, delete it)
[exit code 1]
$ rm migrations/._a.yaml
$ nsmig run 2>&1 | tail -n 1
Target local: 1 migration applied in <duration>.
