# Everything a person does here. `make` alone lists it.
# PYTHON= picks another Python (3.11 or newer) to make .venv with.

PYTHON ?= python3
RATE ?=
FAULTS ?=
IN = .venv/bin/python

# Six processes start faster when Python may keep what it compiled, whatever the machine says of that elsewhere.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run dev test unit lint replay bench away evaluate train settings lock clean

help:  ## list what can be done here
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run:  ## set everything up and serve the site (PORT=8000 DATA=var)
	@$(PYTHON) bin/setup run
	@$(IN) -m worker.supervisor

dev:  ## the same, and the web processes reload when code changes
	@$(PYTHON) bin/setup run
	@RELOAD=1 $(IN) -m worker.supervisor

test:  ## lint, types and every test, with a real Postgres, broker and browser
	@$(PYTHON) bin/setup test
	@$(MAKE) --no-print-directory checks
	@$(IN) -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

unit:  ## the fast tests only (half a minute at most)
	@$(PYTHON) bin/setup unit
	@$(IN) -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder -m "not slow and not browser and not store"

lint:  ## style, types and the import laws
	@$(PYTHON) bin/setup unit
	@$(MAKE) --no-print-directory checks

.PHONY: checks
checks:
	@$(IN) -m ruff check --quiet .
	@$(IN) -m ruff format --quiet --check .
	@$(IN) -m mypy
	@.venv/bin/lint-imports --no-logo

replay:  ## post the texts of FILE= through a throw-away site and count (RATE= a second, FAULTS=1)
	@$(PYTHON) bin/setup run
	@$(IN) -m bench.replay "$(FILE)" $(if $(RATE),--rate $(RATE)) $(if $(FAULTS),--faults)

bench:  ## how fast the pages and the live line are
	@$(PYTHON) bin/setup run
	@$(IN) -m bench

settings:  ## write docs/settings.md anew after a change of forum/config.py
	@$(IN) -c "from forum import config; print(config.as_page(), end='')" > docs/settings.md.new
	@mv docs/settings.md.new docs/settings.md

away:  ## write deploy/away.html anew after a change of the help lines (HELP_LINES= a site's own file)
	@HELP_LINES="$(HELP_LINES)" $(IN) -m forum.care.away > deploy/away.html.new
	@mv deploy/away.html.new deploy/away.html

evaluate:  ## measure the screener on labelled DATA= (HELD_OUT=1, CARD=part of docs/screening.md, PLOTS=folder), or on the corpus
	@$(PYTHON) -m moderation.training.evaluate $(if $(DATA),"$(DATA)") $(if $(HELD_OUT),--held-out) \
	  $(if $(CARD),--card "$(CARD)") $(if $(PLOTS),--plots "$(PLOTS)")

train:  ## make the screener's model anew from labelled DATA= and the corpus
	@$(PYTHON) bin/setup training
	@.venv-training/bin/python -m moderation.training.train "$(DATA)"

lock:  ## write the lock files anew after a change of pyproject.toml or package.json
	@$(PYTHON) bin/setup lock

clean:  ## remove what was installed and built; the data in var/ stays
	rm -rf .venv .venv-training node_modules static/dist .test-results .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
