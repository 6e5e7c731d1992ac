# Every target works on a fresh clone: it sets up what it needs first, and is quick the second time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
RUNTIME := $(VENV)/.runtime
READY := $(VENV)/.ready

.PHONY: demo install setup test check fix bench pictures vendor lock clean

# ARGS are options of `trialogue demo`, such as --reset.
demo: $(RUNTIME)
	@$(BIN)/trialogue demo $(ARGS)

# What the bot runs with, and nothing that only tests and checks need.
install: $(RUNTIME)

setup: $(READY)

$(RUNTIME): pyproject.toml requirements.lock requirements-build.lock
	@$(PYTHON) -c 'import sys; sys.exit("Trialogue needs Python 3.11 or newer, this is " + sys.version.split()[0] + ". Try: make $(MAKECMDGOALS) PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@echo "Installing packages into $(VENV): once, for half a minute or so."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(INSTALL) --require-hashes -r requirements.lock -r requirements-build.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(READY): $(RUNTIME) requirements-dev.lock
	@echo "Installing what tests and checks need."
	@$(INSTALL) --require-hashes -r requirements.lock -r requirements-build.lock -r requirements-dev.lock
	@touch $@

# Each worker has databases of its own. Many tests wait, so that two cores have work for three.
WORKERS ?= 3
test: setup
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadgroup

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup
	$(BIN)/python -m benchmarks

# The pictures of the README, made with the demo in a headless Chromium.
pictures: setup
	$(BIN)/python -m tests.playground.pictures

# What the page is made with, anew from its npm packages.
vendor: setup
	$(BIN)/python -m scripts.vendor

# All are universal: one list for every supported Python and system, pinned by hash.
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate
lock: setup
	$(COMPILE) --extra embedded pyproject.toml -o requirements.lock
	$(COMPILE) --group build --constraint requirements.lock -o requirements-build.lock
	$(COMPILE) --group dev --constraint requirements.lock --constraint requirements-build.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
