# The two commands a newcomer needs: make demo, make test. Everything else: make help.
# Each target creates .venv and installs the pinned packages by itself when needed.
.DEFAULT_GOAL := help
.PHONY: help demo stop manage test check bench format lock clean clean-data setup setup-dev system python

PYTHON ?= $(shell command -v python3.11 || command -v python3)
DISTRICT ?= jiangyuan
PORT ?= 8000
ARGS ?=
LOCAL := .venv/bin/python -m config.local

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: setup ## run the demo: make demo [DISTRICT=jiangyuan] [PORT=8000]; Ctrl-C stops it
	@exec $(LOCAL) demo --district "$(DISTRICT)" --port "$(PORT)" --follow-parent

stop: setup ## stop running demos, e.g. in another terminal: make stop [DISTRICT=yanji]
	@exec $(LOCAL) stop $(if $(filter file,$(origin DISTRICT)),,"$(DISTRICT)")

manage: setup ## run a management command in the running demo: make manage ARGS="verify_history"
	@exec $(LOCAL) with "$(DISTRICT)" -- python manage.py $(ARGS)

test: setup-dev system ## run all tests, or some: make test ARGS="tests/common -k scope"
	@exec $(LOCAL) test -- $(ARGS)

check: setup-dev ## lint, format, types, import rules, templates, migrations, deployment
	@exec $(LOCAL) run --keep-env -- $(LOCAL) check

bench: setup-dev ## benchmarks against limits measured in the same run
	@exec $(LOCAL) run -- .venv/bin/python -m bench $(ARGS)

format: setup-dev ## format the code
	@.venv/bin/python -m ruff check --fix --quiet . ; exec .venv/bin/python -m ruff format .

lock: setup-dev ## resolve requirements*.txt into the lock files with hashes
	@exec $(LOCAL) lock

clean: ## remove caches and .venv, keep the demo's data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.local/*' -prune -exec rm -rf {} +

clean-data: stop ## remove the data of all demos
	rm -rf .local

setup setup-dev system: python

python:
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 或更新的版本：请以管理员身份运行 apt-get install python3 python3-venv" >&2; exit 1; }

setup:
	@$(PYTHON) -m config.local setup

setup-dev:
	@$(PYTHON) -m config.local setup --dev

system:
	@$(PYTHON) -m config.local system
