A project whose migrations are all written by hand states that it has no schema.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- commands --
$ nsmig check
error[schema-unknown]: schema.yaml: there is no such schema file; correct `schema: FILE` in nsmig.yaml, or write the file: `nsmig schema > schema.yaml` writes the schema that results from the migrations. For a project without a schema file, set `schema: null`
  Fix it; until then nsmig cannot tell whether a migration is missing.
1 migration: 1 error.
[exit code 1]
$ echo 'schema: null' >> nsmig.yaml
$ nsmig check
1 migration: nothing found.
$ nsmig make
error: nsmig.yaml: the project has no schema (`schema: null`), so its migrations are written by hand; to generate them, write a schema file (`nsmig schema > schema.yaml`) and set `schema: schema.yaml`
[exit code 1]
$ nsmig schema > schema.yaml
$ sed -i 's/^schema: null/schema: schema.yaml/' nsmig.yaml
$ nsmig make
No changes to migrate
$ nsmig check
1 migration: nothing found.
