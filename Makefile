SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup demo test lint airflow bench systemd mlflow clean linked
.DEFAULT_GOAL := help

DONE := .venv/.setup
KERNEL := $(wildcard edge_bundle/compiler/kernel/*.py edge_bundle/compiler/kernel/*.c edge_bundle/compiler/kernel/*.h)

help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# A linked .venv is another checkout's: it is looked at, and nothing in it is made or changed.
ifneq ($(shell test -L .venv && echo linked),)
PARTS := linked
else
PARTS := $(DONE)/environment $(DONE)/jars $(DONE)/engine $(DONE)/kernel .venv/bin/assay $(DONE)/made_from
endif

setup: $(PARTS) ## the environment in .venv, done once; later runs need no network

demo: setup ## the whole pipeline on a simulated plant: tables, model, bundle, gateway, report; MONTHS=3: drift, and a better model
	.venv/bin/python -m jobs.demo$(if $(MONTHS), --months '$(MONTHS)')

test: setup ## all checks and tests
	setup/test.sh

lint: setup ## format, lint and types only
	setup/lint.sh

# The address of the database may hold a password: it goes by the environment and make does not print it.
airflow: export AIRFLOW_DB := $(DB)
airflow: setup ## Airflow on loopback with our DAGs; PORT=8080, DB=postgresql://... for another database than SQLite
	@.venv/bin/python -m jobs.airflow_local serve --port $(or $(PORT),8080)

bench: setup ## measure, and print ratios
	.venv/bin/python -m bench

systemd: setup ## units for systemd, made for this checkout, in build/systemd (docs/operations.md)
	@.venv/bin/python -m setup.render_units $(if $(PREFIX),--data '$(PREFIX)') $(if $(filter command,$(firstword $(origin USER))),--user '$(USER)') $(if $(PORT),--port '$(PORT)') $(if $(MEMORY),--engine-memory '$(MEMORY)')

mlflow: .venv-mlflow/.setup/environment ## MLflow in .venv-mlflow, an environment of its own (850 MB), for exports of models

clean: ## remove all that runs make: environment, local Airflow, demo, caches (not the lake, not the landing folder)
	rm -rf .venv .venv-mlflow .airflow .assay demo build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

$(DONE)/environment: requirements.lock setup/environment.sh setup/prerequisites.sh
	@setup/environment.sh
	@touch $@

.venv-mlflow/.setup/environment: setup/mlflow.lock setup/environment.sh setup/prerequisites.sh
	@setup/environment.sh .venv-mlflow setup/mlflow.lock
	@touch $@

$(DONE)/jars: setup/jars.txt setup/fetch_jars.py lakehouse/engine/jars.py $(DONE)/environment
	@.venv/bin/python -m setup.fetch_jars
	@touch $@

$(DONE)/engine: $(DONE)/jars lakehouse/engine/archive.py
	@.venv/bin/python -m lakehouse.engine.archive
	@touch $@

$(DONE)/kernel: $(KERNEL) $(DONE)/environment
	@.venv/bin/python -m edge_bundle.compiler.kernel.build --out .venv/kernel > $(DONE)/kernel.json
	@echo "scoring kernel for $$(ls .venv/kernel | wc -l) architectures in .venv/kernel"
	@touch $@

.venv/bin/assay: setup/assay.sh $(DONE)/environment
	@install -m 755 setup/assay.sh $@

$(DONE)/made_from: setup/made_from.sh $(DONE)/environment $(DONE)/jars $(DONE)/kernel .venv/bin/assay
	@setup/made_from.sh > $@

linked:
	@setup/linked.sh
