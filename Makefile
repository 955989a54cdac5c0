# Everything one does with this project. `make` alone lists it.
SHELL := bash
PYTHON ?= python3
VENV := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help run dev test test-pages test-audit test-races test-live test-long coverage screenshots bench bench-quick bench-parts bench-reads bench-processes faults machines guide upgrades model check format messages schema fuzz lock raise-pins update sbom vulnerable setup setup-dev setup-audit

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

run: setup ## run the shop with its database, cache, worker and clock on http://127.0.0.1:8000 (PORT=8001 for another)
	@exec $(VENV)/python -m config.runtime.serve --with-parent

dev: setup ## the same with DEBUG=1, started again when the code changes
	@exec $(VENV)/python -m config.runtime.serve --with-parent --dev

# Live and long tests wait for processes for half of their time, so they take one more worker than there are cores.
TESTS := $(VENV)/python -m pytest --dist loadgroup --no-loadscope-reorder -n
test: setup-dev ## run the tests, with servers of their own
	@exec $(TESTS) 3 -m "not pages and not audit and not races and not live and not long" $(PYTEST)

test-pages: setup-dev ## run the tests that look at whole pages, of the shop and of the desk
	@exec $(TESTS) 3 -m "pages and not races and not live and not long" $(PYTEST)

test-audit: setup-dev ## run the tests that damage the books in each way and have the audit find it
	@exec $(TESTS) 3 -m "audit and not races and not live and not long" $(PYTEST)

test-races: setup-dev ## run the tests in which many do it at once, each on a connection of its own, and those of sockets
	@exec $(TESTS) 2 -m "races and not live and not long" $(PYTEST)

test-live: setup-dev ## run the tests that need a running shop: journeys, faults, browser, fuzz, `make run` itself
	@exec $(TESTS) 3 -m "live and not long" $(PYTEST)

test-long: setup-dev ## run the long rounds
	@exec $(TESTS) 3 -m long $(PYTEST)

coverage: setup-dev ## run all but `test-long` with branch coverage, which takes twice as long
	@exec $(TESTS) 2 -m "not long" --cov $(PYTEST)

screenshots: setup-dev ## take the README's pictures anew, from a demo shop of its own
	@REQUIRE_BROWSER=1 $(VENV)/python -m pytest -n 0 tests/browser/screenshots.py $(PYTEST)

bench: setup ## measure what an order costs, beside what the database can do, into docs/performance.md, README.md and benchmarks/results
	@exec $(VENV)/python -m benchmarks --keep

bench-quick: setup ## the same with few orders: it fails on what is wrong, never on a time
	@exec $(VENV)/python -m benchmarks --quick

bench-parts: setup ## measure each part alone that all orders go through (docs/scaling.md)
	@exec $(VENV)/python -m benchmarks --parts

bench-reads: setup ## measure what reads cost with a million orders and products (ROWS=), beside a thousand
	@exec $(VENV)/python -m benchmarks --reads $(if $(ROWS),--rows $(ROWS))

bench-processes: setup ## measure an order with one, two and four web and worker processes
	@exec $(VENV)/python -m benchmarks --processes

# One run takes SECONDS, and a minute or two besides: to start, and to come to rest. ONLY=valkey,web.kill names what may happen.
SECONDS := 60
SEED := 1
ONLY :=
CLIENTS := 6
ORDERS := 200
PLAIN := 0
WAITING := 1000
KINDS :=
PREPARED :=
PAIRS :=
EVERY := 3.5
COUNT := 10000
AT :=
faults: setup ## drive a shop while its processes die (SECONDS, SEED, ONLY, CLIENTS: docs/faults.md), and hold what was promised against what is there
	@exec $(VENV)/python -m faults --seconds "$(SECONDS)" --seed "$(SEED)" --only "$(ONLY)" --clients "$(CLIENTS)" --orders "$(ORDERS)" \
		--plain "$(PLAIN)" --every "$(EVERY)" --waiting "$(WAITING)" --kinds "$(KINDS)" $(if $(PREPARED),--prepared "$(PREPARED)") $(if $(PAIRS),--pairs) --count "$(COUNT)" $(if $(AT),--at "$(AT)")

machines: setup ## the shop on many hosts (network namespaces, as root), killed and cut off one at a time; SHORT=1 takes some three minutes
	@exec $(VENV)/python -m faults.machines $(if $(SHORT),--short)

guide: setup ## follow docs/operate.md to the first order in a fresh Debian (debootstrap, as root); it takes some minutes
	@exec $(VENV)/python -m faults.guide

upgrades: setup-dev ## the last release against this version: taken over under traffic, with figures, and its tests on the new tables
	@exec $(VENV)/python -m pytest -n 0 -s tests/releases $(PYTEST)

model: setup ## try every interleaving of the order flow with spin (docs/model.md)
	@exec $(VENV)/python -m faults.model

fuzz: setup-dev ## send the API what its schema allows and forbids for ten minutes
	@FUZZ_SECONDS=300 $(VENV)/python -m pytest -n 0 tests/config/api/test_schema_fuzz.py $(PYTEST)

