# Every target makes its own environment in .venv: python3 (3.11 or newer) and a package index are all that it needs.

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo browser test coverage check format bench golden parser fuzz crash powercut million soak service-soak schemathesis clean

help: ## Say what the targets do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

DEMO := build/demo
demo: $(READY) ## Decide, record, label, decide otherwise, export and replay, in a workspace of its own
	@PATH="$(abspath $(BIN)):$$PATH" examples/demo.sh $(DEMO)

browser: ## Install the browser that the page is tested in, where it is missing: Debian's Chromium
	@if command -v chromium || command -v chromium-browser || command -v google-chrome; then exit 0; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -q || true; \
	  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium fonts-dejavu-core; \
	else \
	  echo "make: the page is tested in Chromium, and none is on PATH; install it (Debian: apt-get install chromium)" >&2; \
	  exit 1; \
	fi

test: check ## Lint, types, import contracts, and every test
	LUMYN_PROFILE=ci $(BIN)/python -m pytest -q -n 2 --dist loadgroup

coverage: $(READY) ## The tests again, with fewer examples, and which lines and branches they reach
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup --cov --cov-report=term

check: $(READY) ## Lint, formatting, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(READY) ## Format the code and mend what the linter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) ## Measure evaluation, compilation and start-up, and print a table of ratios
	$(BIN)/python -m tests.benchmarks

golden: $(READY) ## Rewrite the golden files; review them as code
	$(BIN)/python -m pytest -q -m golden --rewrite-golden
	git status --short tests

parser: $(READY) ## Write the parser's tables anew, after a change of the grammar
	$(BIN)/python -m lumyn_compiler.grammar

fuzz: $(READY) ## Compare the table with the oracle on policy after policy, until Ctrl-C
	$(BIN)/python -m tests.fuzz

crash: $(READY) ## Kill a thousand gateways while they decide, and look for what they had acknowledged
	$(BIN)/python -m tests.longruns.crash

powercut: $(READY) ## Cut the power from a gateway at thousands of moments, and look for what it had acknowledged
	$(BIN)/python -m tests.longruns.powercut

million: $(READY) ## Measure a store of a million decisions and labels, which is made in build/million
	$(BIN)/python -m tests.longruns.million

soak: $(READY) ## Decide for ten minutes beside a reader, and watch the write-ahead log and the memory
	$(BIN)/python -m tests.longruns.soak

service-soak: $(READY) ## Decide 200,000 times over HTTP, and see that the memory does not grow
	$(BIN)/python -m tests.longruns.service_soak

schemathesis: $(READY) ## Make 5,000 generated calls of the service, and hold each answer to its OpenAPI document
	@$(BIN)/python -m tests.longruns.generated_calls

clean: ## Remove what make and the tools have made, the environment included
	rm -rf $(VENV) dist build .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The first Python that is new enough and can make environments (a shim may exist for a version that does not).
$(READY): pyproject.toml
	@set -e; \
	for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    chosen=$$python; break; \
	  fi; \
	done; \
	if [ -z "$$chosen" ]; then \
	  echo "make: Lumyn needs Python 3.11 or newer with venv and pip; none was found on PATH" >&2; exit 1; \
	fi; \
	echo "$$($$chosen --version) from $$(command -v $$chosen) -> $(VENV)"; \
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $$chosen -m venv --clear $(VENV); \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'; \
	touch $@
