# make demo    a virtual environment, a workspace of example accounts, a run, and what it gave
# make test    every test
# make check   formatting, lint, types, and which part may import which
#
# Needs Python 3.11 or later and what pip can fetch. PYTHON=python3.12 picks another Python.

PYTHON = python3
PIP = .venv/bin/pip --disable-pip-version-check
TENURE = .venv/bin/tenure
DEMO = demo
ON = 2026-03-02
DAY_BEFORE = 2026-03-01
ACCOUNT = 00242

.PHONY: demo test check clean

# The example is made anew each time, so that the demo can be run again.
# Run and preview end with 1 where rows are left out, and the example has bad values on purpose.
demo: .venv/installed
	rm -rf $(DEMO)
	@echo
	@echo "--- A workspace, with six months of example accounts"
	$(TENURE) init $(DEMO) --on $(ON)
	@echo
	@echo "--- Is anything wrong in it?"
	$(TENURE) validate --workspace $(DEMO)
	@echo
	@echo "--- The first run meets every account midway: most of what it finds is late, and skipped"
	$(TENURE) run --workspace $(DEMO) --on $(DAY_BEFORE) --format csv > $(DEMO)/first-run.csv || test $$? -eq 1
	@echo
	@echo "--- What would the next day's run do?"
	$(TENURE) preview --workspace $(DEMO) --on $(ON) || test $$? -eq 1
	@echo
	@echo "--- Do it"
	$(TENURE) run --workspace $(DEMO) --on $(ON) --format csv > $(DEMO)/run.csv || test $$? -eq 1
	@echo
	@echo "--- Who does what?"
	$(TENURE) actions --workspace $(DEMO) --on $(ON) --status issued
	@echo
	@echo "--- Where does one account stand, and why?"
	$(TENURE) explain --workspace $(DEMO) --on $(ON) $(ACCOUNT)

test: .venv/dev
	.venv/bin/pytest -q -n auto --dist loadfile

# The packages lie in folders of other names; mypy and import-linter want to see them as `tenure`.
check: .venv/dev
	mkdir -p .venv/src/tenure
	for part in engine cli playbooks schemas; do ln -sfn "$(CURDIR)/$$part" .venv/src/tenure/$$part; done
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	MYPYPATH=.venv/src .venv/bin/mypy -p tenure
	PYTHONPATH=.venv/src .venv/bin/lint-imports

clean:
	rm -rf .venv build $(DEMO)

.venv/bin/python:
	$(PYTHON) -m venv .venv

# Editable: what is changed here is what runs.
.venv/installed: pyproject.toml .venv/bin/python
	$(PIP) install --quiet --editable .
	touch $@

# Any pip can read this list; `pip install --group` wants one of 2025.
.venv/dev: pyproject.toml .venv/installed
	.venv/bin/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['dependency-groups']['dev'], sep='\n')" > .venv/dev.txt
	$(PIP) install --quiet --requirement .venv/dev.txt
	touch $@