# Nothing is started for the checks: the addresses only have to be there.
check messages schema: export SECRET_KEY = check
check messages schema: export DATABASE_URL = postgres://check@/check?host=/nowhere
check messages schema: export REDIS_URL = unix:///nowhere
check messages schema: export STRIPE_SECRET_KEY = check
check messages schema: export STRIPE_WEBHOOK_SECRET = check
check: setup-dev ## everything but tests: format, lint, layers, types, templates, scripts and styles, spelling, migrations, settings, schema
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/lint-imports
	$(VENV)/mypy
	$(if $(wildcard templates/*),$(VENV)/djlint --lint --quiet templates)
	$(VENV)/codespell
	@if [ -x $(VENV)/biome ]; then $(VENV)/biome lint --error-on-warnings; else echo "No linter of JavaScript and CSS for this machine: CI has it"; fi
	$(VENV)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(VENV)/python -W ignore::RuntimeWarning -m config.migration_rules
	$(PRODUCTION) $(VENV)/python -W ignore::RuntimeWarning manage.py check --deploy --fail-level WARNING
	@$(SPECTACULAR) | diff docs/openapi.yaml - || { echo "docs/openapi.yaml is not what the code makes: run make schema" >&2; exit 1; }

# A shop as its owners run it. The key is long and random enough for the check, and nobody's.
PRODUCTION := DEMO=0 DEBUG=0 BEHIND_PROXY=1 PUBLIC_URL=https://shop.example SECRET_KEY=$(shell printf %s {a..z} {A..Z} {0..9})
# Made in English, whatever the person's own language.
SPECTACULAR := $(VENV)/python manage.py spectacular --lang en --validate --fail-on-warn
schema: setup-dev ## write the API's schema into docs/openapi.yaml
	$(SPECTACULAR) --file docs/openapi.yaml

format: setup-dev ## put the code into its form
	$(VENV)/ruff format .
	$(VENV)/ruff check --fix .

# Sorted, without line numbers and dates, a catalogue changes only where its words do.
CATALOGUE := locale/vi/LC_MESSAGES/django.po
messages: setup-dev ## collect the words to be translated into locale/vi (needs gettext)
	$(VENV)/python manage.py makemessages --locale vi --ignore .venv --ignore tests --no-location --no-wrap --no-obsolete
	@sed '/^"POT-Creation-Date:/d; /^"Report-Msgid-Bugs-To:/d' $(CATALOGUE) | msgcat --sort-output --no-wrap - > $(CATALOGUE).new && mv $(CATALOGUE).new $(CATALOGUE)

COMPILE := $(VENV)/pip-compile --quiet --strip-extras --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links
lock: setup-dev ## compile the requirements files from their .in files, and write the list of parts
	$(COMPILE) --output-file requirements.txt requirements.in
	$(COMPILE) --output-file requirements-traces.txt requirements-traces.in
	$(COMPILE) --output-file requirements-dev.txt requirements-dev.in
	$(COMPILE) --output-file requirements-audit.txt requirements-audit.in
	@$(MAKE) --no-print-directory sbom

raise-pins: setup-dev
	@for name in requirements requirements-traces requirements-dev requirements-audit; do \
		bin/raise-pins loosen $$name.in > $$name-raised.in && \
		$(COMPILE) --upgrade --output-file $$name-raised.txt $$name-raised.in && \
		bin/raise-pins tighten $$name.in $$name-raised.txt && \
		$(COMPILE) --upgrade --output-file $$name.txt $$name.in && rm $$name-raised.in $$name-raised.txt || exit 1; \
	done

update: ## raise every pin to the newest version that goes with the others, and run everything with it; changes nothing but files
	@$(MAKE) --no-print-directory raise-pins
	@for target in sbom check test test-pages test-audit test-races test-live test-long bench-quick; do $(MAKE) --no-print-directory $$target || exit 1; done
	@$(MAKE) --no-print-directory vulnerable

sbom: setup-audit ## write the list of parts, as CycloneDX, into deploy/sbom.json
	@$(AUDIT)/cyclonedx-py requirements --short-PURLs --output-reproducible --spec-version 1.6 --output-file deploy/sbom.json requirements.txt

# Whoever can't be asked is an error: a list that was not looked at is not a clean one.
vulnerable: setup-audit ## ask for what is known against the pinned versions (pip-audit; needs pypi.org itself)
	@$(AUDIT)/pip-audit --strict --disable-pip --no-deps --progress-spinner off --requirement requirements.txt \
		|| { echo "vulnerable: something is known against a version above, or the advisories could not be asked: nothing is proved" >&2; exit 1; }

AUDIT := .venv-audit/bin
setup-audit:
	@cmp --quiet requirements-audit.txt .venv-audit/installed.txt || { $(call need-python) && "$(PYTHON)" -m venv --clear .venv-audit \
		&& $(AUDIT)/python -m pip install -qq --disable-pip-version-check --requirement requirements-audit.txt && cp requirements-audit.txt .venv-audit/installed.txt; }

setup:
	@$(call need-python) && exec "$(PYTHON)" bin/setup requirements.txt

setup-dev:
	@$(call need-python) && exec "$(PYTHON)" bin/setup requirements-dev.txt

need-python = command -v "$(PYTHON)" >/dev/null || { echo "setup: $(PYTHON) is missing: install Python 3.11 or newer" >&2; exit 1; }
