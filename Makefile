# Two commands are enough: `make demo` and `make test`. Both set up what they need.
PYTHON ?= python3
PY := .venv/bin/python
ONCE ?=
BASKETS ?=
BENCH ?= tap
PARTS ?=
SEEDS ?= 300
FIRST ?= 1

export ONCE BASKETS BENCH

.PHONY: help demo test peers reports clickhouse bench sim sim-mutants model lint screenshots draw fonts lock setup clean

help:
	@echo 'make demo                       two stores, real firmware, real baskets; runs until stopped'
	@echo 'make demo ONCE=1 BASKETS=200    the same, to the end, checked to the cent'
	@echo 'make test                       every check and test, with the time of each part'
	@echo 'make test PARTS="ruff protocol" only these parts'
	@echo 'make peers                      programs of others on our reader and card, and what each checked'
	@echo 'make bench BENCH=tap            a tap beside a bare MQTT echo; also: card, gateway, ingest, floats, coverage, reports, forecourt'
	@echo 'make reports                    every report on the golden data: figures, tie to the ledger, time'
	@echo 'make clickhouse                 the same reports asked of ClickHouse, equal to the cent (optional, 560 MB)'
	@echo 'make model                      the float protocol, every order of events tried by Spin'
	@echo 'make sim SEEDS=300              chains of stores with every fault there is, from seeds'
	@echo 'make sim-mutants                faults planted into a copy of the code; the simulator finds them'
	@echo 'make lint                       ruff, import contracts, types'
	@echo 'make draw                       pictures and tables of the docs, from the source'
	@echo 'make screenshots                pages and terminal screens for the docs'
	@echo 'make setup | lock | fonts | clean'

setup:
	@$(PYTHON) tools/setup.py test

demo:
	@$(PYTHON) tools/setup.py demo
	@$(PY) -m tools.demo $(if $(ONCE),--once) $(if $(BASKETS),--baskets $(BASKETS))

test:
	@$(PYTHON) tools/setup.py test
	@$(PY) -m tools.suite $(PARTS)

# libfreefare's own tests come from Debian the first time and are built here (needs libnfc-dev beside gcc).
peers:
	@$(PYTHON) tools/setup.py peers
	@$(PY) -m tools.peers

lint:
	@$(PYTHON) tools/setup.py demo
	@$(PY) -m tools.suite ruff imports types types-esp32 types-rp2

bench:
	@$(PYTHON) tools/setup.py demo
	@$(PY) -m tools.bench $(BENCH)

reports:
	@$(PYTHON) tools/setup.py test
	@$(PY) -m tools.reports

# Optional: head office asks DuckDB; this shows that the same declarations say the same on ClickHouse (chDB, 560 MB).
clickhouse:
	@$(PYTHON) tools/setup.py test
	@$(PY) -m tools.clickhouse

model:
	@$(PYTHON) tools/setup.py test
	@$(PY) -m tools.model

sim:
	@$(PYTHON) tools/setup.py demo
	@$(PY) -m tools.simulation --seeds $(SEEDS) --first $(FIRST)

sim-mutants:
	@$(PYTHON) tools/setup.py demo
	@$(PY) -m tools.simulation.mutants

screenshots:
	@$(PYTHON) tools/setup.py screenshots
	@$(PY) -m tools.screens
	@$(PY) -m tools.report_pictures
	@$(PY) -m tools.pump_pictures
	@$(PY) -m tools.forecourt_pictures
	@$(PY) -m tools.demo --once --pictures --baskets $(or $(BASKETS),48)

draw:
	@$(PYTHON) tools/setup.py demo
	@$(PY) -m tools.draw

# The binary is committed; this is for new texts with new characters (from Debian's package unifont).
fonts:
	@$(PYTHON) tools/setup.py fonts
	@$(PY) -m tools.fonts

# After a change of versions in pyproject.toml: installs them, then writes down what was installed.
lock:
	@$(PY) -m pip install -q -U --upgrade-strategy eager setuptools -e '.[gateway,hq,dev]'
	@{ sed -n 1p requirements.lock; \
	   $(PY) -m pip freeze --all --exclude tapwell --exclude pip | grep -v -e '^-e' -e '^#'; } > build.lock
	@mv build.lock requirements.lock

clean:
	rm -rf build .demo .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
