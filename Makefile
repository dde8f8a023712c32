# Two commands set everything up: `make run` and `make test`.
# Everything they create lies in .venv (packages), .local (binaries, models) and var (data, logs).
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
BIN := .venv/bin
PY := $(BIN)/python
export PYTHONUNBUFFERED := 1
unexport PYTHONDONTWRITEBYTECODE  # with it every start compiles every package again

.PHONY: help run call bench setup setup-dev check test test-fast fix lock clean

help:  ## Show the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

run: setup  ## Start everything on embedded defaults; Ctrl-C ends it
	@exec $(PY) -m tools.stack

call: setup  ## Place one demonstration call to the running line [SAY="where is my order W1001"]
	@$(PY) -m tools.call $(if $(SAY),"$(SAY)")

setup: .venv/.ok .local/bin/livekit-server .local/models/.ok  ## Install packages, build the binaries, prepare the models
setup-dev: setup .venv/.dev

.venv/.ok: requirements.txt tools/setup-python
	@tools/setup-python requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.ok
	@$(BIN)/uv pip install -q --python $(PY) --require-hashes -r requirements-dev.txt
	@touch $@

.local/bin/livekit-server: tools/go.mod tools/go.sum tools/setup-livekit
	@tools/setup-livekit $@

.local/models/.ok: tools/models.py | .venv/.ok
	@$(PY) -m tools.models .local/models
	@touch $@

# Django's settings insist on these; nothing is connected to while checking.
check: export DATABASE_URL := postgresql:///none
check: export SECRET_KEY := check
check: export LIVEKIT_API_SECRET := check
check: export WORKER_TOKEN := check
check: export RECORDER_TOKEN := check
check: export ORDERS_SECRET := check

check: .venv/.dev  ## Format, lint, types, import contracts, migrations, spelling
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(PY) -W error -W "ignore:Got an error checking:RuntimeWarning" manage.py makemigrations --check --dry-run
	@$(BIN)/codespell

test: setup-dev  ## Run everything, real calls included
	@$(PY) -m pytest $(ARGS)

test-fast: .venv/.dev  ## Run what needs no phone, browser or LiveKit
	@$(PY) -m pytest -m "not telephone and not browser" $(ARGS)

bench: setup  ## Measure the line on the telephone's side [ONLY="answer turns pauses cost"]
	@$(PY) -m bench $(ONLY)

fix: .venv/.dev  ## Format, and mend what can be mended
	@$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format -q .

LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links
lock: .venv/.ok  ## Write the hashed requirements
	@$(LOCK) requirements.in -o requirements.txt
	@$(LOCK) requirements-dev.in -o requirements-dev.txt

clean:  ## Remove what setup made (keeps var)
	rm -rf .venv .local
