A project whose migrations are all written by hand says that it has no schema.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- commands --
$ nsmig check
error[schema-unknown]: schema.yaml: there is no schema file; write one, or name it in nsmig.yaml as `schema: FILE`; `nsmig schema > schema.yaml` writes what the migrations add up to, and `schema: null` says that the project has none
  Fix it; until then nsmig cannot tell whether a migration is missing.
1 migration: 1 error.
[exit code 1]
$ echo 'schema: null' >> nsmig.yaml
$ nsmig check
1 migration: nothing found.
$ nsmig make
error: nsmig.yaml: the project has no schema (`schema: null`), so its migrations are written by hand; to have them made, write a schema file (`nsmig schema > schema.yaml`) and say `schema: schema.yaml`
[exit code 1]
$ nsmig schema > schema.yaml
$ sed -i 's/^schema: null/schema: schema.yaml/' nsmig.yaml
$ nsmig make
No changes to migrate
$ nsmig check
1 migration: nothing found.
