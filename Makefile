# make install | demo | test | check | fault | payers | bench | defects | docker-test    (ARGS=… is passed on)
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help install demo test check fault payers bench defects docker-test

help: ## show this
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

install: .venv/installed ## make .venv with claimloop in it, from the hash-pinned lock

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'make: Python 3.11 or later is needed: install it, or name it with PYTHON=…' >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: install ## the loop from visit to payment, with a page to work on (ARGS='--encounters 200 --no-wait')
	@$(BIN)/claimloop demo $(ARGS)

test: install ## the default suite
	@$(BIN)/pytest -n 3 --no-loadscope-reorder -m 'not slow' $(ARGS)

check: install ## lint, types, import contracts
	@$(BIN)/ruff check && $(BIN)/mypy && $(BIN)/lint-imports

fault: install ## crashes at every point, many seeds (ARGS='--seeds 20')
	@$(BIN)/pytest -m slow && $(BIN)/python -m tests.fault $(ARGS)

payers: install ## many claims with every habit of the payers (ARGS='--claims 10000 --seed 1')
	@$(BIN)/python -m tests.fault.payers $(ARGS)

bench: install ## throughput and cost; see tests/bench/RESULTS.md
	@$(BIN)/python -m tests.bench $(ARGS)

defects: install ## seeded defects, each to be caught
	@$(BIN)/python -m tests.defects $(ARGS)

docker-test: install ## the tests that need a Docker engine
	@$(BIN)/pytest -m docker $(ARGS)
