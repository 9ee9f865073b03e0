# Everything happens in .venv, from the locked versions; all it needs is Python 3.11+ and make.
PYTHON ?= python3
BIN := .venv/bin
# Most of the time of end-to-end tests is waiting: three times the usual cores.
WORKERS ?= 6
# What `make test-slow` runs; empty: everything.
TESTS ?=
# The quick tests only reckon.
CORES ?= 2

# The demo needs what the program needs, a quarter of it all: where .venv is not there yet, it gets
# an environment of its own.
DEMO_STAMP := $(if $(wildcard .venv/.stamp),.venv/.stamp,.venv-demo/.stamp)

# Programs that are started a thousand times keep their bytecode, whoever set this.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo run check test test-long test-postgres test-slow test-systemd test-container coverage lint lint-code lint-migrations bench bench-replicas profile pictures look reference lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(DEMO_STAMP) ## Watch simulated jobs move and messages arrive; needs no key
	@PYTHONPATH=daemon $(dir $(DEMO_STAMP))bin/python -m batchbell demo

run: .venv/.stamp ## Run the daemon in the foreground
	@$(BIN)/batchbell run

# What a change breaks most often: the decisions, the queries, the configuration, the messages.
QUICK := tests/core tests/store tests/config tests/golden

check: lint-code ## Check style, types and layers, and run the quick tests: before each commit, in half a minute
	@$(BIN)/python -m pytest -q --no-cov -n $(CORES) --hypothesis-profile quick $(QUICK)

test: .venv/.stamp tests/__pycache__ ## Run all tests, then check the coverage
	@$(BIN)/coverage erase
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup --cov --cov-report=
	@$(MAKE) --no-print-directory coverage

# Every worker imports every test. In a fresh checkout one process compiles them, instead of all six.
# A test that can't be imported is said by the run.
tests/__pycache__: | .venv/.stamp
	@$(BIN)/python -m pytest -q --no-cov --collect-only >/dev/null 2>&1 || true

# `make test` tries them on fewer.
MANY := --lives 100 --ends 1000 tests/e2e/test_kills.py tests/e2e/test_transitions.py tests/usecases/test_collect.py

test-long: .venv/.stamp ## Try each property on many examples, and what is counted on many
	@$(BIN)/python -m pytest -q --no-cov -n $(CORES) -m hypothesis --hypothesis-profile thorough
	@$(BIN)/python -m pytest -q --no-cov -n $(CORES) -m long $(MANY)

# What is held on both engines.
POSTGRES_TESTS ?= tests/store tests/usecases tests/web tests/e2e

test-postgres: .venv/.stamp ## Run the tests of store, use cases, pages and daemons on a real PostgreSQL
	@$(BIN)/python -m pytest -q --no-cov -n $(WORKERS) --dist loadgroup --engine postgres $(POSTGRES_TESTS)

# A busy loop a core; the shell's trap ends them, whether the tests pass, fail or are interrupted.
# Beside one a test gets a third of what the loop gets. With 19 it would be a seventieth: hours.
# With more workers each would get less of it.
test-slow: WORKERS := 4
test-slow: .venv/.stamp ## Run all tests as on a busy machine: niced, beside a busy loop a core
	@loops=; trap 'kill $$loops' EXIT; trap 'exit 130' INT; trap 'exit 143' TERM HUP; \
	for core in $$($(BIN)/python -c 'import os; print(*range(os.cpu_count() or 1))'); do \
		sh -c 'while kill -0 '$$$$' 2>/dev/null; do i=0; while [ $$i -lt 100000 ]; do i=$$((i+1)); done; done' & \
		loops="$$loops $$!"; \
	done; \
	nice -n 5 $(BIN)/python -m pytest -q --no-cov -n $(WORKERS) --dist loadgroup $(TESTS)

test-systemd: .venv/.stamp ## Run the unit on a real systemd; needs root on Debian
	@$(BIN)/python -m pytest -q --no-cov -m system tests/system/test_systemd.py

test-container: .venv/.stamp ## Build the image and run it; needs root on Debian and docker.io
	@$(BIN)/python -m pytest -q --no-cov -m system tests/system/test_container.py

coverage: .venv/.stamp ## Check what the last `make test` covered: core 100 %, all 95 %
	@$(BIN)/coverage report --include='daemon/batchbell/core/*' --fail-under=100
	@$(BIN)/coverage report --fail-under=95

lint: lint-code lint-migrations ## Check style, types, layers and migrations

lint-code: .venv/.stamp ## Check style, types and layers
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy --strict
	@$(BIN)/lint-imports --no-logo

lint-migrations: .venv/.stamp ## Check that the migrations lead to the declared tables
	@$(BIN)/python -m pytest -q --no-cov tests/store/test_migrations.py

bench: .venv/.stamp ## Measure what a poll costs, against the SDKs and the bare limits (an hour)
	@$(BIN)/python -m benchmarks.polls

bench-replicas: .venv/.stamp ## Kill, cut off and pause replicas on PostgreSQL, and count what was lost
	@$(BIN)/python -m benchmarks.replicas

profile: .venv/.stamp ## Draw where an unchanged poll of 100,000 jobs spends its time: profile.svg
	@$(BIN)/pip install --quiet --disable-pip-version-check py-spy
	@$(BIN)/py-spy record --output profile.svg -- $(BIN)/python -m benchmarks.scale 100000

pictures: .venv/.stamp ## Make the documentation's pictures from the demo; needs chromium
	@$(BIN)/python -m docs.pictures

look: .venv/.stamp ## Play a day, and write all that a user sees of it into OUT=FOLDER (ONLY="mail pages"); needs chromium
	@$(BIN)/python -m docs.pictures.day $(OUT) $(ONLY)

reference: .venv/.stamp ## Write the table of keys into the docs and the example
	@$(BIN)/python -m docs.reference

# Extras stay in: older pips find no hash for `name[extra]` once a newer release of `name` is out.
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-strip-extras --no-header --quiet

lock: .venv/.stamp ## Pin what pyproject.toml asks for, keeping the pins that still fit
	@$(LOCK) --output-file requirements.lock
	@$(LOCK) --extra postgres --group dev --constraints requirements.lock \
		--output-file requirements-dev.lock
	@$(LOCK) --extra postgres --constraints requirements-dev.lock \
		--output-file requirements-postgres.lock
	@$(BIN)/uv pip compile --group build --universal --generate-hashes --no-header --quiet \
		--constraints requirements-dev.lock --output-file requirements-build.lock

PIP_INSTALL := $(BIN)/pip install --quiet --quiet --disable-pip-version-check

# A venv in $(@D), or a sentence about what is missing for one.
define make_venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'batchbell needs Python 3.11 or newer, and "$(PYTHON)" is not.' \
			'Name another one: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo '"$(PYTHON)" can not make virtual environments.' \
			'On Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@$(PYTHON) -m venv $(@D)
endef

# Two installs, because pip can't hash an editable project.
.venv/.stamp: requirements-dev.lock pyproject.toml
	@echo 'Installing the locked versions into .venv ...'
	$(make_venv)
	@$(PIP_INSTALL) --require-hashes -r requirements-dev.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

.venv-demo/.stamp: requirements.lock
	@echo 'Installing what the demo needs into .venv-demo (about half a minute) ...'
	$(make_venv)
	@$(@D)/bin/pip install --quiet --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
