# Shiming: two commands are enough, `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV_VERSION := 0.13.8
DATA   ?= var
PYTEST_ARGS ?=
BENCH_ARGS ?=
SHELL  := /bin/bash
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help

.PHONY: help
help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; v=sys.version_info[:2]; sys.exit(None if (3,11)<=v<=(3,14) else f"expected Python 3.11 to 3.14, got {v[0]}.{v[1]}; try: make PYTHON=python3.12 run")'
	@echo "[1/4] Python environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet uv==$(UV_VERSION)

# uv is fast and reads the same hashes; pip stands in where only pip is set up for the local package index. Bytecode is made once,
# here: where Python may write none (PYTHONDONTWRITEBYTECODE), every start of the program would take 1 s of CPU longer.
define install
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r $(1) || $(BIN)/python -m pip install --quiet --require-hashes -r $(1)
endef

$(VENV)/.run: $(BIN)/uv requirements/run.lock
	@echo "[2/4] libraries, by pinned hashes (requirements/run.lock)"
	$(call install,requirements/run.lock)
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.lock
	@echo "[2/4] development tools, by pinned hashes (requirements/dev.lock)"
	$(call install,requirements/dev.lock)
	@touch $@

$(VENV)/.built: $(VENV)/.run pyproject.toml hatch_build.py build_weights.py $(shell find web -type f -not -path '*/node_modules/*')
	@echo "[3/4] web assets and model files"
	@$(BIN)/python hatch_build.py
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps -e . || $(BIN)/python -m pip install --quiet --no-deps -e .
	@$(BIN)/python -m compileall -q src
	@touch $@

.PHONY: run
run: $(VENV)/.built ## sets everything up and serves the demo on localhost (DATA=folder to keep its data in)
	@echo "[4/4] database and demo data in $(DATA)"
	@$(BIN)/shiming serve --demo --data $(DATA)

.PHONY: test
test: $(VENV)/.dev $(VENV)/.built ## sets up what is missing, runs every test that can run here, says what it left out
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST_ARGS)

.PHONY: lint
lint: $(VENV)/.dev $(VENV)/.built ## style, types and the import contract
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd web && npx tsc --noEmit

.PHONY: bench
bench: $(VENV)/.dev $(VENV)/.built ## what the docs claim about speed and accuracy, measured again
	$(BIN)/python bench/run.py

BENCH := build/bench/venv

$(BENCH)/.made: requirements/bench.lock | $(BIN)/uv
	@echo "rivals for the bench of reading, by pinned hashes (requirements/bench.lock)"
	@$(PYTHON) -m venv $(BENCH)
	@VIRTUAL_ENV=$(BENCH) $(BIN)/uv pip install --quiet --require-hashes -r requirements/bench.lock || $(BENCH)/bin/python -m pip install --quiet --require-hashes -r requirements/bench.lock || echo "rivals could not be installed; the report says which are left out"
	@touch $@

.PHONY: bench-reading
bench-reading: $(VENV)/.dev $(VENV)/.built $(BENCH)/.made ## reading measured beside rapidocr, PassportEye, tesseract; BENCH_ARGS='--sides 60 --tuning'
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 OMP_THREAD_LIMIT=1 $(BIN)/python bench/reading.py $(BENCH_ARGS)

.PHONY: bench-attacks
bench-attacks: $(VENV)/.dev $(VENV)/.built ## attacks on liveness sessions, made of stills (SHIMING_TESTDATA)
	$(BIN)/python bench/run.py attacks

.PHONY: bench-duplicates
bench-duplicates: $(VENV)/.dev $(VENV)/.built ## one face among up to a million: recall, CPU, memory (SHIMING_TESTDATA with faces/lfw)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 $(BIN)/python bench/duplicates.py $(BENCH_ARGS)

.PHONY: bench-faces
bench-faces: $(VENV)/.dev $(VENV)/.built ## face comparison measured on LFW (SHIMING_TESTDATA), clean and ID-like, beside face_recognition; BENCH_ARGS='--others DIR'
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 nice $(BIN)/python bench/faces.py $(BENCH_ARGS)

.PHONY: docs
docs: $(VENV)/.dev $(VENV)/.built ## writes the API description to docs/openapi.json
	$(BIN)/python -m shiming.web.describing docs/openapi.json

.PHONY: wheel
wheel: $(VENV)/.dev $(VENV)/.built ## builds the wheel, web assets and model files inside
	$(BIN)/uv build --wheel --out-dir dist

.PHONY: lock
lock: $(BIN)/uv ## resolves the pinned requirements again
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 pyproject.toml --group dev -o requirements/dev.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 pyproject.toml -c requirements/dev.lock -o requirements/run.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --group bench -o requirements/bench.lock

.PHONY: clean
clean: ## removes what was built; data in $(DATA) stay
	rm -rf $(VENV) build dist web/node_modules src/shiming/web/static/dist src/shiming/reading/vision/weights .mypy_cache .ruff_cache .pytest_cache .hypothesis
