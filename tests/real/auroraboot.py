"""The real AuroraBoot, compiled from its module, and its image.

The one idea: what no artifact of a Kairosfile needs may be absent. Two modules that AuroraBoot imports cannot be had,
the PXE server and the Kairos operator; `absent/` has their names, and what is behind them fails. Of two others only an
older version can be had; AuroraBoot v0.14.0 was built with these. All else is as released.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.engine import cache
from tests.real import auroraboot_image
from tests.real.go import Module, compile_program

if TYPE_CHECKING:
    from tests.engine import Registry

RELEASE = "v0.26.2"

_MODULE = Module("github.com/kairos-io/AuroraBoot", RELEASE)
_ABSENT = Path(__file__).parent / "absent"
_OPERATOR = "internal/builder/operator"
_REQUIRED = "\tgithub.com/kairos-io/kairos-operator v0.1.2\n"
_REPLACED = """
replace github.com/kairos-io/netboot => ./absent/netboot

replace github.com/kairos-io/go-ukify => github.com/kairos-io/go-ukify v0.4.0

replace github.com/foxboron/sbctl => github.com/foxboron/sbctl v0.0.0-20240526163235-64e649b31c8e
"""
# From the go.sum of v0.14.0.
_SUMS = """\
github.com/foxboron/sbctl v0.0.0-20240526163235-64e649b31c8e h1:X92hfbSXen3W6t7Y++Nxjp3S/HUrYZFtwaSZBNeO/uk=
github.com/foxboron/sbctl v0.0.0-20240526163235-64e649b31c8e/go.mod h1:/2VaDO9cJIVwJR5XDQogLQEWbTMnVaFq31OEjt66Ju4=
github.com/kairos-io/go-ukify v0.4.0 h1:Iop44nIvPMCygw3W/Ji3VdEZAcpXMc17wFtJWIVr4wg=
github.com/kairos-io/go-ukify v0.4.0/go.mod h1:zdyO9+A4is8kaJ75A+7mfZdvQifLyxc+FPg3j8WzR+U=
"""


def program() -> Path:
    """Return the program; raises Unavailable where it cannot be compiled."""
    absent = "".join(path.read_text() for path in sorted(_ABSENT.rglob("*.*")))
    return cache.made("auroraboot-real", repr((_MODULE, _REPLACED, _SUMS, absent)), _make) / "auroraboot"


def publish(registry: Registry) -> str:
    """Push the image, for amd64; return its reference. Raises Unavailable."""
    return auroraboot_image.publish(registry, program(), RELEASE)


def _make(to: Path) -> None:
    source = _MODULE.copy_source(to / "source")
    shutil.copytree(_ABSENT, source / "absent")
    shutil.rmtree(source / _OPERATOR)
    (source / "absent/operator").rename(source / _OPERATOR)
    (source / "internal/ui/dist").mkdir()  # the pages of the web service
    (source / "internal/ui/dist/index.html").touch()
    needed = (source / "go.mod").read_text()
    (source / "go.mod").write_text(needed.replace(_REQUIRED, "") + _REPLACED)
    with (source / "go.sum").open("a") as sums:
        sums.write(_SUMS)
    compile_program(source, to / "auroraboot", {"main.version": RELEASE}, with_c=True)
    shutil.rmtree(source)
