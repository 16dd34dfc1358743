# Thin over the `turnstone` command: `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
export UV_PYTHON_DOWNLOADS := never
export UV_LINK_MODE ?= copy

UV_VERSION := 0.13.9
UV := .tools/uv/bin/uv
BIN := .venv/bin
PYTHON := $(shell for p in python3.11 python3; do $$p -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && { command -v $$p; break; }; done)
ARGS ?=

.PHONY: help setup lock lint format docs dbt-docs graph test bench peers tracers frameworks serve demo-live faults demo up down status watch sql dev dashboard play simulate clean clean-all

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.ready .venv-flink/.ready ## create both Python environments, fetch the jars, compile the stream job
	@$(BIN)/turnstone jars

demo: setup ## run the main job: recorded conversations from the runtime to gold, with a report
	@$(BIN)/turnstone demo $(ARGS)

up: setup ## start the local stack: broker, stream engine, catalog, streaming job
	@$(BIN)/turnstone up

down: .venv/.ready ## stop the local stack; nothing in it is lost
	@$(BIN)/turnstone down

status: .venv/.ready ## what runs, on which port, how healthy
	@$(BIN)/turnstone status

watch: .venv/.ready ## lag, rates, buffers, drops, checkpoints and watermark, live (Ctrl-C ends)
	@$(BIN)/turnstone metrics $(ARGS)

sql: .venv/.ready ## a SQL prompt on the lake, also while the stream runs
	@$(BIN)/turnstone sql

dev: setup ## Dagster on the running stack (starts what does not run yet)
	@$(BIN)/turnstone dev

dashboard: .venv/.ready ## the tenant's day as a page: volume, outcomes, latency, cost, safety, by agent version
	@$(BIN)/turnstone dashboard

simulate: .venv/.ready ## generate weeks of invented traffic with its planted truth (ARGS="--scenario regression")
	@$(BIN)/turnstone simulate $(ARGS)

play: .venv/.ready ## play conversations into the running stack (ARGS="--limit 50")
	@$(BIN)/turnstone play $(ARGS)

# Two processes, whatever the machine: one waits for the stacks most of the time, the other computes.
test: setup ## all tests, the ones on the real stack included (ARGS="-m 'not stack'" leaves those out)
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadscope --no-loadscope-reorder $(ARGS)

# Three topics have peers that need something of their own: the stream, the lakehouse and the runtime.
BENCH_PEERS := $(if $(ARGS),$(if $(findstring backbone,$(ARGS)),peers) $(if $(findstring lakehouse,$(ARGS)),tracers) \
	$(if $(findstring runtime,$(ARGS)),frameworks),peers tracers frameworks)
bench: setup $(BENCH_PEERS) ## measure, and write docs/benchmarks/*.json
	@$(BIN)/python -m tests.bench $(ARGS)

peers: setup .peers/venv/.ready ## fetch what the stream is compared with: an environment and jars of its own
	@$(BIN)/python -m tests.bench.peers

tracers: .peers/tracers/.ready ## fetch what the lakehouse is compared with: Phoenix and MLflow, in an environment of their own

frameworks: .peers/frameworks/.ready ## fetch what the runtime is compared with: four agent frameworks, in an environment of their own

serve: .venv-serve/.ready .venv/.ready ## serve a small language model on this machine's CPU, in the foreground (5 GB the first time)
	@$(BIN)/turnstone serve

demo-live: .venv-serve/.ready .venv/.ready ## a few retail conversations with that model, through the runtime (ARGS="--limit 5")
	@$(BIN)/turnstone demo-live $(ARGS)

faults: setup ## kill, lock and starve the real stack under load; publish what was lost (nothing)
	@$(BIN)/python -m tests.faults $(ARGS)

lint: .venv/.ready ## style, types, import rules, SQL, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --dialect duckdb dbt/models dbt/tests pipelines/sql analytics/sql analytics/dashboard/sql analytics/delivery/sql analytics/experiments/sql infra/demo/sql
	$(BIN)/sqlfluff lint --dialect sqlite agent_runtime/domains/retail/sql agent_runtime/domains/appointments/sql agent_runtime/ledger/sql/remembered $(foreach room,ledger sessions,agent_runtime/$(room)/sql/sqlite agent_runtime/$(room)/sql/statements)
	$(BIN)/sqlfluff lint --dialect postgres $(foreach room,ledger sessions,agent_runtime/$(room)/sql/postgres agent_runtime/$(room)/sql/statements)
	git ls-files | grep -v -e "^locks/" -e "\.svg$$" -e "\.json$$" -e "\.ipynb$$" | xargs $(BIN)/codespell

