# Tollbook's commands. `make` alone lists them; each works as the first command typed after a clone on a machine
# with Python 3.11, git and make.
#
# Belongs here: the order of steps and the environment they run in.
# Does not belong here: logic (it lives in the command line, tools/ and tests/).

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory --no-builtin-rules
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help setup up down demo test test-all lint format bench clean

BIN := .venv/bin
STAMP := .venv/.tollbook-setup
BI_STAMP := .venv-bi/.tollbook-setup

# sqlfluff compiles the models with dbt, which wants databases to connect to: empty ones, never the real ones.
LINT_STATE := $(CURDIR)/var/lint
SQLFLUFF := TOLLBOOK_WAREHOUSE=$(LINT_STATE)/warehouse.duckdb TOLLBOOK_WORK=$(LINT_STATE)/work.duckdb \
    TOLLBOOK_DBT_TARGET_PATH=$(LINT_STATE)/target $(BIN)/sqlfluff

# Dagster finds dagster.yaml here and keeps its state in var/; nothing of this project reports anything to anybody.
export DAGSTER_HOME := $(CURDIR)
export TOLLBOOK_STATE := $(CURDIR)/var
export DAGSTER_DISABLE_TELEMETRY := true
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DO_NOT_TRACK := 1
# The machine's own certificates, as the bootstrap uses: a network that inspects TLS is known to them alone. Two names,
# for uv from 0.9 on.
export UV_SYSTEM_CERTS ?= true
export UV_NATIVE_TLS ?= true
# Warnings of a Python that differs from the one of .venv would name the wrong culprit.
unexport VIRTUAL_ENV

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) $(BI_STAMP) ## make .venv and .venv-bi with everything uv.lock pins (uv is fetched when absent)

# A Makefile target and not a phony one: the second call takes no time.
$(STAMP): pyproject.toml uv.lock tools/bootstrap_uv.py
	@python=; for name in python3.11 python3 python; do \
	    if "$$name" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then \
	        python=$$name; break; \
	    fi; \
	done; \
	if [ -z "$$python" ]; then \
	    echo "make: Tollbook needs Python 3.11 and finds none on PATH: install it (Debian 12: apt install python3)" >&2; \
	    exit 1; \
	fi; \
	uv=$$("$$python" tools/bootstrap_uv.py) || exit 1; \
	echo "make: $$("$$uv" --version), $$("$$python" --version): filling .venv"; \
	"$$uv" sync --locked --quiet --python "$$("$$python" -c 'import sys; print(sys.executable)')" && touch $@

# Superset's environment, from the same lock. uv is at hand in .venv by now.
$(BI_STAMP): $(STAMP)
	@echo "make: filling .venv-bi (Superset)"; \
	UV_PROJECT_ENVIRONMENT=.venv-bi $(BIN)/uv sync --locked --quiet --no-default-groups --group bi \
	    --python "$$($(BIN)/python -c 'import sys; print(sys.executable)')" && touch $@

up: setup ## everything: demo data when landing is empty, pipeline, Dagster, Superset; prints addresses and logins
	@$(BIN)/python -m tools.services up

down: ## stop what `make up` started
	@[ ! -x $(BIN)/python ] || $(BIN)/python -m tools.services down

demo: setup ## demo traffic into data/landing when that is empty, then the whole way to published/
	@if [ -n "$$(find data/landing -type f 2>/dev/null | head -n 1)" ]; then \
	    echo "make: data/landing already holds files: they are kept, no demo data is added"; \
	else \
	    $(BIN)/tollbook demo --days 3 --calls-per-day 20000 --seed 1; \
	fi
	@# Exit 1 means published, with something on the checklist; the demo's data is faulty on purpose.
	@$(BIN)/tollbook run || { status=$$?; [ $$status -eq 1 ] || exit $$status; }

lint: setup ## ruff, mypy --strict, import directions, SQL style
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "make: run 'make format'" >&2; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo
	@mkdir -p $(LINT_STATE)
	@$(SQLFLUFF) lint --disable-progress-bar --processes 2 dbt_project/models

format: setup ## let ruff and sqlfluff rewrite what they can
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .
	@mkdir -p $(LINT_STATE)
	@$(SQLFLUFF) fix --disable-progress-bar --quiet dbt_project/models

test: lint ## set-up, lint, and every test but the slow ones (what CI runs)
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow"

test-all: lint ## the slow tests too, and property tests that explore instead of repeating
	@HYPOTHESIS_PROFILE=dev $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

bench: setup ## measure this machine against a script by hand; BENCH_CALLS=200000 for a quick look (docs/measuring.md)
	@$(BIN)/python bench/bench.py

clean: ## remove .venv, .venv-bi, var/ and caches; data/ (the lake is the truth) stays
	@$(MAKE) down
	@rm -rf .venv .venv-bi var build dist .hypothesis .import_linter_cache .mypy_cache .ruff_cache .pytest_cache \
	    dbt_project/target dbt_project/logs .logs_queue
	@find assets bench dbt_project pipelines superset tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "make: clean; data/ is untouched"
