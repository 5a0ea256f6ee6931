# The two commands of a fresh machine are `make demo` and `make test`; both set up what they need.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/
# A file of tests stays with one worker: its fixtures are made once, and the engines that it starts have its own names.
# What fails is tried once more, since real engines under load miss a deadline now and then; the summary names it.
PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadfile --reruns 1 -raR

.PHONY: demo test check unit boot real docs proto cases generate benchmark benchmark-artifacts benchmark-ci \
	benchmark-scale benchmark-layers clean

demo: $(VENV)/.ready  ## build the first example on a real Docker Engine and look inside the image
	$(RUN)python -m tests.demo

test: check  ## everything: linters, types, unit, golden, gateway, end to end on two engines
	$(RUN)pytest $(PARALLEL)

check: $(VENV)/.ready docs  ## linters, types, the direction of imports, and the site with all its links
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)mypy
	$(RUN)lint-imports

unit: $(VENV)/.ready  ## the tests that need no engine
	$(RUN)pytest $(PARALLEL) --ignore tests/e2e

docs: $(VENV)/.ready  ## the site of docs/, strictly, in build/site; `mkdocs serve` shows it while you write
	NO_MKDOCS_2_WARNING=1 $(RUN)mkdocs build --strict --quiet

boot: $(VENV)/.ready  ## boot ISOs, netboot files, disks and UKIs of a Kairosfile in QEMU, for amd64 and arm64
	$(RUN)pytest -m boot

real: $(VENV)/.ready  ## try the product with kairos-init and AuroraBoot as Kairos publishes them, where they can be had
	$(RUN)pytest -m real

proto: $(VENV)/.ready  ## generate frontend/kairosfile/pb from proto/
	$(RUN)python -m tests.golden.protos

cases: $(VENV)/.ready  ## rewrite what the conformance cases expect; read the difference before you commit it
	$(RUN)python -m tests.conformance.cases

generate: $(VENV)/.ready  ## write the schema, the reference, the list of rules and the pictures of the docs anew
	$(RUN)python -m tests.generate
	$(RUN)python -m tests.pictures

benchmark: $(VENV)/.ready  ## time a cached rebuild against the built-in Dockerfile frontend
	$(RUN)python -m tests.benchmarks.rebuild

benchmark-artifacts: $(VENV)/.ready  ## what a second, identical build of an ISO, a UKI, netboot files and a disk costs
	$(RUN)python -m tests.benchmarks.artifacts

benchmark-ci: $(VENV)/.ready  ## what a change costs on a fresh CI runner, against the generic Kairos Dockerfile
	$(RUN)python -m tests.benchmarks.ci

benchmark-scale: $(VENV)/.ready  ## what a further platform costs the frontend, for few hooks and for many
	$(RUN)python -m tests.benchmarks.scale

benchmark-layers: $(VENV)/.ready  ## what is to be fetched of an image for a new version, hook or Kubernetes
	$(RUN)python -m tests.benchmarks.layers

clean:  ## remove what the other commands made, engines included
	-$(RUN)python -m tests.engine down
	rm -rf $(VENV) .cache

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(RUN)python -m pip install -q --disable-pip-version-check -c constraints.txt "pip>=25.1"
	$(RUN)python -m pip install -q --disable-pip-version-check -c constraints.txt --group dev -e .
	touch $@
