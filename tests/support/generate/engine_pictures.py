"""The pictures of `kairosfile compare` and of the summary of the GitHub Action: real runs of both on a real engine.

The output of `compare` is also the sample of the reference, as text.

    python -m tests.support.generate.engine_pictures

kairos-init is the stand-in of the tests; the packages are installed by dpkg on Debian's base.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import markdown  # type: ignore[import-untyped]

from tests import ROOT
from tests.support import images
from tests.support.actions.composite import Runner
from tests.support.browser import chromium
from tests.support.engine import Engine, Registry
from tests.support.engine import images as bases
from tests.support.generate.pictures import COLUMNS, COMMAND, IMAGES, terminal
from tests.support.standins.auroraboot.releases import NEWEST as AURORABOOT

if TYPE_CHECKING:
    from collections.abc import Iterable

RELEASE = "v0.17.3"
ORGANISATION = f"{images.REGISTRY}/acme"
TEXT = """\
# syntax={frontend}
base: {base}
kairos_init: {kairos_init}
version: {version}
provider: {{name: k3s, version: {k3s}}}
hooks:
  after_install:
    - name: packages of the edge
      run: |
{packages}
  after_init:
    - run: {setup}
artifacts: {{auroraboot: '{auroraboot}', iso: {{}}}}
"""
ENABLED = "/etc/systemd/system/multi-user.target.wants"
SETUP = "chmod 0755 /usr/bin/edge-agent"
NEW_SETUP = f"chmod 4755 /usr/bin/edge-agent && mkdir -p {ENABLED} && ln -s /etc/edge-metrics.service {ENABLED}"
PACKAGE = r"""
        mkdir -p /tmp/{name}/DEBIAN /tmp/{name}/usr/bin
        printf 'Package: {name}\nVersion: {version}\nArchitecture: all\n' > /tmp/{name}/DEBIAN/control
        printf 'Maintainer: me\nDescription: {name}\n' >> /tmp/{name}/DEBIAN/control
        echo {name} {version} > /tmp/{name}/usr/bin/{name}
        dpkg-deb --build /tmp/{name} /tmp/{name}.deb
        dpkg --install /tmp/{name}.deb
        rm -r /tmp/{name} /tmp/{name}.deb
""".strip("\n")
REFERENCE = ROOT / "docs" / "reference" / "cli.md"
SAMPLE = re.compile(r"(?<=^```console\n)(\$ kairosfile compare .*?)(?=^```$)", re.DOTALL | re.MULTILINE)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
STYLE = """
body { margin: 0; padding: 24px; width: 820px; font: 14px/1.5 "DejaVu Sans", sans-serif; color: #1f2328 }
h2 { border-bottom: 1px solid #d1d9e0; padding-bottom: 6px; font-size: 20px }
table { border-collapse: collapse; margin: 16px 0 }
td, th { border: 1px solid #d1d9e0; padding: 5px 12px; text-align: left; white-space: nowrap }
td:first-child { white-space: normal; overflow-wrap: anywhere }
tr:nth-child(2n) td { background: #f6f8fa }
code { background: #eff1f3; padding: 2px 5px; border-radius: 5px; font-size: 12px }
"""


def main() -> None:
    """Take both pictures."""
    with Registry() as registry, Engine("sid") as engine, tempfile.TemporaryDirectory() as folder:
        bases.ensure(registry)
        words = {
            "frontend": images.push_frontend(engine),
            "kairos_init": images.push_stand_in(engine, RELEASE),
            "base": f"{images.REGISTRY}/{bases.DEBIAN}",
            "auroraboot": images.push_auroraboot(AURORABOOT),
        }
        file = Path(folder) / "work" / "Kairosfile"
        file.parent.mkdir()
        words |= {"k3s": "v1.33.1+k3s1", "setup": SETUP}
        file.write_text(_text(words, "v1.0.0", [("edge-agent", "1.4.0-1"), ("edge-ui", "0.9.2-1")]))
        _build(engine, file, "v1.0.0")
        words |= {"k3s": "v1.33.2+k3s1", "setup": NEW_SETUP}
        file.write_text(_text(words, "v1.1.0", [("edge-agent", "1.5.0-1"), ("edge-metrics", "0.1.0-1")]))
        _build(engine, file, "v1.1.0")
        _compare(engine, file.parent)
        _summary(engine, file.parent, Path(folder) / "runner")


def _text(words: dict[str, str], version: str, packages: Iterable[tuple[str, str]]) -> str:
    lines = "\n".join(PACKAGE.format(name=name, version=number) for name, number in packages)
    return TEXT.format(**words, version=version, packages=lines)


def _build(engine: Engine, file: Path, version: str) -> None:
    options = ("--push", "-t", f"{ORGANISATION}/edge:{version}", "--platform", "linux/amd64", "-f", str(file))
    done = engine.run(["docker", "buildx", "build", *options, str(file.parent)], timeout=300)
    assert done.returncode == 0, done.stderr


def _compare(engine: Engine, folder: Path) -> None:
    words = ["compare", f"{ORGANISATION}/edge:v1.0.0", f"{ORGANISATION}/edge:v1.1.0"]
    environment = {**engine.env(), "COLUMNS": str(COLUMNS), "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    done = subprocess.run([COMMAND, *words], cwd=folder, env=environment, check=True, capture_output=True, text=True)
    (IMAGES / "compare.svg").write_text(terminal("compare.svg", words, done.stdout))
    before, _, after = SAMPLE.split(REFERENCE.read_text())
    REFERENCE.write_text(f"{before}{' '.join(['$ kairosfile', *words])}\n{COLOUR.sub('', done.stdout)}{after}")


def _summary(engine: Engine, folder: Path, runner: Path) -> None:
    environment = engine.env() | {"PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
    environment["PATH"] = f"{environment['PATH']}:{os.environ['PATH']}"
    cache = f"{ORGANISATION}/{uuid.uuid4().hex[:8]}:cache"
    inputs = {"arch": "amd64", "iso": "true", "sbom": "false", "registry_domain": images.REGISTRY, "cache": cache}
    inputs |= {"registry_repository": "acme/edge", "custom_tag_format": "v1.1.0"}
    job = Runner(ROOT, folder, runner, environment).run(**inputs)
    assert not job.failed, job.log
    page_text = markdown.markdown(job.summary, extensions=["tables"])
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 880, "height": 400}, color_scheme="light")
        page.set_content(f"<style>{STYLE}</style><body>{page_text}</body>")
        page.screenshot(path=IMAGES / "action-summary.png", full_page=True)


if __name__ == "__main__":
    main()
