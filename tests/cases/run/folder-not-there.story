A missing migrations folder does not count as up to date.
-- nsmig.yaml --
migrations: typo
targets: {local: {database: ladybug, path: graph.lbug}}
-- commands --
$ nsmig run
error: typo: there is no such migrations folder; fix `migrations` in nsmig.yaml, or, if the history begins now, make the folder: mkdir typo
[exit code 1]
$ nsmig run --dry-run
error: typo: there is no such migrations folder; fix `migrations` in nsmig.yaml, or, if the history begins now, make the folder: mkdir typo
[exit code 1]
$ nsmig show --check
error: typo: there is no such migrations folder; fix `migrations` in nsmig.yaml, or, if the history begins now, make the folder: mkdir typo
[exit code 1]
$ ls
nsmig.yaml
$ mkdir typo
$ nsmig run
Executing migrations on target local...
Target local: there are no migrations yet; `nsmig make` writes the first one.
