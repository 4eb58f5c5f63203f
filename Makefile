# make demo       a virtual environment, a workspace of example accounts, two runs, and what they gave
# make test       the tests that are not marked slow; minutes
# make test-slow  the tests marked slow: simulated years, crashes, long series; with `make test`, every test
# make test-all   both in one go, which keeps all processors busy to the end; TESTS="slow or not hypothesis" picks some
# make test-properties  the property tests with all their examples; SEED=random tries new ones
# make faults     kills, failing system calls, power cuts and flipped bits, on Linux with a C compiler; then workers,
#                 drivers, databases and storages that fail, with PostgreSQL; takes a while
# make clusters   the whole messy year and many random playbooks by each executor, in each kind of store (an hour or two)
# make mutants    small changes of the engine, of which the tests should notice 90 % (hours; MUTANTS=10 of each package)
# make check      formatting, lint, types, which part may import which, and the prose of the texts
# make docs       the documentation as a site, in docs/_build/html
# make links      every link of the documentation, to other sites too; needs a network
#
# Needs Python 3.11 or later and what pip can fetch. PYTHON=python3.12 picks another Python.

PYTHON = python3
PIP = .venv/bin/pip --disable-pip-version-check
TENURE = .venv/bin/tenure
DEMO = demo
MUTANTS = 60
SEED = 0
TESTS =
PYTEST = .venv/bin/pytest -q -n auto --dist loadfile --no-loadscope-reorder --durations 30

# Compiled code is kept, even where the environment says not to: each process that runs tests, and each that a test
# starts, would compile all of it first.
unexport PYTHONDONTWRITEBYTECODE

# A quarter's first day, on which every playbook has something to do.
ON = 2026-04-01
DAY_BEFORE = 2026-03-31

# Who is looked at: a CSM, and accounts in four playbooks, before a review, and on an anniversary.
CSM = Alice Martin
ACCOUNT = 00012
REVIEWED = 00243
CELEBRATED = 00243
SELF_SERVED = 00002

# From when on there are snapshots of every account.
SINCE = 2025-10-08

.PHONY: demo test test-slow test-all test-properties faults clusters mutants check docs links clean

