# The two commands of a fresh machine are `make demo` and `make test`; both set up what they need.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/
# A file of tests stays with one worker: its fixtures are made once, and the engines that it starts have its own names.
# The order of the files is that of tests/conftest.py; xdist's, by the number of tests, has the longest ones last.
# A failed test on a real engine is tried once more (tests/conftest.py); the summary names it.
PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder -raR

# Bytecode is kept, for programs that tests start and for the tests of each worker, where an environment says otherwise.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: page demo test test-long coverage check unit boot real docs proto cases generate pictures fuzz mutation release release-images \
	benchmark benchmark-artifacts benchmark-ci benchmark-scale benchmark-builders benchmark-layers benchmark-web clean

demo: $(VENV)/.ready  ## build the first example on a real Docker Engine and look inside the image
	$(RUN)python -m tests.support.demo

test: check page  ## run all checks and tests: linters, types, unit, golden, gateway, end to end on two engines
	$(RUN)pytest $(PARALLEL)

check: $(VENV)/.ready docs  ## check style, types, import direction and spelling, and build the site with all its links
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)mypy
	$(RUN)lint-imports
	$(RUN)typos

# What the bundle is made of; npm fetches the packages that package-lock.json names, and runs none of their scripts.
WEB := frontend/web
STATIC := frontend/kairosfile/cli/web/static
page: $(STATIC)/index.html  ## check the types of the page of `kairosfile web` and bundle it; needs Node 20 or newer with npm

$(STATIC)/index.html: $(WEB)/node_modules/.ready $(wildcard $(WEB)/*.json $(WEB)/*.mjs $(WEB)/*.html) $(shell find $(WEB)/src -type f)
	cd $(WEB) && npm run --silent check && npm run --silent build

$(WEB)/node_modules/.ready: $(WEB)/package.json $(WEB)/package-lock.json
	@command -v npm >/dev/null || { echo "make page needs Node 20 or newer with npm, which is not installed"; exit 1; }
	cd $(WEB) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

unit: $(VENV)/.ready  ## run the tests that need no engine
	$(RUN)pytest $(PARALLEL) --ignore tests/e2e

docs: $(VENV)/.ready  ## build the site of docs/ in build/site, strictly; `mkdocs serve` shows it while you write
	$(RUN)python docs/site/playground.py build/pyodide
	KAIROSFILE_PYODIDE=build/pyodide NO_MKDOCS_2_WARNING=1 $(RUN)mkdocs build --strict --quiet

test-long: $(VENV)/.ready  ## run the tests that are too long for `make test`: boots, double builds, soaks, long fuzzing
	$(RUN)pytest $(PARALLEL) -m "long or boot"

coverage: $(VENV)/.ready  ## measure line and branch coverage of the tests that need no engine; fails below the threshold
	$(RUN)pytest $(PARALLEL) --ignore tests/e2e --cov --cov-report=term:skip-covered

boot: $(VENV)/.ready  ## boot ISOs, netboot files, disks and UKIs of a Kairosfile in QEMU, for amd64 and arm64
	$(RUN)pytest -m boot

real: $(VENV)/.ready  ## each row of docs/internals/limits.md with the published kairos-init and AuroraBoot, if they can be pulled
	$(RUN)pytest -m real

proto: $(VENV)/.ready  ## generate the messages of frontend/kairosfile/pb, and those of the tests, from proto/
	$(RUN)python -m tests.support.generate.protos

cases: $(VENV)/.ready  ## rewrite the expected results of the conformance cases; read the diff before you commit it
	$(RUN)python -m tests.conformance.cases
	$(RUN)python -m tests.conformance.digests

generate: $(VENV)/.ready  ## regenerate the tables of the language, the schema, the reference, the rules, the command pages and the pictures of the docs
	$(RUN)python -m tests.support.generate.records
	$(RUN)python -m tests.support.generate.reference
	$(RUN)python -m tests.support.generate.commands
	$(RUN)python -m tests.support.generate.migrate
	$(RUN)python -m tests.support.generate.mistakes
	$(RUN)python -m tests.support.generate.pictures

pictures: $(VENV)/.ready page  ## regenerate the pictures that need a browser, an engine or QEMU: ten minutes, half a gigabyte of npm
	$(RUN)python -m tests.support.generate.page_pictures
	$(RUN)python -m tests.support.generate.browser_pictures
	$(RUN)python -m tests.support.generate.engine_pictures
	$(RUN)python -m tests.support.generate.integration_pictures
	$(RUN)python -m tests.support.generate.boot_picture

release: $(VENV)/.ready page  ## build and check the files of a release in dist/; KEY=... signs it with cosign
	$(RUN)python .ci/release.py dist $(if $(KEY),--key $(KEY))

release-images: $(VENV)/.ready page  ## build and check the images of a release, in dist/images; REGISTRY=... pushes them, MIRROR=... is an archive of Debian's snapshots
	$(RUN)python .ci/images.py dist/images $(if $(REGISTRY),--push $(REGISTRY)) $(if $(MIRROR),--build-arg MIRROR=$(MIRROR))

fuzz: $(VENV)/.ready  ## fuzz each target of tests/fuzz for a minute, or for SECONDS=...; needs the group `fuzz`
	$(RUN)python -m pip install -q --disable-pip-version-check -c constraints.txt --group fuzz
	$(RUN)python -m tests.fuzz $(or $(SECONDS),60)

mutation: $(VENV)/.ready  ## change llb, plan or language (PART=...) in small ways and list the changes that no test detects; MUTANTS='*[16]' tries a fifth
	$(RUN)python -m pip install -q --disable-pip-version-check -c constraints.txt --group mutation
	$(RUN)python -m tests.support.mutation $(or $(PART),llb) $(if $(MUTANTS),'$(MUTANTS)')

benchmark: $(VENV)/.ready  ## time a cached rebuild against the built-in Dockerfile frontend, or against FRONTEND=IMAGE; FRONTEND=go compiles BuildKit's own
	$(RUN)python -m tests.support.benchmarks.rebuild $(if $(FRONTEND),--frontend $(FRONTEND))

benchmark-artifacts: $(VENV)/.ready  ## measure a second, identical build of an ISO, a UKI, netboot files and a disk
	$(RUN)python -m tests.support.benchmarks.artifacts

benchmark-ci: $(VENV)/.ready  ## measure the cost of a change on a fresh CI runner, against the generic Kairos Dockerfile
	$(RUN)python -m tests.support.benchmarks.ci

benchmark-scale: $(VENV)/.ready  ## measure the frontend's time for a further platform, for few hooks and for many
	$(RUN)python -m tests.support.benchmarks.scale

benchmark-web: $(VENV)/.ready page  ## measure the bytes, times and memory of `kairosfile web`, in a browser too
	$(RUN)python -m tests.support.benchmarks.web

benchmark-builders: $(VENV)/.ready  ## simulate the work of 48 to 1008 images on several builders; NODES=1 builds 48 on real nodes
	$(RUN)python -m tests.support.benchmarks.builders $(if $(NODES),--run)

benchmark-layers: $(VENV)/.ready  ## measure the download of an image for a new version, hook or Kubernetes
	$(RUN)python -m tests.support.benchmarks.layers

clean:  ## remove the output of the other commands, engines included
	-$(RUN)python -m tests.support.engine down
	rm -rf $(VENV) .cache $(WEB)/node_modules $(STATIC)

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv --clear $(VENV)
	$(RUN)python -m pip install -q --disable-pip-version-check -c constraints.txt "pip>=25.1"
	$(RUN)python -m pip install -q --disable-pip-version-check -c constraints.txt --group dev -e .
	touch $@
