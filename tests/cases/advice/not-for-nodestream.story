Change the file so that both tools can read it.
-- nodestream.yaml --
include_additional_types: false
-- migrations/s.yaml --
name: s
dependencies: []
replaces: [a]
operations: []
-- migrations/b.yaml --
name: b
dependencies: [a]
operations: []
-- migrations/c.yaml --
name:	c
dependencies: [b]
operations: []
-- commands --
$ nsmig check
note: nodestream.yaml: the project has no pipelines, so its schema is empty
migrations/b.yaml:2: error[not-for-nodestream]: 'b' depends on 'a', which no file defines; write 's', which replaces it
  Change the file so that both tools can read it.
migrations/c.yaml: error[not-for-nodestream]: nodestream cannot read it: found character '\t' that cannot start any token in line 1; write spaces for tabs
  Change the file so that both tools can read it.
3 migrations: 2 errors. nodestream cannot read them.
[exit code 1]
$ sed -i 's/\[a\]/[s]/' migrations/b.yaml && sed -i 's/\t/ /' migrations/c.yaml
$ nsmig check
note: nodestream.yaml: the project has no pipelines, so its schema is empty
3 migrations: nothing found. nodestream can read them.
