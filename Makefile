# Everything here needs only make and Python 3.11 to 3.13; the environment is made in .venv on first use.

PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3 python; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && echo $$name && break; \
	done)
VENV := .venv
RUN := $(VENV)/bin/python -m

.PHONY: app quick test suite check bench solvers cards opponents texts notebooks fonts screenshots chromium servers npm clean

app: $(VENV)/runtime
	$(RUN) streamlit run app.py

# For the loop at the desk: lint, types, and the tests of what needs no TensorFlow, screen, worker or server.
CORE := base tasks encodings experiment presets.py query.py solvers analysis quiz rooms
CORE_TESTS := base tasks solvers analysis quiz networks/test_arrays.py networks/test_decoding.py \
	rooms/test_room.py rooms/test_names.py $(addprefix test_,\
	architecture.py comments.py encodings.py experiment.py guides.py presets.py public_api.py query.py texts.py)
quick: check
	$(RUN) pytest -q --numprocesses 2 -m "not slow" --hypothesis-profile quick \
		$(addprefix adder/,$(CORE)) $(addprefix tests/,$(CORE_TESTS))

test: $(VENV)/tests chromium servers npm
	$(MAKE) --jobs=2 check suite

# Three processes, a file to each at a time, since some tests wait for workers and servers. All are as nice as can be:
# workers are nice themselves, and would otherwise starve beside the tests.
suite: $(VENV)/tests
	nice -n 19 $(RUN) pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

check: $(VENV)/tests
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy

bench: $(VENV)/tests
	$(RUN) adder bench

# Retrains every solver that ships, and its snapshots. Each epoch's time changes with it: put the median of each history
# into the preset's seconds_an_epoch, as tests/test_presets.py then asks.
solvers: $(VENV)/runtime
	mkdir -p assets/snapshots
	$(RUN) adder presets --json | $(VENV)/bin/python -c \
		'import json, sys; [print(json.loads(line)["retrain"]) for line in sys.stdin]' | \
	while read command; do \
		$(VENV)/bin/$$command </dev/null || exit 1; \
	done
	$(MAKE) cards

# The card of each solver that ships, made of its file.
cards: $(VENV)/runtime
	for file in assets/solvers/*.adder; do \
		$(RUN) adder card $$(basename $$file .adder) >$${file%.adder}.md || exit 1; \
	done

# Brings the catalogues of all languages up to date with the texts in the code, and compiles them.
texts: $(VENV)/tests
	$(VENV)/bin/pybabel -q extract -F pyproject.toml --add-location=file --sort-by-file -o $(VENV)/adder.pot .
	$(VENV)/bin/pybabel -q update -i $(VENV)/adder.pot -d assets/locale -D adder \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(VENV)/bin/pybabel -q compile -d assets/locale -D adder

# Runs each notebook in a clean kernel, says how long it took, and keeps what it shows.
notebooks: $(VENV)/runtime
	$(VENV)/bin/pip install --quiet --disable-pip-version-check nbclient ipykernel vl-convert-python
	$(RUN) tests.bench.notebooks

# The fonts that pages load: icons, ours and Streamlit's own, and letters of the languages in Latin script. The whole ones
# would be half of what a page loads. A changed font may not keep its name (its licence, the OFL), so these have none.
STATIC = $(firstword $(wildcard $(VENV)/lib/python3*/site-packages/streamlit/static/static))
SUBSET = $(VENV)/bin/pyftsubset --flavor=woff2
LETTERS := --unicodes=U+0020-007E,U+00A0-017F,U+2000-209F,U+20AC,U+2190-2199,U+2212-2265,U+25A0-25CF,U+2713-2717 \
	--name-IDs=0,13,14
fonts: $(VENV)/runtime
	$(VENV)/bin/pip install --quiet --disable-pip-version-check "fonttools[woff]==4.68.0"
	grep -rhoE ':material/[a-z][a-z0-9_]+' app.py adder $(STATIC)/js | cut -d/ -f2 | sort -u >assets/fonts/icons.txt
	$(SUBSET) $(STATIC)/media/MaterialSymbols-Rounded* --glyphs-file=assets/fonts/icons.txt --ignore-missing-glyphs \
		--unicodes=U+0030-0039,U+005F,U+0061-007A --layout-features='*' --no-layout-closure \
		--output-file=assets/fonts/icons.woff2
	$(SUBSET) $(STATIC)/media/SourceSansVF-Upright* $(LETTERS) --output-file=assets/fonts/text.woff2
	$(SUBSET) $(STATIC)/media/SourceCodeVF-Upright* $(LETTERS) --output-file=assets/fonts/code.woff2

# Screenshots of every page and state, in each size, scheme and language.
screenshots: $(VENV)/tests chromium
	$(RUN) tests.browser.screenshots

# Retrains the quiz's half-trained opponents: runs of the preset that stop after an epoch.
opponents: $(VENV)/runtime
	$(RUN) adder presets --json | $(VENV)/bin/python -c \
		'import json, sys; [print(each["name"], age) for each in map(json.loads, sys.stdin) for age in each["half_trained"]]' | \
	while read name age; do \
		$(RUN) adder train $$name --stop $$age --out assets/opponents/$$name-epoch-$$age.adder </dev/null || exit 1; \
	done

# The browser tests need Chromium: one that is there, or Debian's, if this may install it.
chromium:
	@if [ -n "$$ADDER_CHROMIUM" ]; then exit 0; fi; \
	for name in chromium chromium-browser google-chrome google-chrome-stable chrome; do \
		command -v $$name >/dev/null 2>&1 && exit 0; \
	done; \
	if command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
		echo "Installing Chromium for the browser tests"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	else \
		echo "No Chromium was found, so the browser tests will be skipped."; \
		echo "Install it (on Debian: sudo apt-get install chromium) or name it in ADDER_CHROMIUM."; \
	fi

# The tests of several machines need PostgreSQL and HAProxy: those that are there, or Debian's, if this may install them.
servers:
	@missing=""; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing="postgresql"; \
	command -v haproxy >/dev/null 2>&1 || missing="$$missing haproxy"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
		echo "Installing for the tests of several machines:" $$missing; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null; \
	else \
		echo "Not found, so what needs them will be skipped:" $$missing; \
	fi

# The browser tests inject axe-core, and compose.yaml is held to the schema that dclint brings; both are for npm.
npm: $(VENV)/bin/python
	@if [ -e $(VENV)/npm/node_modules/axe-core/axe.min.js ] && \
		[ -e $(VENV)/npm/node_modules/dclint/schemas/compose.schema.json ]; then exit 0; fi; \
	if command -v npm >/dev/null 2>&1; then \
		npm install --silent --no-audit --no-fund --prefix $(VENV)/npm axe-core@4.14.1 dclint@3.1.0; \
	else \
		echo "No npm was found, so pages are not held to axe-core, and compose.yaml to no schema."; \
	fi

$(VENV)/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "adder needs Python 3.11, 3.12 or 3.13, and none was found. Install one, or name it: make PYTHON=…"; \
		exit 1; \
	fi
	@$(PYTHON) -m venv $(VENV) || { \
		rm -rf $(VENV); \
		echo "$(PYTHON) cannot make virtual environments (on Debian: apt-get install python3-venv)"; \
		exit 1; \
	}

$(VENV)/runtime: $(VENV)/bin/python requirements.txt
	$(RUN) pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

$(VENV)/tests: $(VENV)/runtime tests/requirements.txt
	$(RUN) pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis tests/screenshots
