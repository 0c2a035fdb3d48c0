# Every target works on a fresh clone with nothing activated: whatever it needs is made first.

# The first Python on PATH that is new enough and can make an environment.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
COMPILED := $(VENV)/.compiled
PYTEST := $(BIN)/pytest -n auto --dist worksteal
# How long `soak` keeps starting new passes, and the seed of its first pass.
SOAK_S ?= 90
SEED ?= $(shell date +%s)
ARGS ?=
# The tests are hundreds of files and start a hundred processes: without bytecode each of them compiles the package anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test check soak bench clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(COMPILED) ## create .venv, install, compile the kernels

$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "no Python >= 3.11 with venv found on PATH: install one or say make PYTHON=/path/to/python3"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	PIP_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

$(COMPILED): $(INSTALLED) $(wildcard src/tidegate/kernels/*.py)
	$(BIN)/python -m tidegate.kernels
	@touch $@

demo: setup ## make sample data, run the top-25 rotation, leave a run folder
	$(BIN)/python -m tidegate demo $(ARGS)

test: setup ## run the tests
	$(PYTEST) $(ARGS)

# What needs one core only runs beside the tests, whose lines wait in the pipe until it is through; each of the two can
# fail the check.
check: SHELL := bash
check: .SHELLFLAGS := -o pipefail -c
check: setup ## format, lint, types, import contracts; tests with branch coverage, every session recorded and verified
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(PYTEST) --journals --cov --cov-report=term $(ARGS) | { \
		$(BIN)/mypy && $(BIN)/lint-imports --no-logo; failed=$$?; cat; exit $$failed; }

# Each pass prints the command that repeats it. To compare the engine with the naive broker for an hour, at 36,000 steps
# a pass at the least: make soak SOAK_S=3600 ARGS=tests/property/test_whole_broker.py
# 100,000 orders of actors instead of the 2,000 of a pass: make soak ARGS='--schedules 100000 tests/property/test_schedules.py'
soak: setup ## search the properties harder, with fresh random seeds, for SOAK_S seconds
	@end=$$(( $$(date +%s) + $(SOAK_S) )); seed=$(SEED); while :; do \
		command="$(PYTEST) --hypothesis-profile=soak --hypothesis-seed=$$seed $(ARGS)"; \
		echo "$$command"; $$command || exit 1; \
		seed=$$(( seed + 1 )); [ $$(date +%s) -lt $$end ] || break; done

bench: setup ## measure the workloads, side by side with peers where installed
	$(BIN)/python -m tidegate bench $(ARGS)

clean: ## remove the environment, caches and run folders
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .benchmarks .coverage* htmlcov runs build dist
	find src tests examples -name __pycache__ -type d -prune -exec rm -rf {} +
