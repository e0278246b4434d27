# Words you can type after "make". python3 (3.11 or newer) and make are needed; packages go into .venv.
# "make test" also brings Chromium, PostgreSQL, Java and Pango, by apt and only as root (see .ci/parts);
# elsewhere it says what is missing, and the tests that need it are skipped.
.DEFAULT_GOAL := help
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# The first interpreter that runs and is new enough; "make PYTHON=/path/to/python3 test" overrides it.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	if "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then command -v "$$p"; break; fi; done)

.PHONY: help demo test check parts lint types imports knowledge units format coverage bench bench-sweep clean

help: ## List these words
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: $(READY) ## Rank a published patient, with the reasons
	@$(BIN)/hoofbeat rank --why examples/published_patient.yaml
	@printf '\nNext, type: %s\n' '$(BIN)/hoofbeat explain examples/published_patient.yaml glucagonoma'

test: check parts units ## Everything: the checks below, then all tests

check: lint types imports knowledge ## Style, types, imports and disease models, without the tests

lint: $(READY) ## Style, layout and spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

types: $(READY) ## Types of the package
	$(BIN)/mypy

imports: $(READY) ## Rooms import downwards only
	$(BIN)/lint-imports --no-logo

knowledge: $(READY) ## Disease models: every number with its source
	$(BIN)/hoofbeat check

parts: ## Chromium, PostgreSQL and Java, by apt where that is allowed
	@sh .ci/parts

units: $(READY) ## Tests and the examples in docstrings
	$(BIN)/python -m pytest

format: $(READY) ## Mend style and layout where a machine can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

coverage: $(READY) ## Tests, then the lines that none of them reached
	$(BIN)/python -m pytest --cov

bench: $(READY) ## Measure speed and accuracy; the other benchmarks take files or options
	@set -e; for name in speed accuracy; do echo "== $$name"; $(BIN)/python benchmarks/$$name.py; done

bench-sweep: $(READY) ## Speed of the sweep on a million made-up people, beside a bare scan
	@$(BIN)/python benchmarks/sweep.py --people 1000000 --memory 2500MB

clean: ## Remove what make has built
	rm -rf $(VENV) build dist .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# The environment is brought up to date whenever the requirements change. The build backend is installed
# first, at its pinned version, so that building the package fetches nothing of its own choosing.
$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "hoofbeat needs Python 3.11 or newer; install it, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(MAKE) --no-print-directory $(VENV)
	@echo "Setting up $(VENV) (a minute or two, only when requirements change) ..." >&2
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt hatchling editables
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt --no-build-isolation -e '.[dev]'
	@touch $@

# Debian and its kin ship venv without pip in it unless python3-venv is installed.
.PHONY: $(VENV)
$(VENV):
	@"$(PYTHON)" -m venv --clear $(VENV) >/dev/null 2>&1 \
	|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq >/dev/null \
	     && apt-get install -y -qq python3-venv >/dev/null && "$(PYTHON)" -m venv --clear $(VENV); } \
	|| { echo "$(PYTHON) cannot make a virtual environment; on Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
