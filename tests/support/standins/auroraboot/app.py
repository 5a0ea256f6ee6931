"""The program: runs its command line, or refuses it as the real one does, with exit code 1."""

from __future__ import annotations

import platform
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from tests.support.standins.auroraboot.commandline import Call, HelpRequested, UsageError, parse
from tests.support.standins.auroraboot.work import Failed, Log

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Imported on use: every module that is read costs time under emulation.
_DOERS = {
    "": ("disk", "run_deployer"),
    "build-iso": ("iso", "build_iso"),
    "build-uki": ("uki", "build_uki"),
    "genkey": ("genkey", "generate_keys"),
    "netboot": ("netboot", "extract_netboot"),
}


def main(words: Sequence[str], release: str) -> int:
    """Run a release with its arguments; return the exit code."""
    Log().info(f"AuroraBoot stand-in {release} (not the real AuroraBoot) on {platform.machine()}")
    try:
        call = parse(words, release)
        _doer(call)(call, release)
    except HelpRequested as help_text:
        print(help_text)
    except (UsageError, Failed) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _doer(call: Call) -> Callable[[Call, str], None]:
    module, name = _DOERS[call.command]
    actual: Callable[[Call, str], None] = getattr(import_module(f"tests.support.standins.auroraboot.{module}"), name)
    return actual