# The example is made anew each time, so that the demo can be run again.
# Run, preview and metrics end with 4 where rows are left out, and the example has bad values on purpose.
demo: .venv/installed
	rm -rf $(DEMO)
	@echo
	@echo "--- A workspace, with six months of example accounts"
	$(TENURE) init $(DEMO) --demo --on $(ON)
	@echo
	@echo "--- Is anything wrong in it?"
	$(TENURE) validate --workspace $(DEMO)
	@echo
	@echo "--- The first run meets every account midway: most of what it finds is late, and skipped"
	$(TENURE) run --workspace $(DEMO) --on $(DAY_BEFORE) --today $(ON) --format csv > $(DEMO)/first-run.csv || test $$? -eq 4
	@echo
	@echo "--- What would the next day's run do? Nothing is written yet"
	$(TENURE) preview --workspace $(DEMO) --on $(ON) --format brief || test $$? -eq 4
	@echo
	@echo "--- Do it"
	$(TENURE) run --workspace $(DEMO) --on $(ON) --today $(ON) --format csv > $(DEMO)/run.csv || test $$? -eq 4
	@echo
	@echo "--- Who has how much to do?"
	$(TENURE) actions --workspace $(DEMO) --on $(ON) --status issued --format brief
	@echo
	@echo "--- The morning's list of one CSM"
	$(TENURE) actions --workspace $(DEMO) --on $(ON) --status issued --owner "$(CSM)" \
		--columns due_on,account_name,kind,title,playbook
	@echo
	@echo "--- Which of the quarter's reviews by email wait or are withheld, and why?"
	$(TENURE) actions --workspace $(DEMO) --on $(ON) --status postponed --status withheld \
		--playbook self_serve_review --columns account_id,status,reason
	@echo
	@echo "--- A message, in the customer's language"
	$(TENURE) actions --workspace $(DEMO) --on $(ON) --account $(CELEBRATED) --playbook anniversary --messages \
		--columns account_name,kind,title,owner
	@echo
	@echo "--- A review, from its preparation to its agenda, as Markdown"
	$(TENURE) actions --workspace $(DEMO) --from 2026-03-01 --account $(REVIEWED) --playbook reviews --status issued \
		--columns due_on,kind,title,owner --format markdown
	@echo
	@echo "--- Where does one account stand?"
	$(TENURE) explain --workspace $(DEMO) --on $(ON) $(ACCOUNT) --format brief
	@echo
	@echo "--- Why does it stand there?"
	$(TENURE) explain --workspace $(DEMO) --on $(ON) $(ACCOUNT) --playbook loyalty
	@echo
	@echo "--- A playbook, drawn in Mermaid"
	$(TENURE) graph --workspace $(DEMO) win_back
	@echo
	@echo "--- The next 30 days, if accounts stayed as they are: nobody renews, no review is held"
	$(TENURE) preview --workspace $(DEMO) --on $(ON) --until +30d --format brief || test $$? -eq 4
	@echo
	@echo "--- What has it achieved since October? Revenue, customers and renewals kept, reviews held"
	$(TENURE) metrics revenue customers renewals reviews --workspace $(DEMO) --on $(ON) --from $(SINCE) \
		|| test $$? -eq 4
	@echo
	@echo "--- Who is still there, by month of signup?"
	$(TENURE) metrics cohorts --workspace $(DEMO) --on $(ON) --by cohort --periods months \
		|| test $$? -eq 4
	@echo
	@echo "--- What a CSM prepares before a review: what nobody knows yet is marked"
	$(TENURE) report qbr_prep $(REVIEWED) --workspace $(DEMO) --on $(ON)
	@echo
	@echo "--- One page on all accounts, and a review by email, to open in a browser"
	$(TENURE) report portfolio --workspace $(DEMO) --on $(ON) --output $(DEMO)/portfolio.html
	$(TENURE) report self_serve_review $(SELF_SERVED) --workspace $(DEMO) --on $(ON) --format html \
		--output $(DEMO)/review.html
	@ls -l $(DEMO)/*.html

test: .venv/dev
	$(PYTEST) -m "not slow"

test-slow: .venv/dev .venv/cluster
	$(PYTEST) -m slow

test-all: .venv/dev .venv/cluster
	$(PYTEST) $(if $(TESTS),-m "$(TESTS)")

test-properties: .venv/dev
	HYPOTHESIS_PROFILE=long $(PYTEST) -m "hypothesis and not slow" --hypothesis-seed $(SEED)

# Numbers of trials can be given: make faults FAULTS="--power-cuts 100 --seed 2" CLUSTER_FAULTS="--trials 20"
faults: .venv/dev .venv/cluster
	PYTHONPATH=tests .venv/bin/python -m faults $(FAULTS)
	PYTHONPATH=tests .venv/bin/python -m cluster_faults $(CLUSTER_FAULTS)

clusters: .venv/dev .venv/cluster
	HYPOTHESIS_PROFILE=long $(PYTEST) tests/scenarios/messy/test_messy_clusters.py tests/runs/test_clusters_and_servers.py

mutants: .venv/dev
	.venv/bin/python tests/mutants --each $(MUTANTS) --at-least 90

# The packages lie in folders of other names; mypy and import-linter want to see them as `tenure`.
check: .venv/dev
	rm -rf .venv/src
	mkdir -p .venv/src/tenure
	ln -s "$(CURDIR)"/api/*.py "$(CURDIR)"/api/py.typed .venv/src/tenure/
	for part in engine cli playbooks schemas; do ln -s "$(CURDIR)/$$part" .venv/src/tenure/$$part; done
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	MYPYPATH=.venv/src .venv/bin/mypy -p tenure
	PYTHONPATH=.venv/src .venv/bin/lint-imports
	.venv/bin/python tests/support/prose.py

# Warnings are errors, dead links within the site too. The build needs no network.
docs: .venv/docs
	.venv/bin/sphinx-build --fail-on-warning --keep-going --quiet --builder html docs docs/_build/html
	@echo "The site is in docs/_build/html: open docs/_build/html/index.html"

links: .venv/docs
	.venv/bin/sphinx-build --quiet --builder linkcheck docs docs/_build/links

clean:
	rm -rf .venv build docs/_build $(DEMO)

.venv/bin/python:
	$(PYTHON) -m venv .venv

# Editable: what is changed here is what runs.
.venv/installed: pyproject.toml .venv/bin/python
	$(PIP) install --quiet --editable .
	touch $@

# Any pip can read these lists; `pip install --group` wants one of 2025.
.venv/dev .venv/docs .venv/cluster: pyproject.toml .venv/installed
	.venv/bin/python -c "import sys, tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['dependency-groups'][sys.argv[1]], sep='\n')" $(@F) > $@.txt
	$(PIP) install --quiet --requirement $@.txt
	touch $@
