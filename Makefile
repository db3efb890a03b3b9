.DEFAULT_GOAL := help
# The newest that the locked packages are tried with and that can make environments: Debian's can't without a package more.
ifeq ($(origin PYTHON),undefined)
PYTHON := $(or $(shell for python in python3.14 python3.13 python3.12 python3.11 python3; do \
	$$python -c "import ensurepip, venv" 2> /dev/null && echo $$python && break; done),python3)
endif
VENV := .venv
BIN := $(VENV)/bin
PROTOS := $(sort $(shell find protos -name '*.proto'))
PROTOC = $(BIN)/python -m grpc_tools.protoc -Iprotos
# What the server needs, and that with all tools.
SERVES := $(VENV)/.serves
INSTALLED := $(VENV)/.installed
INSTALL = $(PYTHON) scripts/install.py $(BIN)/python
INSTALL_EMO = $(INSTALL) --quiet --no-deps --no-build-isolation -e .
# What kills real processes, and takes its time.
KILLS := tests/survival tests/attacks/test_kills.py $(addprefix tests/e2e/,test_crash.py test_deaths.py test_key_rotation.py test_moving.py \
	test_workers.py test_workers_on_shared_engines.py)
# Two more than cores, up to 5, for many tests wait for a disk or a clock.
TESTERS = $(shell $(PYTHON) -c "import os; print(min(5, 2 + (os.cpu_count() or 1)))")

