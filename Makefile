# `make` alone lists what there is. Needs Python 3.12 or newer and nothing else to begin with.

PORT ?= 8000
HOST ?= 127.0.0.1
PYTHON := .venv/bin/python
RUN := .venv/bin
STEP := @./tests/step.sh
PYTEST := $(RUN)/pytest -q --no-header -n auto --maxprocesses 8 --dist worksteal
BENCH := sh -c '$(PYTHON) manage.py migrate -v 0 && $(PYTHON) manage.py bench'
export PYTHONDONTWRITEBYTECODE ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo test lint static bench lock clean messages requirements requirements-dev venv
.NOTPARALLEL:

help:
	@echo 'make demo      set up, fill with invented people, and serve on http://localhost:$(PORT)/ (PORT=8000)'
	@echo 'make test      everything that must be green: lint, tests on SQLite, in a browser and on PostgreSQL'
	@echo 'make lint      only what needs no database and no browser'
	@echo 'make bench     queries, milliseconds and bytes of each page, on SQLite and on PostgreSQL'
	@echo 'make messages  collect the texts to translate into trainingprog/locale and compile them'
	@echo 'make lock      write requirements*.txt anew from requirements*.in'
	@echo 'make clean     remove the environment, the demo database and what the tools left'

# ---- environment -----------------------------------------------------------------------------

venv:
	@if ! $(PYTHON) -c '' 2>/dev/null; then \
	  base=$$(./.ci/find-python) && echo "Making .venv with $$($$base --version)" \
	  && "$$base" -m venv --clear .venv; fi

# What was installed last is kept inside .venv: the same locked file is not installed again.
define install
	@if ! cmp -s $(1) .venv/installed-$(1); then \
	  echo 'Installing $(1)' \
	  && $(PYTHON) -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r $(1) \
	  && cp $(1) .venv/installed-$(1); fi
endef

requirements: venv
	$(call install,requirements.txt)

requirements-dev: venv
	$(call install,requirements-dev.txt)

# ---- what there is ---------------------------------------------------------------------------

# The demo has a database of its own; Ctrl-C ends the server and the task worker.
demo: export DEBUG := 1
demo: export DEMO := 1
demo: export DATABASE_URL ?= sqlite:///demo.sqlite3
demo: export SITE_URL ?= http://localhost:$(PORT)
demo: export PYTHONUNBUFFERED := 1
demo: export DJANGO_RUNSERVER_HIDE_WARNING := true
demo: requirements
	@$(PYTHON) manage.py migrate -v 0 && $(PYTHON) manage.py set_up -v 0 \
	  && $(PYTHON) manage.py load_demo || exit 1; \
	$(PYTHON) manage.py db_worker --no-reload & worker=$$!; \
	$(PYTHON) manage.py runserver $(HOST):$(PORT) & server=$$!; \
	trap 'kill $$server $$worker 2>/dev/null; wait; exit 0' INT TERM HUP; \
	wait $$server; status=$$?; kill $$worker 2>/dev/null; wait; exit $$status

lint: requirements-dev static

static:
	$(STEP) 'Format of the code' $(RUN)/ruff format --check .
	$(STEP) 'Rules of the code' $(RUN)/ruff check .
	$(STEP) 'Format of the templates' sh -c 'find templates trainingprog tutors participants courses -name "*.html" | xargs -r $(RUN)/djade --target-version 6.1 --check'
	$(STEP) 'Types' $(RUN)/mypy
	$(STEP) 'Layers' $(RUN)/lint-imports
	$(STEP) 'Migrations fit the models' $(PYTHON) manage.py makemigrations --check --dry-run
	$(STEP) 'Translations' $(PYTHON) tests/check_translations.py
	$(STEP) 'Safe in production' env DEBUG=0 SECRET_KEY="$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(64))')" \
	  CERTIFICATE_SIGNING_KEY="$$($(PYTHON) manage.py new_certificate_key | sed -n 's/^CERTIFICATE_SIGNING_KEY=//p')" \
	  ALLOWED_HOSTS=example.org SITE_URL=https://example.org EMAIL_HOST=mail.example.org DATABASE_URL=sqlite://:memory: \
	  $(PYTHON) manage.py check --deploy --fail-level WARNING

test: requirements-dev static
	$(STEP) 'Browser' ./tests/need_chromium.sh
	$(STEP) 'Tests on SQLite' env -u DATABASE_URL $(PYTEST) -m 'not browser' --cov --cov-report=term
	$(STEP) 'Tests in the browser' env -u DATABASE_URL $(PYTEST) -m browser
	$(STEP) 'Tests on PostgreSQL' $(PYTHON) tests/with_postgres.py $(PYTEST) -m 'not browser'
	@echo 'All green.'

# Measured as in production: no DEBUG, hashed and compressed static files, an empty database.
bench: export DEBUG := 0
bench: export SECURE_SSL_REDIRECT := 0
bench: export ALLOWED_HOSTS := *
bench: requirements
	@export SECRET_KEY=$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(64))'); \
	folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && $(PYTHON) manage.py collectstatic --noinput -v 0 \
	  && echo 'SQLite' && DATABASE_URL="sqlite:///$$folder/bench.sqlite3" $(BENCH) \
	  && echo 'PostgreSQL' && $(PYTHON) tests/with_postgres.py --own-database $(BENCH)

messages: requirements-dev
	@for domain in $$(cd trainingprog/locale/es/LC_MESSAGES && ls *.po | sed 's/\.po$$//'); do \
	  $(PYTHON) manage.py makemessages --domain $$domain --locale es --no-obsolete --no-wrap \
	    --add-location file --ignore 'static/vendor/*' --ignore '.venv/*' || exit 1; done
	@$(PYTHON) manage.py compilemessages --locale es --ignore .venv

lock: requirements-dev
	$(RUN)/uv pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.12 -q $(UPGRADE) requirements.in -o requirements.txt
	$(RUN)/uv pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.12 -q $(UPGRADE) requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf .venv staticfiles test-results .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	rm -f demo.sqlite3 demo.sqlite3-shm demo.sqlite3-wal
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
