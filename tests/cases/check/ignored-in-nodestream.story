nodestream.yaml cannot contain nsmig's keys, so a comment there applies to its whole project.
-- nodestream.yaml --
{}
-- migrations/a.yaml --
name: a
dependencies: []
operations: []
-- migrations/b.yaml --
name: b
dependencies: []
operations: []
-- commands --
$ nsmig check
note: nodestream.yaml: the project has no pipelines, so its schema is empty
migrations/a.yaml: notice[several-leaves]: 2 migrations are the ends of branches: a, b
  The next `nsmig make` joins them.
2 migrations: 1 notice. nodestream can read them.
$ sed -i '1i # nsmig: ignore several-leaves' nodestream.yaml
$ nsmig check
note: nodestream.yaml: the project has no pipelines, so its schema is empty
2 migrations: nothing found (1 ignored). nodestream can read them.