# Tests start a hundred processes: each would compile all modules anew. What is written, `make clean` removes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install-dev run-dev protos check-protos format lint types test test-s3 test-kills test-survival test-attacks test-proxies mutants dist bench bench-account bench-tools image dashboard-picture terminal-pictures precommit lock clean

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  \033[36m%-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@echo "Making $(VENV)."
	@$(PYTHON) -m venv $(VENV)

$(SERVES): requirements-run.lock pyproject.toml | $(BIN)/python
	@echo "Installing what the server needs into $(VENV)."
	@$(INSTALL) --no-deps --require-hashes -r requirements-run.lock
	@$(INSTALL_EMO)
	@touch $@

$(INSTALLED): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the server and all tools into $(VENV); the first time takes a minute or two."
	@$(INSTALL) --no-deps --require-hashes -r requirements.lock
	@$(INSTALL_EMO)
	@touch $(SERVES) $@

install-dev: $(INSTALLED) ## Make .venv with the locked packages.

run-dev: $(SERVES) ## Run the server on this machine, with embedded engines in ./data.
	@$(BIN)/emo serve

protos: $(INSTALLED) ## Generate the stubs from protos/ into generated/, and docs/api.md.
	@rm -rf generated/emo && mkdir -p generated
	@PATH="$(abspath $(BIN)):$$PATH" $(PROTOC) --python_out=generated --grpc_python_out=generated \
		--mypy_out=quiet:generated --mypy_grpc_out=quiet,only_async:generated $(PROTOS)
	@$(PROTOC) --include_imports --descriptor_set_out=generated/emo/emo.binpb $(PROTOS)
	@touch generated/emo/py.typed
	@$(BIN)/python -m scripts.api_page

check-protos: $(INSTALLED) ## Fail if generated/ or docs/api.md is stale, or the contract breaks its rules.
	@$(BIN)/python -m scripts.check_protos

format: $(INSTALLED) ## Format the code.
	@$(BIN)/ruff check --fix-only --quiet . ; $(BIN)/ruff format --quiet .

lint: $(INSTALLED) ## Check style and the dependency rules.
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/lint-imports

types: $(INSTALLED) ## Check types.
	@$(BIN)/mypy

test: lint types ## Check, then run all tests with the coverage report in .coverage_html.
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest --numprocesses $(TESTERS) --dist worksteal $(KILLS:%=--ignore %)
	@$(BIN)/coverage combine --quiet && $(BIN)/coverage html --quiet && $(BIN)/coverage report

test-s3: $(INSTALLED) ## Run the tests of S3 against a real one, Ceph. Needs root and Debian the first time.
	@$(PYTHON) scripts/ceph_rgw.py install
	@$(PYTHON) scripts/ceph_rgw.py run $(BIN)/pytest -n 0 -k s3

test-kills: $(INSTALLED) ## Run a short form of test-survival, and what else kills real processes.
	@$(BIN)/pytest --numprocesses $(TESTERS) $(KILLS)

# Without an S3 of its own the page would be of a stand-in.
REAL_S3 = $(if $(EMO_TEST_S3_URL),,$(if $(shell command -v radosgw),$(PYTHON) scripts/ceph_rgw.py run))

test-survival: $(INSTALLED) ## Kill, stop and fill up what the service stands on, for ten minutes; writes docs/reliability.md.
	@EMO_SURVIVAL=long EMO_SURVIVAL_PAGE=docs/reliability.md $(REAL_S3) $(BIN)/pytest -n 0 --durations 0 tests/survival

test-attacks: $(INSTALLED) ## The long form of the attacks that are part of test: floods, odd bytes, forged and bent things. Ten minutes.
	@EMO_ATTACKS=long $(BIN)/pytest -n 0 --durations 0 tests/attacks

test-proxies: $(INSTALLED) ## The long form of the tests with nginx and HAProxy: 2 GiB each way, silence for five minutes.
	@EMO_PROXIES=long $(BIN)/pytest -n 0 --durations 0 -o faulthandler_timeout=900 tests/e2e/proxies

mutants: $(INSTALLED) ## Break the code in one place at a time, and see whether a test fails; writes docs/mutants.md. MUTANTS=all.
	@$(BIN)/python -m mutants $(MUTANTS)

dist: $(INSTALLED) ## Build sdist and wheel into dist/, three times, check them, and run what is installed from the wheel.
	@$(BIN)/python scripts/make_dist.py

bench: $(INSTALLED) ## Measure this machine; writes docs/benchmarks/. ENGINES=mongo,s3 for those (root and Debian), BEFORE=COMMIT to compare.
ifdef ENGINES
	@$(PYTHON) scripts/ceph_rgw.py install
	@PYTHONPATH=tests $(PYTHON) scripts/ceph_rgw.py run $(BIN)/python -m benchmarks --engines $(ENGINES) $(if $(BEFORE),--before $(BEFORE))
else
	@$(BIN)/python -m benchmarks $(if $(BEFORE),--before $(BEFORE))
endif

bench-account: $(INSTALLED) ## Find out where the server's processor goes in a GiB up and down; writes docs/benchmarks/cost.md.
	@$(BIN)/python -m benchmarks.cost

bench-tools: ## Install what bench drives servers with: a C compiler, libnghttp2 and h2load. Needs root and Debian.
	@apt-get -qq update && apt-get -qq install --yes --no-install-recommends gcc libc6-dev libnghttp2-dev nghttp2-client > /dev/null

image: $(INSTALLED) ## Build the image of Containerfile without a registry, and run it. Needs root and Debian; takes minutes.
	@$(BIN)/python scripts/prove_image.py

dashboard-picture: $(INSTALLED) ## Watch a server by Prometheus for some minutes, and draw docs/pictures/dashboard.png. Needs prometheus.
	@PYTHONPATH=tests:. $(BIN)/python scripts/dashboard_picture.py

terminal-pictures: $(INSTALLED) ## Draw docs/pictures/terminal-*.svg: what the command shows of a small folder.
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m scripts.terminal_pictures

precommit: format lint test clean ## What to run before a commit.

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header

lock: $(INSTALLED) ## Lock the dependencies anew, with hashes.
	@$(LOCK) --all-extras --upgrade -o requirements.lock pyproject.toml
	@$(LOCK) --extra run --constraint requirements.lock -o requirements-run.lock pyproject.toml

clean: ## Remove what the tools left behind.
	@rm -rf .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
