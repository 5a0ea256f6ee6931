"""Tests `kairosfile diff` against real engines: exactly the steps that it predicts run."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.support.engine.images import BASE, DEBIAN
from tests.unit.dockerfile import command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.support.engine import Engine

pytestmark = pytest.mark.docker26_is_long

OLDER = "v0.17.2"

TEXT = """\
base: {base}
provider: {{name: k3s, version: v1.33.1+k3s1}}
kairos_init: {kairos_init}
version: v1.0.0
labels: {{team: blue}}
args: {{TOOL: one, UNUSED: one}}
environment: {{KAIROS-INIT_DEBUG: "1"}}
hooks:
  before_install:
    - {{name: nonce, run: 'echo {nonce} > /nonce'}}
  after_install:
    - {{name: first, run: 'echo first > /first'}}
    - {{name: second, run: 'echo $TOOL > /second'}}
    - {{copy: copied, to: /copied}}
  after_init:
    - {{file: /etc/motd, content: hello}}
cloud_config:
  - {{name: 90_a.yaml, content: "#cloud-config\\nhostname: a\\n"}}
"""

FIRST = "    - {name: first, run: 'echo first > /first'}\n"
SECOND = "    - {name: second, run: 'echo $TOOL > /second'}\n"

# Name of an edit: the text that it replaces, and the new text. All start from one build, so no edit may lead to a
# step that another one leads to as well.
EDITS = {
    "a comment": ("version: v1.0.0", "# released on Monday\nversion: v1.0.0"),
    "the order of fields": ("version: v1.0.0\nlabels: {team: blue}\n", "labels: {team: blue}\nversion: v1.0.0\n"),
    "version": ("version: v1.0.0", "version: v1.0.1"),
    "version of the provider": ("v1.33.1+k3s1", "v1.33.2+k3s1"),
    "provider": ("{name: k3s, version: v1.33.1+k3s1}", "k0s"),
    "text of a hook": ("echo first", "echo one"),
    "name of a hook": ("name: first", "name: renamed"),
    "order of hooks": (FIRST + SECOND, SECOND + FIRST),
    "new hook": (SECOND, "    - {name: new, run: 'echo new > /new'}\n" + SECOND),
    "removed hook": (SECOND, ""),
    "environment of a hook": ("echo first > /first'", "echo first > /first', env: {A: b}"),
    "network of a hook": ("echo first > /first'", "echo first > /first', network: none"),
    "secret of a hook": (
        "echo first > /first'",
        "echo first > /first', mounts: [{type: secret, id: a, required: false}]",
    ),
    "cache of a hook": ("echo first > /first'", "echo first > /first', mounts: [{type: cache, target: /c}]"),
    "arg that a hook reads": ("TOOL: one", "TOOL: two"),
    "arg that nothing reads": ("UNUSED: one", "UNUSED: two"),
    "what is copied": ("copy: copied", "copy: other"),
    "another file that is copied": ("  after_init:\n", "  after_init:\n    - {copy: other, to: /other}\n"),
    "where it is copied to": ("to: /copied", "to: /elsewhere"),
    "content of a file": ("content: hello", "content: goodbye"),
    "cloud-config": ("hostname: a", "hostname: b"),
    "name of a cloud-config": ("90_a.yaml", "91_a.yaml"),
    "label": ("team: blue", "team: red"),
    "annotation": ("labels:", "annotations: {a: b}\nlabels:"),
    "release of kairos-init": (NEWEST, OLDER),
    "base": (BASE, DEBIAN),
    "skipped step of init": ("labels:", "skip_steps: [workarounds]\nlabels:"),
    "skipped step of install": ("labels:", "skip_steps: [branding]\nlabels:"),
    "environment that install and init read": ('{KAIROS-INIT_DEBUG: "1"}', '{KAIROS-INIT_DEBUG: "2"}'),
    "environment that install reads": ("environment: {", 'environment: {L4T_VERSION: "36.4", '),
    "log level": ("labels:", "log_level: debug\nlabels:"),
    "fips": ("labels:", "fips: true\nlabels:"),
    "trusted boot": ("labels:", "trusted_boot: true\nlabels:"),
    "another platform": ("labels:", "platforms: {linux/amd64: {}, linux/arm64: {model: rpi4}}\nlabels:"),
    "what this platform has anyway": ("labels:", "platforms: {linux/amd64: {model: generic}}\nlabels:"),
}


# Of a first build that runs everything; a daemon that pruned what it knew of it gets another one.
NONCES: dict[tuple[str, str, str], str] = {}


class Edited:
    """The old and the new file, and what the engine and the command report about the change.

    `template` is the old file but for its images and the nonce; `arguments` are further ones of the build.
    """

    template = TEXT
    arguments: tuple[str, ...] = ()

    def __init__(self, engine: Engine, project: Project, images: dict[str, str], platform: str) -> None:
        self.engine = engine
        self.project = project
        self.images = images
        self.platform = platform
        for name in ("copied", "other"):
            (project.folder / name).write_text(name)

    @property
    def text(self) -> str:
        """The old file."""
        return self.template.format(**self.images, nonce=NONCES[self._key])

    @property
    def _key(self) -> tuple[str, str, str]:
        return self.engine.suite, self.platform, self.template

    def build_old(self) -> bool:
        """Build the old file and return whether anything ran."""
        self.project.write(self.text, "Old")
        self.project.write(self.text)
        return any(self.ran(self.predicted()).values())

    def begin(self) -> None:
        """Build an old file of which no step is cached."""
        NONCES[self._key] = uuid.uuid4().hex[:12]
        assert self.build_old()

    def edit(self, old: str, new: str) -> None:
        """Change one thing in the new file."""
        assert self.text.count(old) == 1
        self.project.write(self.text, "Old")
        self.project.write(self.text.replace(old, new))

    def predicted(self) -> dict[str, bool]:
        """Return which steps of the new file run, by their names in the progress output."""
        words = ("diff", "Old", "Kairosfile", "--platform", self.platform, "--format", "json")
        done = command.run(*words, folder=self.project.folder)
        assert done.returncode == 0, done.stderr
        steps = json.loads(done.stdout)["steps"]
        return {step["name"]: step["result"] != "cached" for step in steps if step["result"] != "gone"}

    def ran(self, names: Iterable[str]) -> dict[str, bool]:
        """Build the new file and return which of these steps ran."""
        vertices = self.project.must_build(self.engine, "--platform", self.platform, *self.arguments).vertices.values()
        return {vertex.name: vertex.ran for vertex in vertices if vertex.name in set(names)}

    def check(self, old: str, new: str) -> None:
        """Compare the command's prediction of an edit with the engine, on a daemon that has built the old file."""
        if self._key not in NONCES:
            self.begin()
        self.edit(old, new)
        expected = self.predicted()
        actual = self.ran(expected)
        if actual != expected and self.build_old():
            self.begin()
            self.edit(old, new)
            actual = self.ran(expected)
        assert expected == actual


@pytest.fixture
def edited(engine: Engine, project: Project, base: str, kairos_init: Callable[[str], str]) -> Edited:
    kairos_init(OLDER)
    return Edited(engine, project, {"base": base, "kairos_init": kairos_init(NEWEST)}, "linux/amd64")


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_what_diff_says_will_run_is_what_runs(edited: Edited, edit: tuple[str, str]) -> None:
    edited.check(*edit)


def test_what_diff_says_of_another_model_is_what_runs(edited: Edited) -> None:
    edited.platform = "linux/arm64"
    edited.check("labels:", "model: rpi4\nlabels:")
