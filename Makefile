# Every target is one line of work; the programs they call are the project's own or pinned by a hashed lock.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-annotate --no-header
PYTEST := $(BIN)/python -m pytest
KUBE_VERSION ?= 1.37

# An environment that was moved, or whose Python is gone or too old, is made anew.
ifneq ($(wildcard .venv),)
ifneq ($(shell .venv/bin/python -c 'import sys; print(sys.version_info >= (3, 11))' 2>/dev/null; grep -sqF "$$(realpath .venv/bin)/" .venv/bin/leasegate || test ! -e .venv/bin/leasegate || echo moved),True)
$(info make: the environment in .venv cannot be used any more; it is made anew)
$(shell rm -rf .venv)
endif
endif

.PHONY: $(shell grep -oE "^[a-z-]+:" $(firstword $(MAKEFILE_LIST)) | tr -d :)

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: .venv/run.stamp ## serve https://127.0.0.1:8443 with development certificates from certs/
	@exec $(BIN)/leasegate serve --dev

test: .venv/dev.stamp ## run every test that needs only Python
	@echo "make test: every test that needs only Python, about 5 minutes on two idle cores. Others: make test-chart (helm), test-image and test-node (root, Debian), test-server and test-cluster (Go), test-python (another Python)"
	$(PYTEST) -n auto --dist worksteal --ignore=tests/suites --cov --cov-report=term --cov-fail-under=95

test-python: .venv/bin/python ## run the same tests on the image's Python, in a Debian made for it (root, debootstrap)
	@$(BIN)/python -m devtools.python .venv/bin/python -m pytest -n auto --dist worksteal --ignore=tests/suites

pages: .venv/dev.stamp ## write what is made from the program: parts of docs/, and of the chart
	@$(BIN)/leasegate rules --output markdown > docs/rules.md && $(BIN)/python -m charts.generator && $(BIN)/python -m tests.docs.generated

docs: pages ## write the generated pages, run the commands of all pages and compare what they print
	$(PYTEST) tests/docs

bench: .venv/dev.stamp .cache/bench/stamp ## measure what a review costs, beside other servers; writes docs/performance.md (5 minutes)
	@$(BIN)/python -m bench --python=.cache/bench/bin/python --write

bench-apiserver: .venv/dev.stamp control-plane ## measure what a write costs kube-apiserver: with nothing, the webhooks, the policies
	@KUBE_VERSION=$(KUBE_VERSION) $(BIN)/python -m bench.apiserver --write && KUBE_VERSION=$(KUBE_VERSION) $(BIN)/python -m bench.leases --write

fuzz: .venv/run.stamp ## send changed reviews through both hooks in process (N=100000, SEED=...)
	@$(BIN)/python -m devtools.fuzz $(if $(N),--number=$(N)) $(if $(SEED),--seed=$(SEED))

worst: .venv/run.stamp ## look for the bodies that cost most; writes docs/performance.md (N=20000, SEED=1)
	@$(BIN)/python -m bench.worst --write --number=$(or $(N),20000) --seed=$(or $(SEED),1)

soak: .venv/run.stamp ## attack a server that has the chart's memory limit (root), beside good reviews that must not notice
	@$(BIN)/python -m bench.soak --write

bench-check: .venv/dev.stamp control-plane ## measure what it costs to check a file of 10,000 documents, and a cluster of 100,000 candidates
	@$(BIN)/python -m bench.check --write && KUBE_VERSION=$(KUBE_VERSION) $(BIN)/python -m bench.stored --write

test-server: .venv/dev.stamp ## run the tests with real clients of the server: Go as in kube-apiserver, promtool, Prometheus
	$(PYTEST) -n 2 --dist worksteal tests/suites/server

test-chart: .venv/chart.stamp ## run the tests of the Helm chart: rendering, schemas, security
	$(PYTEST) -n auto --dist worksteal tests/suites/chart tests/suites/guide

control-plane: .venv/bin/python ## build a real control plane's programs that are missing (KUBE_VERSION=1.37), print where they are
	@$(BIN)/python -m devtools.programs --kube-version=$(KUBE_VERSION)

parity: .venv/dev.stamp control-plane ## ask a real kube-apiserver and our rules the same (N=25000, SEED=..., REPORT=1 keeps the figures)
	@KUBE_VERSION=$(KUBE_VERSION) $(BIN)/python -m devtools.parity $(if $(N),--number=$(N)) $(if $(SEED),--seed=$(SEED)) $(if $(REPORT),--report)

