# `make demo` and `make test` work on a machine with only Python 3.11 or newer and make.
PYTHON ?= $(shell command -v python3.13 || command -v python3.12 || command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
EXTRAS ?= --all-extras
UV_VERSION := 0.13.9

export UV_PROJECT_ENVIRONMENT := $(VENV)
export PYTHONDONTWRITEBYTECODE :=

.PHONY: setup demo test lint format types floors bench report-picture clean
.DEFAULT_GOAL := help

help:
	@echo "make demo    write demo tables, fit them, print the segments and where the report is"
	@echo "make test    lint, format check, types, import floors, tests"
	@echo "make bench   the same work as a pandas and scikit-learn notebook, side by side"

# One virtual environment from the lock file; uv itself comes from the package index by pip.
$(BIN)/.ready: pyproject.toml uv.lock
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "clustomer needs Python 3.11 or newer; found $$("$(PYTHON)" --version 2>&1). Set PYTHON=..."; exit 1; }
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	@test -x $(UV) || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(UV) sync --frozen $(EXTRAS) --inexact --compile-bytecode --quiet
	@touch $@

setup: $(BIN)/.ready

demo: setup
	@$(BIN)/clustomer demo demo/data --customers 2000 --overwrite
	@$(BIN)/clustomer fit demo/data --recipe retail --out demo/run --overwrite

lint: setup
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

format: setup
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

types: setup
	@$(BIN)/mypy

floors: setup
	@$(BIN)/lint-imports

test: lint types floors
	@$(BIN)/coverage run -m pytest
	@$(BIN)/coverage report --skip-covered --show-missing

bench: setup
	@$(BIN)/python benchmarks/bench.py

clean:
	rm -rf $(VENV) demo bench-out .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
