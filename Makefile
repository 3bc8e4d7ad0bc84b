# One command set for people and for continuous integration. `make` alone prints it.
# Needs Python 3.11 or newer and make; everything else is fetched into .venv from the lock files, with hashes.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
T ?=
RUNTIME := $(VENV)/.locked-runtime
CHECKING := $(VENV)/.locked-checking
export PYTHONPATH := $(CURDIR)
# Compiled modules and rewritten tests are kept whatever the shell says, or every start compiles them again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check fix unit integration stories contracts browser bench chaos migration texts docs lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: $(RUNTIME)  ## the whole system: database, migrations, demo data, web, worker, clockwork (Ctrl-C stops it)
	@exec $(BIN)/python -m app up

test: $(CHECKING)  ## everything continuous integration runs, with its time budgets
	@$(BIN)/python tools/tiers.py check unit integration stories contracts browser

check: $(CHECKING)  ## lint, types, import contracts, structure, texts, undeclared imports; stops at the first red
	@$(BIN)/python tools/tiers.py check

fix: $(CHECKING)  ## format and safe fixes
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

unit integration stories contracts: $(CHECKING)
	@$(BIN)/python tools/tiers.py $@ $(if $(T),--only $(T))

unit:  ## tests without a database; T=path for one file, as for the other tiers
integration:  ## tests on a real PostgreSQL
stories:  ## tests of whole paths with a pushed clock
contracts:  ## tests of structure, migrations and documents
browser: $(CHECKING)  ## tests in Chromium (installed from Debian when root and missing)
	@$(BIN)/python tools/tiers.py browser $(if $(T),--only $(T))

bench: $(CHECKING)  ## figures as JSON and a table, as ratios within one run
	@$(BIN)/python -m benchmarks

chaos: $(CHECKING)  ## load, kill -9, faults; then the invariants and the ledgers compared
	@$(BIN)/python -m tests.chaos

migration: $(CHECKING)  ## draft a migration: make migration m="say what it changes"
	@test -n "$(m)" || { echo 'Say what it changes: make migration m="add …"' >&2; exit 2; }
	@$(BIN)/python tools/migration.py "$(m)"

texts: $(CHECKING)  ## extract and check the catalogues of both languages
	@$(BIN)/python tools/texts.py

docs: $(CHECKING)  ## write the generated documents
	@$(BIN)/python tools/docs.py

lock: $(CHECKING)  ## rewrite the lock files from requirements.in and requirements-dev.in
	@$(BIN)/python tools/lock.py write

clean:  ## remove the environment and the caches; data under var/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# The stamps are newer than the lock they were made from; a changed lock makes make install again.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Callout needs Python 3.11 or newer; '$(PYTHON)' is older or missing. Try: make PYTHON=python3.11 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.txt | $(BIN)/python
	@echo "Installing what runs (requirements.txt) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(CHECKING): requirements-dev.txt $(RUNTIME) | $(BIN)/python
	@echo "Installing what checks (requirements-dev.txt) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
