# Everything that a fresh machine needs besides Python and Rust is put into .venv, target and .cache.

PYTHON ?= python3
# With NEO4J=5.23 or another release of tests/support/server.py, all tests on Neo4j run on that one.
NEO4J ?=
# The number of processes for tests: those with a server run in one of them, the others in the rest.
JOBS ?= 2
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SOURCES := pyproject.toml Cargo.toml README.md LICENSE $(shell find python rust -type f ! -name '*.so' ! -name '*.pyc')

.PHONY: demo test long pages picture install format lint bench check docs wheel sdist notes version python-and-rust
.DELETE_ON_ERROR:

demo:
	@test -e .venv/.package || echo 'Building nsmig into .venv: fetching Python packages, then compiling the core. A minute or two, once.'
	@$(MAKE) --no-print-directory --silent install
	@$(BIN)/python examples/quickstart/demo.py demo

test: install .venv/.test
	@scripts/browser >/dev/null
	PYTHONPATH=tests $(BIN)/python -m support.server --fetch 5.26 2026 $(NEO4J)
	cargo test --workspace --quiet
	$(BIN)/python -m pytest -n $(JOBS) $(if $(NEO4J),--neo4j $(NEO4J))

install: python-and-rust .venv/.package

format: .venv/.lint
	cargo fmt --all
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: install .venv/.test .venv/.lint
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest nsmig._core

# SEED=… starts with other seeds; the output is kept in benches/results/long.txt.
long: install .venv/.test
	PYTHONPATH=tests:benches $(BIN)/python -m long

pages: install .venv/.test
	PYTHONPATH=tests $(BIN)/python -m support.tours
	PYTHONPATH=tests $(BIN)/python -m support.stories $(shell find tests/cases -name '*.story')

picture: install .venv/.test
	PYTHONPATH=tests $(BIN)/python -m support.picture

bench: install .venv/.test .venv/.bench
	@mkdir -p benches/results
	cargo bench --quiet -p nsmig-reader --bench reading > benches/results/reading.txt
	cargo bench --quiet -p nsmig-core --bench core > benches/results/core.txt
	$(BIN)/python benches/commands.py
	$(BIN)/python benches/scale.py
	$(BIN)/python benches/ladybug_scale.py
	$(BIN)/python benches/ladybug_commands.py
	PYTHONPATH=tests $(BIN)/python benches/view_page.py
	$(BIN)/python benches/squash.py --sizes 100,300,1000 --alone 1000,10000,100000,1000000 --shapes typical,many_types,entangled,walls --limit 60 > benches/results/squash.txt
	@cat benches/results/*.txt

check: lint test

# The documentation as a site, in target/site.
docs: .venv/.docs
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -b html -c docs . target/site
	cp target/site/README.html target/site/index.html

# One wheel for all Pythons from 3.10 on, and the sources, in dist.
wheel: python-and-rust .venv/.pip
	$(PIP) 'maturin>=1.16,<2'
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/maturin build --quiet --release --out dist

sdist: python-and-rust .venv/.pip
	$(PIP) 'maturin>=1.16,<2'
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/maturin sdist --out dist

# The newest version's part of CHANGELOG.md, in target/notes.md. With TAG=v1.2.3 it must be that version.
notes:
	@test -z '$(TAG)' || test '$(TAG)' = "v$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)" || \
	    { echo 'the tag $(TAG) is not the version of pyproject.toml' >&2; exit 1; }
	@mkdir -p target
	awk '/^## [0-9]/ {n++; next} n == 1' CHANGELOG.md > target/notes.md

version:
	scripts/bump '$(VERSION)'

python-and-rust:
	@scripts/prerequisites '$(PYTHON)' python rust

# Stamps: a step is repeated when its sources have changed. When everything is cached, no step needs the network.

.venv/.pip: | python-and-rust
	$(PYTHON) -m venv .venv
	$(PIP) --upgrade 'pip>=25.1'
	@touch $@

.venv/.package: .venv/.pip $(SOURCES)
	$(PIP) 'maturin>=1.16,<2'
	PATH="$(CURDIR)/$(BIN):$$PATH" $(PIP) --no-build-isolation '.[ladybug]'
	@touch $@

.venv/.test: .venv/.pip pyproject.toml
	$(PIP) --group test
	@touch $@

.venv/.bench: .venv/.pip pyproject.toml
	$(PIP) --group bench
	@touch $@

.venv/.docs: .venv/.pip pyproject.toml
	$(PIP) --group docs
	@touch $@

.venv/.lint: .venv/.pip pyproject.toml
	$(PIP) --group lint
	@touch $@
