# The two commands: `make demo` and `make test`. Both set up .venv themselves.
.DEFAULT_GOAL := help
.PHONY: help demo test test-cluster images push lint format bench constraints clean set-up

# Python keeps what it has compiled even where the machine's default is not to: this halves what
# starting a program takes.
export PYTHONDONTWRITEBYTECODE :=

EXPERIMENT := manifests/experiments/linear_probe/bayesian.yaml
RUN := runs/demo
PYTEST_WORKERS ?= 2
PYTEST_ARGS ?= -m "not slow and not cluster and not katib"

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

set-up:
	@scripts/set-up

demo: set-up ## Tune a classifier on real EEG here, score it on test data, write the report
	.venv/bin/eegtune run $(EXPERIMENT) --dir $(RUN) --fresh
	.venv/bin/eegtune evaluate $(RUN) \
	    --configuration 'all features: features=band_power+slow_potentials+tangent_space'

test: set-up ## Run the tests; PYTEST_ARGS= also runs the slow ones
	@.venv/bin/python -m pytest -n $(PYTEST_WORKERS) $(PYTEST_ARGS)

test-cluster: ## Test on a real Kubernetes (brings one up where KUBECONFIG names none); CLUSTER_ARGS=--quick
	@tests/cluster/run $(CLUSTER_ARGS)

images: ## Build the container images (REGISTRY=... TAG=...)
	@REGISTRY="$(REGISTRY)" TAG="$(TAG)" images/build

push: ## Push them
	@REGISTRY="$(REGISTRY)" TAG="$(TAG)" images/push

lint: set-up ## Check style, types and layers
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-cache

format: set-up ## Format the code
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .

bench: set-up ## Measure the demo and the cost of a trial again
	.venv/bin/python benchmarks/demo.py
	.venv/bin/python benchmarks/execution.py

constraints: set-up ## Resolve constraints.txt again from pyproject.toml
	@UV_CUSTOM_COMPILE_COMMAND="make constraints" .venv/bin/uv pip compile pyproject.toml \
	    --quiet --universal --all-extras --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-annotate --output-file constraints.txt

clean: ## Remove the environment and what tests and tools left behind
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
