# Every target sets itself up: .venv is made with pip from the hashed lock files when it is missing or old.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run
DEV := $(VENV)/.dev
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet

.DEFAULT_GOAL := help
.PHONY: help up test check faults bench docs clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(RUN)  ## Run AgentHub: every service in one process, nothing else needed
	@echo "Running: agenthub up (options: .venv/bin/agenthub up --help)"
	@exec $(BIN)/agenthub up

check: $(DEV)  ## Lint, format, types and architecture, without running tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=src $(BIN)/lint-imports

test: check  ## Everything that `check` does, then all tests with coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

faults: $(DEV)  ## Kill it 500 times (KILLS=), then each service apart, and check that nothing accepted is lost
	PYTHONPATH=src:. $(BIN)/python -m tests.faults.kills --kills $(or $(KILLS),500)
	FAULTS=all $(BIN)/python -m pytest tests/faults

bench: $(DEV)  ## Measure what needs no outside data
	PYTHONPATH=src:. $(BIN)/python -m bench
	PYTHONPATH=src:. $(BIN)/python -m bench.entrance

docs: $(DEV)  ## Render docs/reference from the manifests
	PYTHONPATH=src $(BIN)/python -m agenthub.cli.reference docs/reference

clean:  ## Remove what was built, the environment included
	rm -rf $(VENV) build dist .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN): requirements.lock pyproject.toml
	@echo "Making $(VENV) with what AgentHub needs to run (once; a minute or two)"
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --editable .
	@touch $@

$(DEV): requirements-dev.lock $(RUN)
	@echo "Adding what testing needs (once)"
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@
