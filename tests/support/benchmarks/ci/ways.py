"""The ways to build one image that are compared: a Kairosfile, and the shapes of the generic Kairos Dockerfile."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.support import images
from tests.support.engine import images as bases
from tests.support.engine.layers import pack
from tests.support.engine.provision import provide
from tests.support.engine.publish import Image, push

if TYPE_CHECKING:
    from tests.support.engine import Registry

KAIROSFILE = "Kairosfile"
DOCKERFILES = ("Dockerfile.one-run", "Dockerfile.four-runs")
KUBERNETES = "v1.33.1+k3s1"
_HERE = Path(__file__).parent
_TEXT = """# syntax={frontend}
base: {base}
variant: standard
provider: {{name: k3s, version: {kubernetes}}}
kairos_init: {kairos_init}
version: {version}
hooks:
  after_install:
    - run: echo {hook} > /hook
"""


class Inputs(NamedTuple):
    """What may change between two builds."""

    base: str
    kairos_init: str
    version: str
    hook: str


def push_base(registry: Registry, tag: str, install_seconds: int = 0) -> str:
    """Push a base of its own, on which the stand-in's install takes its time, and return its reference."""
    settings = {**bases.PATH, "KAIROS_STANDIN_INSTALL_SECONDS": str(install_seconds)}
    with tempfile.TemporaryDirectory() as folder:
        tree, own = Path(folder) / "tree", Path(folder) / "own.tar.gz"
        (tree / "etc").mkdir(parents=True)
        (tree / "etc" / "base-tag").write_text(tag)
        pack(tree, own)
        layers = [provide().layers["busybox-amd64"], own]
        push(registry, f"test/own:{tag}", Image("linux/amd64", layers, env=settings))
    return f"{registry.address}/test/own:{tag}"


def arguments(way: str, inputs: Inputs, folder: Path) -> list[str]:
    """Return what names the file of one way to build, and its inputs; a Kairosfile is written to the folder."""
    if way == KAIROSFILE:
        text = _TEXT.format(frontend=images.FRONTEND, kubernetes=KUBERNETES, **inputs._asdict())
        (folder / way).write_text(text)
        return ["-f", str(folder / way)]
    values = {
        "BASE_IMAGE": inputs.base,
        "KAIROS_INIT_IMAGE": inputs.kairos_init,
        "VERSION": inputs.version,
        "KUBERNETES_VERSION": KUBERNETES,
        "HOOK": inputs.hook,
    }
    return [
        "-f",
        str(_HERE / way),
        *(word for key, value in values.items() for word in ("--build-arg", f"{key}={value}")),
    ]
