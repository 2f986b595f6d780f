Remove it, or allow it in an nsmig.yaml.
-- nodestream.yaml --
include_additional_types: false
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: RunQuery, arguments: {query: RETURN 1}}
-- commands --
$ nsmig check
note: nodestream.yaml: the project has no pipelines, so its schema is empty
migrations/a.yaml:4: error[own-operation]: Run a query: nodestream cannot read this operation
  Remove it, or set 'extensions: true' in an nsmig.yaml (for a nodestream project, one with 'nodestream: nodestream.yaml'); nodestream can then no longer read the folder.
1 migration: 1 error. nodestream cannot read them.
[exit code 1]
$ printf 'nodestream: nodestream.yaml\nextensions: true\n' > nsmig.yaml
$ nsmig check
note: nodestream.yaml: the project has no pipelines, so its schema is empty
note: nodestream cannot read these files, because they use operations of nsmig's own: migrations/a.yaml
1 migration: nothing found.
$ printf 'name: b\ndependencies: [a]\noperations: []\n' > migrations/b.yaml
$ nsmig check
note: nodestream.yaml: the project has no pipelines, so its schema is empty
note: nodestream cannot read these files, because they use operations of nsmig's own: migrations/a.yaml
2 migrations: nothing found.
$ rm migrations/b.yaml
$ rm nsmig.yaml && sed -i '/RunQuery/d; s/operations:/operations: []/' migrations/a.yaml
$ nsmig check
note: nodestream.yaml: the project has no pipelines, so its schema is empty
1 migration: nothing found. nodestream can read them.
