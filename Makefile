# Service Development Kit. `make help` lists what there is to run.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin

# What `make new` renders, and from where. An update of the service reads the template from there again.
DEST ?=
ANSWERS ?=
TEMPLATE ?= $(CURDIR)
REF ?= HEAD

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

.PHONY: new
new: .venv/render ## Render a service: make new DEST=../orders [ANSWERS=examples/zeus.yml]
	@if [ -z "$(DEST)" ]; then \
		echo "Say where the new service goes, as in: make new DEST=../orders" >&2; exit 2; \
	fi
	@if [ -e "$(DEST)" ] && [ -n "$$(ls -A "$(DEST)")" ]; then \
		echo "$(DEST) is not empty, and nothing in it was touched. Name a new folder, as in: make new DEST=../orders" >&2; exit 2; \
	fi
	@$(BIN)/python -W ignore -m copier copy --trust --vcs-ref "$(REF)" \
		$(if $(ANSWERS),--defaults --data-file "$(ANSWERS)") "$(TEMPLATE)" "$(DEST)"

.PHONY: lint
lint: .venv/test ## Check the kit's own code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

.PHONY: format
format: .venv/test ## Format the kit's own code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: tools
tools: .venv/test ## Install the tools that the heavy tests use, into .tools/
	tests/tools/install.sh

.PHONY: test
test: tools lint ## Prove everything: renders, builds, applies and runs what the template makes
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pytest -m "not images"

.PHONY: test-images
test-images: tools ## Build both images and run them (root, buildah, podman, runc, debootstrap)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pytest -m images

.PHONY: test-fast
test-fast: .venv/test lint ## Prove the questionnaire and the rendered files, in under two minutes
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pytest -m "not heavy"

.PHONY: picture
picture: .venv/test ## Draw the README's picture and the questionnaire's reference anew
	$(BIN)/python docs/questionnaire.py
	$(BIN)/python docs/picture.py

.PHONY: benchmark
benchmark: tools ## Measure rendering, and the rendered service against a bare one
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m benchmarks

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/%: requirements/%.txt .venv/bin/python
	@echo "Installing $< into .venv/"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@