format: .venv/.ready ## let the tools mend what they can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/.ready ## write the generated pages: event schemas, settings
	$(BIN)/python -m streaming.contract.schemas
	$(BIN)/python -m infra.settings_page

dbt-docs: .venv/.ready ## dbt's documentation of gold as one page, dbt/target/static_index.html
	$(BIN)/dbt docs generate --static --project-dir dbt --profiles-dir dbt

graph: .venv/.ready ## note Dagster's graph anew, after a change that is meant
	$(BIN)/python -m tests.dagster_project.graph

lock: $(UV) ## resolve the dependencies anew into locks/
	$(UV) pip compile pyproject.toml --group platform --group stores --group dev --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --upgrade --quiet -o locks/platform.txt
	$(UV) pip compile --group flink --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --upgrade --quiet -o locks/flink.txt
	$(UV) pip compile --group peers --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --upgrade --quiet -o locks/peers.txt
	$(UV) pip compile --group tracers --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --upgrade --quiet -o locks/tracers.txt
	$(UV) pip compile --group frameworks --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --upgrade --quiet -o locks/frameworks.txt
	$(UV) pip compile --group serve --python-version 3.11 --generate-hashes \
		--overrides infra/serving/overrides.txt --excludes infra/serving/excludes.txt \
		--no-emit-index-url --no-header --no-annotate --upgrade --quiet -o locks/serve.txt

clean: ## stop the stack and remove its state (jars and environments stay)
	@if [ -x $(BIN)/turnstone ]; then $(BIN)/turnstone clean; fi

clean-all: clean ## remove the environments and the jars as well
	rm -rf .turnstone .venv .venv-flink .venv-serve .peers .tools

$(UV):
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 was not found: install it so that python3.11 is on the PATH" >&2; exit 1; fi
	@echo "uv $(UV_VERSION) into .tools"
	@$(PYTHON) -m venv .tools/uv
	@.tools/uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# Compiled at once: where Python may not write bytecode (many containers), every start of dbt or Dagster compiles it anew.
.venv/.ready: locks/platform.txt pyproject.toml | $(UV)
	@echo "main environment into .venv"
	@[ -x .venv/bin/python ] || $(UV) venv --quiet --python $(PYTHON) .venv
	@$(UV) pip sync --quiet --compile-bytecode --python .venv/bin/python --require-hashes locks/platform.txt
	@$(UV) pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
	@touch $@

.venv-flink/.ready: locks/flink.txt | $(UV)
	@echo "PyFlink's environment into .venv-flink"
	@[ -x .venv-flink/bin/python ] || $(UV) venv --quiet --python $(PYTHON) .venv-flink
	@$(UV) pip sync --quiet --python .venv-flink/bin/python --require-hashes locks/flink.txt
	@touch $@

.peers/venv/.ready: locks/peers.txt | $(UV)
	@echo "environment of the benchmark's peers into .peers/venv"
	@[ -x .peers/venv/bin/python ] || $(UV) venv --quiet --python $(PYTHON) .peers/venv
	@$(UV) pip sync --quiet --python .peers/venv/bin/python --require-hashes locks/peers.txt
	@touch $@

# Compiled at once: two servers of a thousand modules each are started and timed.
.peers/tracers/.ready: locks/tracers.txt | $(UV)
	@echo "environment of Phoenix and MLflow into .peers/tracers"
	@[ -x .peers/tracers/bin/python ] || $(UV) venv --quiet --python $(PYTHON) .peers/tracers
	@$(UV) pip sync --quiet --compile-bytecode --python .peers/tracers/bin/python --require-hashes locks/tracers.txt
	@touch $@

.peers/frameworks/.ready: locks/frameworks.txt | $(UV)
	@echo "environment of the agent frameworks into .peers/frameworks"
	@[ -x .peers/frameworks/bin/python ] || $(UV) venv --quiet --python $(PYTHON) .peers/frameworks
	@$(UV) pip sync --quiet --python .peers/frameworks/bin/python --require-hashes locks/frameworks.txt
	@touch $@

.venv-serve/.ready: locks/serve.txt infra/serving/export_model.py | $(UV)
	@echo "environment of the model server into .venv-serve (5 GB)"
	@[ -x .venv-serve/bin/python ] || $(UV) venv --quiet --python $(PYTHON) .venv-serve
	@$(UV) pip sync --quiet --python .venv-serve/bin/python --require-hashes locks/serve.txt
	@HF_HUB_OFFLINE=1 .venv-serve/bin/python infra/serving/export_model.py .venv-serve/models/smollm2-135m-instruct
	@touch $@
