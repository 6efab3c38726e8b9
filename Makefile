# `make demo` and `make test` work on a machine with only Python 3.11 or newer and make.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
  && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.9

export UV_PROJECT_ENVIRONMENT := $(VENV)
export PYTHONDONTWRITEBYTECODE :=

.PHONY: setup demo test lint format types floors bench bench-planted report-picture app-pictures clean
.DEFAULT_GOAL := help

help:
	@echo "make demo    write demo tables, fit them, print the segments and where the report is"
	@echo "make test    lint, format check, types, import floors, tests"
	@echo "make bench   the same work as a pandas and scikit-learn notebook, side by side"

# One virtual environment from the lock file; uv itself comes from the package index by pip.
$(UV):
	@test -n "$(PYTHON)" || { echo "clustomer needs Python 3.11, 3.12 or 3.13; none was found. Set PYTHON=..."; exit 1; }
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# What running needs; the demo waits for no more than this.
$(BIN)/.core: $(UV) pyproject.toml uv.lock
	@$(UV) sync --frozen --no-dev --inexact --compile-bytecode --quiet
	@touch $@

# What developing and testing need: the extras and the tools.
$(BIN)/.ready: $(BIN)/.core
	@$(UV) sync --frozen --all-extras --inexact --compile-bytecode --quiet
	@touch $@

setup: $(BIN)/.ready

demo: $(BIN)/.core
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
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --cov --cov-report term-missing:skip-covered

bench: setup
	@UV_PROJECT_ENVIRONMENT=bench-out/core $(UV) sync --frozen --no-dev --compile-bytecode --quiet
	@$(BIN)/python benchmarks/bench.py --core bench-out/core/bin/python $(BENCH)
	@test -z "$$CLUSTOMER_DATA" || $(BIN)/python benchmarks/repairs.py
	@$(BIN)/python benchmarks/sweep.py
	@$(BIN)/python benchmarks/truth.py

# Ten seeds of planted customers at 20,000 and 200,000, with refits on bootstraps; takes a while.
bench-planted: setup
	@$(BIN)/python benchmarks/planted.py $(BENCH)

# The picture in README.md, from the report that `make demo` leaves; needs chromium.
report-picture: demo
	@mkdir -p docs/images
	@chromium --headless --no-sandbox --disable-gpu --disable-background-networking --hide-scrollbars \
	  --window-size=1100,1500 --screenshot=docs/images/report.png "file://$(CURDIR)/demo/run/report.html"

# The pictures of the web app in README.md and docs/app.md; needs chromium.
app-pictures: setup
	@CLUSTOMER_PICTURES=docs/images CLUSTOMER_REQUIRE_BROWSER=1 $(BIN)/python -m pytest tests/browser/test_pictures.py

clean:
	rm -rf $(VENV) demo bench-out .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
