# `make demo` is all that a newcomer needs; `make help` lists the rest.
.PHONY: help setup demo test coverage test-compose bench matrix lock docs site pictures wheel man clean dev packages static
.PHONY: audit licences sbom
.DEFAULT_GOAL := help

# Two servers and a browser share the machine with the tests: more workers than cores would only wait.
WORKERS ?= 2
PYTEST_ARGS ?=
# What runs compose.yaml; where there is neither, compose-here of the shared folder makes a podman of Debian's do it.
COMPOSE ?= $(if $(shell command -v docker),docker compose,../shared/tools/compose-here)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## make .venv and fetch the viewers' bundles, both from lock files
	@tools/setup run

demo: setup ## serve the sample shelf at http://localhost:8080 (PORT and LECTERN_PUBLIC_URL change that)
	@exec .venv/bin/lectern demo

test: dev packages static ## run every check and every test; as root on Debian, install what they need first
	@.venv/bin/pytest -n $(WORKERS) --dist loadfile $(PYTEST_ARGS)

coverage: dev packages ## run every test and print what of the program they never reach; takes half as long again
	@.venv/bin/pytest -n $(WORKERS) --dist loadfile --cov --cov-report=term:skip-covered $(PYTEST_ARGS)

test-compose: dev ## bring up compose.yaml in real containers and try it (takes minutes; COMPOSE names the command)
	@COMPOSE='$(COMPOSE)' .venv/bin/pytest -n 0 tests/compose $(PYTEST_ARGS)

static: dev ## run the checks that need no server: style, types, import rules, dependencies
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/deptry .

bench: dev ## measure this machine (nothing is asserted)
	@.venv/bin/python -m tests.load
	@.venv/bin/python -m tests.load.readers
	@.venv/bin/python -m tests.load.search process --pages 3000
	@.venv/bin/python -m tests.load.search http
	@.venv/bin/python -m tests.load.search beside
	@.venv/bin/python -m tests.load.auth verify
	@.venv/bin/python -m tests.load.auth sessions
	@.venv/bin/python -m tests.load.auth tokens
	@.venv/bin/python -m tests.load.image beside
	@.venv/bin/python -m tests.load.image osd
	@.venv/bin/python -m tests.load.image memory
	@.venv/bin/python -m tests.load.image gate
	@.venv/bin/python -m tests.load.viewers typing
	@.venv/bin/python -m tests.load.viewers tiles
	@.venv/bin/python -m tests.load.viewers size
	@.venv/bin/python -m tests.load.viewers axe
	@.venv/bin/python -m tests.load.viewers cells

docs: dev ## write the pages of docs/ that are made from the code
	@.venv/bin/python tools/reference.py
	@.venv/bin/python tools/threats.py

audit: dev ## ask whether holes are known in what is locked, and say so if nobody could be asked
	@.venv/bin/python tools/audit.py

licences: dev ## write docs/licences.md; fails for terms that are not allowed
	@.venv/bin/python tools/licences.py

sbom: dev ## write what a release is made of to dist/lectern.cdx.json (CycloneDX)
	@.venv/bin/python tools/bom.py dist/lectern.cdx.json

site: dev ## build the documentation as a site in docs/_build (nothing in it is fetched from elsewhere)
	@.venv/bin/python -m sphinx -q -W --keep-going -b html docs docs/_build

pictures: dev ## take the pictures of README and docs anew, of the sample shelf
	@.venv/bin/python -m tests.viewers.pictures

wheel: dev ## make dist/lectern_iiif-*.whl, which runs without this checkout
	@tools/wheel

man: dev ## make man pages and completions in build/share (man -l build/share/man/man1/lectern.1)
	@.venv/bin/python tools/shell_files.py build

matrix: dev packages ## try the viewers in every deployment and write docs/viewers.md
	@LECTERN_WRITE_MATRIX=1 .venv/bin/pytest -n $(WORKERS) --dist loadfile tests/viewers $(PYTEST_ARGS)

lock: ## resolve the dependencies anew and write all lock files
	@tools/lock

clean: ## remove what setup and tests made; a home (lectern-data) stays
	rm -rf .venv node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

dev:
	@tools/setup dev

packages:
	@tools/packages
