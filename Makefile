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
	@echo 'Or look around:     $(BIN)/cdi shell'

data: .venv/installed  ## write the demo company's data
	@$(BIN)/python -m examples.demo_company demo-data

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

fuzz: .venv/dev  ## generated questions against the reference for N minutes, with random seeds: make fuzz N=30
	@CDI_FUZZ_MINUTES=$(or $(N),10) $(BIN)/python -m pytest -s -m bars tests/differential

golden: .venv/dev  ## rewrite the plans and schema that tests expect, and show what changed
	@$(BIN)/cdi schema > catalog/schema.json
	@$(BIN)/python -m pytest -n 2 tests --bless
	@git diff --stat -- tests catalog/schema.json

bench: .venv/dev  ## how long answers take, against DuckDB SQL written by hand
	@$(BIN)/python -m benchmarks.files

clean:  ## remove everything that make has made
	@rm -rf .venv demo-data .demo-data.draft .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis benchmarks/data

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
	@touch $@
