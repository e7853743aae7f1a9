# Every target sets itself up: a virtual environment of its own in .venv, nothing else is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready-test

.PHONY: build test test-slow lint types fmt check clean-all bench bench-large old-clients bi-clients crash dbt spark

build: $(VENV)/.ready
	$(BIN)/pipeline build

test: $(READY)
	$(BIN)/python -m pytest -n auto --dist worksteal

# Crash, scale, oracle and random runs, hours in all, in parts with a limit each: PARTS="engine crash" for some of them,
# MINUTES=30 begins no further part then. CONTRIBUTING.md has the parts and what they take; dbt and Spark: make dbt, make spark.
test-slow: $(READY)
	$(BIN)/python -m tests.slow $(PARTS) $(if $(MINUTES),--minutes $(MINUTES))

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfmt --check --quiet models tests/data

types: $(READY)
	$(BIN)/mypy

check: lint types test

fmt: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/sqlfmt --quiet models tests/data

# Every figure of benchmarks/README.md at small sizes: a quarter of an hour. PARTS="start sample" for some; RECORD=--record
# writes them into the README. RETENTION_DBT and RETENTION_SQLMESH name programs to compare with.
bench: $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[bench]"
	$(BIN)/python -m benchmarks $(PARTS) $(RECORD)

# 10 and 100 million order lines, 100 million events, a million accounts, 1 GB of marts: hours, and 60 GB of disk in TMPDIR.
bench-large: $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[bench]"
	$(BIN)/python -m benchmarks $(PARTS) --large $(RECORD)

# Real DuckDB clients from PyPI, 1.1 to 1.5, each in an environment of its own in a temporary folder, open what we
# publish; FILE=warehouse/retention.duckdb for a file of yours.
old-clients: $(READY)
	$(BIN)/python -m tests.publishing.old_clients $(FILE)

# Superset's SQLAlchemy, Harlequin, pandas, polars, the DuckDB CLI: the blocks of docs/bi.md on a published file.
bi-clients: $(READY)
	$(BIN)/python -m tests.publishing.bi_clients $(or $(FILE),warehouse/retention.duckdb)

# Kill -9 whole builds and publications under readers; prints how many and what readers saw.
crash: $(READY)
	$(BIN)/python -m pytest -m slow -s tests/publishing

# dbt itself builds this folder and the small projects of tests/dbt_projects, in an environment of its own; their tables,
# statuses and test results are compared with ours; the project that calls dbt_utils where RETENTION_DBT_UTILS names its folder.
dbt: $(READY) $(VENV)-dbt/.ready
	RETENTION_DBT=$(VENV)-dbt/bin/dbt $(BIN)/python -m pytest -m "slow or not slow" tests/dbt

$(VENV)-dbt/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)-dbt
	$(VENV)-dbt/bin/python -m pip install --quiet "$$(grep ^duckdb== constraints.txt)" --editable ".[dbt]"
	@touch $@

# The translation to Spark on a Spark Connect server without Java (Sail), and on Apache Spark where
# RETENTION_SPARK_HOME names one (make .venv-spark-server/.ready; a JVM of 17 or 21 is needed). ARGS: pytest's.
spark: $(VENV)-spark/.ready
	$(VENV)-spark/bin/python -m pytest -m "slow or not slow" -rs tests/spark $(ARGS)

$(VENV)-spark/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)-spark
	$(VENV)-spark/bin/python -m pip install --quiet --constraint constraints.txt --editable ".[test,spark,spark-test]"
	@touch $@

$(VENV)-spark-server/.ready:
	$(PYTHON) -m venv $(VENV)-spark-server
	$(VENV)-spark-server/bin/python -m pip install --quiet "pyspark==4.3.0"
	@touch $@

$(VENV)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(READY): $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[test]"
	@touch $@

clean-all:
	rm -rf $(VENV) $(VENV)-dbt $(VENV)-spark $(VENV)-spark-server target warehouse
