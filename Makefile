# make run: from nothing but Python 3.11+ to a played scenario.  make test, make check: what CI runs.

PYTHON ?= python3
SCENARIO ?= scenarios/busy_hour.yaml

# Paths are relative to this directory, so that its own path may hold spaces.
VENV := .venv
RUN := $(VENV)/bin/python -m
INSTALLED := $(VENV)/.installed

.PHONY: run test check bench notebooks docs guide lock clean

run: $(INSTALLED)
	$(RUN) sim run "$(SCENARIO)"

test: $(INSTALLED)
	$(RUN) pytest -q -n auto --dist worksteal -m "not slow"

check: $(INSTALLED)
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy
	$(RUN) pytest -q -n auto --dist worksteal -m slow
	$(RUN) pytest -q --nbmake notebooks

bench: $(INSTALLED)
	$(RUN) benchmarks

# The notebooks that people open, from the sources that people change.
notebooks: $(INSTALLED)
	$(RUN) jupytext --quiet --to ipynb notebooks/*.py

# The schema and the tables that say what the code says.
docs: $(INSTALLED)
	$(RUN) sim schema > docs/scenario.schema.json
	$(VENV)/bin/python docs/write_tables.py

# Every statement of the guide that can be true or false of a deployment, played.
guide: $(INSTALLED)
	$(VENV)/bin/python docs/write_guide.py

# uv resolves for all platforms at once; it is a tool of this target alone, so the lock does not hold it.
lock: $(INSTALLED)
	$(RUN) pip install --quiet uv
	$(RUN) uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --quiet -o requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
	find sim tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): pyproject.toml requirements.lock
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "$(PYTHON): not found; install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "umtwin needs Python 3.11 or newer; $(PYTHON) is $$("$(PYTHON)" -V 2>&1)." >&2; \
		echo "Name a newer one: make PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments: install its venv package" >&2; \
		echo "(Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)
	$(RUN) pip install --quiet --require-hashes -r requirements.lock
	$(RUN) pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
