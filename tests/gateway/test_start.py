"""Start-up cost of a build: the modules that the frontend imports, and the requests that it sends to the daemon.

The frontend starts for every build. It imports a module for a rare section only if the file has that section.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

import pytest

from tests.support.gateway.fake_bridge import FakeBridge, FakeImage

PLAIN = """\
base: ubuntu:24.04
variant: standard
model: generic
provider: {name: k3s, version: v1.33.1+k3s1}
kairos_init: v0.17.3
version: v1.0.0
hooks:
  after_install:
    - run: echo one > /hook
"""
IMAGES = {name: FakeImage() for name in ("docker.io/library/ubuntu:24.04", "quay.io/kairos/kairos-init:v0.17.3")}

# Runs the frontend as its image does, then prints the modules that it imported.
PROGRAM = """\
import sys
from kairosfile.gateway import stdio
pipes = stdio.claim()
from kairosfile import frontend
from kairosfile.gateway.run import run_frontend
run_frontend(frontend.build, pipes, default_filename="Kairosfile", at_exit=lambda: print(*sys.modules, file=sys.stderr))
"""

# The modules of each rare section.
SECTIONS = {
    "tests: [{path: /etc/os-release}]\n": {
        *("kairosfile.sections.image_tests.records", "kairosfile.sections.image_tests.checks"),
        "kairosfile.sections.image_tests.steps",
    },
    "cloud_config: [{name: a.yaml, content: {stages: {}}}]\n": {
        *(f"kairosfile.sections.cloud_config.{name}" for name in ("checks", "tree", "schema", "steps")),
    },
    "artifacts: {iso: {}}\n": {
        *("kairosfile.sections.artifacts.records", "kairosfile.sections.artifacts.checks"),
        "kairosfile.kairos.auroraboot",
    },
    "matrix: {variant: [core, standard]}\n": {
        *("kairosfile.sections.matrix.records", "kairosfile.sections.matrix.checks"),
    },
}
ARTIFACTS = {"kairosfile.sections.artifacts.steps"}
# Load the Kairosfile and a possible lock file; check whether the base is a tag; read both image configs; return.
REQUESTS = [
    *("Ping", "Inputs", "Solve", "Solve", "StatFile", "StatFile", "ReadFile"),
    *("ResolveSourceMeta", "ResolveSourceMeta", "Solve", "Return"),
]
FAULTS = {"kairosfile.sections.validation", "kairosfile.sections.schema", "difflib"}
# What few builds have or do: options, errors, contexts, targets, mounts, includes, args, suppressions ...
RARE = {
    *(
        f"kairosfile.llb.{name}"
        for name in ("credentials", "difference", "file_actions", "imported", "options", "remote")
    ),
    *(f"kairosfile.gateway.{name}" for name in ("contexts.main", "contexts.named", "crash", "rare_errors")),
    *(
        f"kairosfile.language.{name}"
        for name in ("dict_files", "includes", "interpolation", "suggestions", "templates")
    ),
    *(f"kairosfile.sections.hooks.{name}" for name in ("boot_mounts", "command_forms", "mounts")),
    *(f"kairosfile.sections.hooks.{name}" for name in ("mount_records", "step_records")),
    *(f"kairosfile.sections.{name}" for name in ("build_args", "listed_args", "lint.suppressions")),
    *("kairosfile.plan.targets", "kairosfile.source_errors"),
}
STEPS = {f"kairosfile.sections.hooks.{verb}" for verb in ("copy", "fetch", "kernel", "systemd")}


def modules(text: str, **options: str) -> set[str]:
    """Return the modules that the frontend imports to build a file."""
    with FakeBridge(files={"dockerfile": {"Kairosfile": text.encode()}}, images=IMAGES) as fake:
        run = fake.run([sys.executable, "-c", PROGRAM], options={"filename": "Kairosfile", **options})
    assert run.error is None
    return set(run.stderr.split())


def test_a_plain_file_imports_no_section_that_few_files_have() -> None:
    rare = set().union(*SECTIONS.values(), ARTIFACTS, FAULTS, STEPS, RARE)

    assert modules(PLAIN) & rare == set()
    assert {name for name in rare if find_spec(name) is None} == set()


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_brings_its_own_modules_and_no_others(section: str) -> None:
    others = set().union(*(rooms for other, rooms in SECTIONS.items() if other != section), ARTIFACTS, FAULTS)
    actual = modules(PLAIN + section)

    assert actual >= SECTIONS[section]
    assert actual & others == set()


def test_artifacts_are_compiled_only_for_requests_that_may_name_one() -> None:
    assert modules(PLAIN, **{"context:auroraboot": "docker-image://ubuntu:24.04"}) >= ARTIFACTS


def test_a_plain_build_makes_each_query_once() -> None:
    with FakeBridge(files={"dockerfile": {"Kairosfile": PLAIN.encode()}}, images=IMAGES) as fake:
        run = fake.run([sys.executable, "-c", PROGRAM], options={"filename": "Kairosfile"})

    assert run.error is None
    assert sorted(name for name, _ in fake.record) == sorted(REQUESTS)


@pytest.mark.parametrize("hooks", ["", "hooks: {after_init: [{run: echo one}]}\n"])
def test_a_layer_on_a_kairos_image_resolves_no_kairos_init(hooks: str) -> None:
    base = "quay.io/kairos/debian:bookworm-core-amd64-generic-v3.2.1"
    text = f"base: {base}\nversion: v1.0.0\nconvert: false\n{hooks}"
    with FakeBridge(files={"dockerfile": {"Kairosfile": text.encode()}}, images={base: FakeImage()}) as fake:
        run = fake.run([sys.executable, "-c", PROGRAM], options={"filename": "Kairosfile"})

    assert run.error is None
    assert [name for name, _ in fake.record].count("ResolveSourceMeta") == 1
