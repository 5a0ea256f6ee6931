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

KAIROSFILE, IN_PARTS = "Kairosfile", "Kairosfile.in-parts"
DOCKERFILES = ("Dockerfile.one-run", "Dockerfile.four-runs")
_HERE = Path(__file__).parent
_TEXT = """# syntax={frontend}
base: {base}
family: debian
variant: standard
provider: {{name: {provider}, version: {kubernetes}}}
install: {{parts: {parts}}}
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
    provider: str = "k3s"
    kubernetes: str = "v1.33.1+k3s1"


def push_base(registry: Registry, tag: str) -> str:
    """Push its own base and return its reference."""
    with tempfile.TemporaryDirectory() as folder:
        tree, own = Path(folder) / "tree", Path(folder) / "own.tar.gz"
        (tree / "etc").mkdir(parents=True)
        (tree / "etc" / "base-tag").write_text(tag)
        pack(tree, own)
        layers = [provide().layers["busybox-amd64"], own]
        push(registry, f"test/own:{tag}", Image("linux/amd64", layers, env=bases.PATH))
    return f"{registry.address}/test/own:{tag}"


def arguments(way: str, inputs: Inputs, folder: Path) -> list[str]:
    """Return the arguments for the file and inputs of one way to build; a Kairosfile is written to the folder."""
    if way in {KAIROSFILE, IN_PARTS}:
        parts = "true" if way == IN_PARTS else "false"
        text = _TEXT.format(frontend=images.FRONTEND, parts=parts, **inputs._asdict())
        (folder / way).write_text(text)
        return ["-f", str(folder / way)]
    values = {
        "BASE_IMAGE": inputs.base,
        "KAIROS_INIT_IMAGE": inputs.kairos_init,
        "VERSION": inputs.version,
        "KUBERNETES_DISTRO": inputs.provider,
        "KUBERNETES_VERSION": inputs.kubernetes,
        "HOOK": inputs.hook,
    }
    return [
        "-f",
        str(_HERE / way),
        *(word for key, value in values.items() for word in ("--build-arg", f"{key}={value}")),
    ]