parity-elections: .venv/dev.stamp ## elect with kube-apiserver's own code and with ours (N=100000, SEED=..., REPORT=1 keeps the figures)
	@$(BIN)/python -m devtools.elections --kube-version=$(KUBE_VERSION) $(if $(N),--number=$(N)) $(if $(SEED),--seed=$(SEED)) $(if $(REPORT),--report)

test-cluster: .venv/dev.stamp control-plane ## run the tests against a real control plane (KUBE_VERSION=1.37)
	KUBE_VERSION=$(KUBE_VERSION) REPORT=$(REPORT) $(PYTEST) -n 3 --dist loadfile --no-loadscope-reorder --timeout=300 tests/suites/cluster

image: .venv/run.stamp ## build the image without a container engine, as root on Debian, and print the archive's path
	@$(BIN)/python -m devtools.image

node: .venv/bin/python ## install (Debian, as root) and build what a real node consists of, print where it is
	@$(BIN)/python -m devtools.node.packages && $(BIN)/python -m devtools.programs --node

test-node: .venv/dev.stamp node ## run the image and the chart on real nodes, three at once, as root
	$(PYTEST) tests/suites/machine && $(PYTEST) -n 3 --dist loadfile tests/suites/node

test-image: .venv/image.stamp image ## run the tests of the image: what is in it, and that it serves (root, buildah, debootstrap)
	$(PYTEST) tests/suites/image

sbom: dist/leasegate.cdx.json ## write what the image installs to dist/leasegate.cdx.json (CycloneDX)
	@echo $<

lint: .venv/dev.stamp ## format check, ruff, mypy, import contracts, dependencies
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo && $(BIN)/deptry app

format: .venv/dev.stamp ## format the code and apply safe fixes
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock: .venv/dev.stamp ## resolve the dependencies again and write the hashed locks
	$(LOCK) pyproject.toml --extra cluster --extra otel --output-file $(LOCKS)requirements.lock $(UPGRADE) && $(LOCK) --group build --output-file $(LOCKS)requirements-build.lock $(UPGRADE) && $(LOCK) pyproject.toml --all-extras --group dev --output-file $(LOCKS)requirements-dev.lock $(UPGRADE) && $(LOCK) pyproject.toml --all-extras --group dev --group chart --output-file $(LOCKS)requirements-chart.lock $(UPGRADE) && $(LOCK) pyproject.toml --all-extras --group dev --group image --output-file $(LOCKS)requirements-image.lock $(UPGRADE) && $(LOCK) pyproject.toml --extra cluster --group bench --output-file $(LOCKS)requirements-bench.lock $(UPGRADE)

outdated: .venv/dev.stamp ## say which pins have a newer release: Python packages, Go modules, Kubernetes, the image's base
	@$(BIN)/python -m devtools.outdated

dist/leasegate.cdx.json: requirements.lock requirements-build.lock pyproject.toml app/__init__.py | .venv/image.stamp
	@rm -rf .cache/sbom && $(PYTHON) -m venv --without-pip .cache/sbom/environment
	@$(PIP) --python .cache/sbom/environment/bin/python install --no-compile --require-hashes -r requirements.lock
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir .cache/sbom . && $(PIP) --python .cache/sbom/environment/bin/python install --no-compile --no-index --no-deps --find-links .cache/sbom leasegate
	@mkdir -p dist && $(BIN)/cyclonedx-py environment --output-reproducible --output-file $@ .cache/sbom/environment

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("leasegate needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 run" if sys.version_info < (3, 11) else 0)'
	@echo 'make: creating a virtual environment in .venv'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo 'make: python3 cannot create virtual environments; on Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }

.venv/run.stamp: requirements.lock requirements-build.lock pyproject.toml | .venv/bin/python
	@echo 'make: downloading and installing what leasegate needs, which takes half a minute'
	@$(PIP) install --require-hashes -r requirements.lock -r requirements-build.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

# Servers are measured without the packages of the tests, as in an image: structlog would load rich.
.cache/bench/stamp: requirements-bench.lock | .venv/bin/python
	@rm -rf .cache/bench && $(PYTHON) -m venv --without-pip .cache/bench
	@$(PIP) --python .cache/bench/bin/python install --require-hashes -r requirements-bench.lock
	@touch $@

.venv/chart.stamp: requirements-chart.lock .venv/dev.stamp
	$(PIP) install --require-hashes -r requirements-chart.lock
	@touch $@

.venv/image.stamp: requirements-image.lock .venv/dev.stamp
	$(PIP) install --require-hashes -r requirements-image.lock
	@touch $@
