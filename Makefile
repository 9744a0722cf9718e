# The developer's interface; .ci/run calls `make test`, then `make check`.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := src tests benchmarks scripts

.PHONY: help setup dev run web test test-slow chaos check format bench bench-distributed lock \
	screenshots vendor clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-17s %s\n", $$1, $$2}'

# A stamp holds a set-up's inputs: it is redone only when one of them changed.
$(VENV)/run.stamp: requirements/run.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

setup: $(VENV)/run.stamp ## Make .venv with the locked dependencies and the bingosim command

dev: $(VENV)/dev.stamp ## The same with everything that tests and checks need

run: setup ## Forecast examples/winter-bingo.yaml
	$(BIN)/bingosim run examples/winter-bingo.yaml
	@echo "Next: make web, which shows it in a browser."

web: setup ## Serve the web application on this machine
	$(BIN)/bingosim web

test: dev ## All tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

chaos: dev ## Kill, stop, starve and cut off batches and workers, time and again: an hour or more
	$(BIN)/python -m pytest -m chaos tests/chaos

test-slow: dev ## Tests that take minutes: long comparisons of the engines
	$(BIN)/python -m pytest -m slow

check: dev ## Format, lint, types, import contracts
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: dev ## Format the code and apply the linter's safe fixes
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

bench: dev ## Measure speed, as ratios within one run
	$(BIN)/python -m benchmarks

bench-distributed: dev ## Measure workers, with servers of their own on this machine
	$(BIN)/python -m benchmarks.servers $(BIN)/bingosim bench pipeline --mode distributed
	$(BIN)/python -m benchmarks.servers $(BIN)/python -m benchmarks.scaling
	$(BIN)/python -m benchmarks.servers $(BIN)/python -m benchmarks.distributed

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header pyproject.toml
lock: dev ## Renew the lock files from pyproject.toml
	$(LOCK) --group build -o requirements/run.txt
	$(LOCK) --group build --group dev -o requirements/dev.txt

screenshots: dev ## Take the pictures of the pages anew
	$(BIN)/python scripts/screenshots.py

vendor: ## Copy JavaScript and CSS anew from the npm packages of package.json
	npm install --no-package-lock --no-audit --no-fund
	$(PYTHON) scripts/vendor.py

clean: ## Remove .venv and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
