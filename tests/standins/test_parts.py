"""Install in several runs, each with the other steps skipped, leaves what one run leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import language, sections
from kairosfile.plan.model import Run
from kairosfile.plan.resolve import resolve
from tests.support.standins.image import Image
from tests.support.standins.usage import DEBIAN, NEWEST, VERSION, build, flags_of, make, succeed

if TYPE_CHECKING:
    from pathlib import Path

PROVIDER = {"providerBinaries", "buildProvider"}
PARTS = (
    {"installPackages"},
    {"installKernel"},
    {"branding", "grub", "miscellaneous", "cloudconfigs", "kairosBinaries"},
    PROVIDER,
)
STEPS = frozenset().union(*PARTS)
RECORD = "etc/kairos/kairos-init-install-stage.yaml"
APART = {RECORD, "etc/kairos/stand-in-calls", "var/log/kairos/kairos-init.log"}


def install_in_parts(image: Image, *flags: str) -> None:
    for part in PARTS:
        options = flags if part == PROVIDER else VERSION
        succeed(image.run(NEWEST, "-s", "install", "--skip-step", ",".join(sorted(STEPS - part)), *options))


def test_runs_of_single_steps_leave_the_tree_of_one_run_but_for_the_record(tmp_path: Path) -> None:
    flags = flags_of(NEWEST, kubernetes="v1.33.1+k3s1")
    whole, parts = (Image.make(tmp_path / name, DEBIAN) for name in ("whole", "parts"))
    succeed(whole.run(NEWEST, "-s", "install", *flags))
    install_in_parts(parts, *flags)

    one, several = whole.tree(), parts.tree()
    assert set(one) == set(several)
    assert {path for path in one if one[path] != several[path]} == APART
    recorded = [line for line in parts.read(RECORD).splitlines() if "name:" in line]
    assert recorded == ["  - name: providerBinaries", "  - name: buildProvider"]


def planned(parts: str) -> list[Run]:
    """Return the commands of install and init that the product plans for an image with k3s."""
    provider = "provider: {name: k3s, version: v1.33.1+k3s1}"
    text = f"base: debian:13\nversion: v1.2.3\n{provider}\ninstall: {{parts: {parts}}}\n"
    (plan,) = resolve(sections.read(language.Source("Kairosfile", text)), ["linux/amd64"])
    runs = [step.action for step in plan.steps if step.id not in plan.checks]
    return [run for run in runs if isinstance(run, Run)]


def test_the_planned_parts_leave_what_the_planned_install_leaves(tmp_path: Path) -> None:
    result = {}
    for parts, count in (("false", 2), ("true", 5)):
        image = Image.make(tmp_path / parts, DEBIAN)
        runs = planned(parts)
        assert len(runs) == count
        for run in runs:
            succeed(image.run(NEWEST, *run.argv[1:], **dict(run.env)))
        result[parts] = image.tree()

    one, several = result["false"], result["true"]
    assert "system/providers/agent-provider-kairos" in one
    assert set(one) == set(several)
    assert {path for path in one if one[path] != several[path]} == APART


def test_an_extension_runs_again_in_every_run_that_is_given_it(image: Image) -> None:
    image.write("/etc/kairos-init/stage-extensions/10-a.yaml", "stages:\n  after-install:\n  - name: y\n")
    for skipped in ("installKernel", "installPackages"):
        succeed(image.run(NEWEST, "-s", "install", "-x", "--skip-step", skipped, *VERSION))
    assert image.extensions() == ["10-a.yaml after-install"] * 2


def test_a_second_skip_step_replaces_the_first(image: Image) -> None:
    words = ("--skip-step", "branding", "--skip-step", "grub")
    succeed(image.run(NEWEST, "-s", "install", *words, *VERSION))
    assert (image.has("/etc/kairos/branding"), image.has("/etc/cos")) == (True, False)


def test_the_link_of_the_provider_is_made_once_alone(tmp_path: Path) -> None:
    base = make(tmp_path, DEBIAN)
    flags = flags_of(NEWEST, kubernetes="v1.33.1+k3s1")
    build(base, NEWEST, *flags)
    skipped = ",".join(sorted(STEPS - {"providerBinaries"}))
    run = base.run(NEWEST, "-s", "install", "--skip-step", skipped, *flags)
    assert (run.exit, "Failed to create symlink: /usr/bin/kairos" in run.stdout) == (1, True)
