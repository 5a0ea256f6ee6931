"""`docker kairos`: the command as a plugin of Docker's command line.

Docker finds programs named `docker-NAME` in `cli-plugins` of its configuration, asks each with the argument
`docker-cli-plugin-metadata` what it is, and runs `docker-NAME [GLOBAL OPTIONS] NAME ARGUMENTS` (docker/cli:
cli-plugins/metadata and cli-plugins/manager). The plugin is a script of two lines that runs this module in the
environment that the command is installed in.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path

from kairosfile import __version__
from kairosfile.cli import main as run_command

NAME, METADATA = "kairos", "docker-cli-plugin-metadata"
PROGRAM = f"docker-{NAME}"
# Docker's global options that say which engine is meant, and the variables that say the same to buildx.
_VARIABLES = {
    "--config": "DOCKER_CONFIG",
    "--context": "DOCKER_CONTEXT",
    "-c": "DOCKER_CONTEXT",
    "--host": "DOCKER_HOST",
    "-H": "DOCKER_HOST",
    "--tlscacert": "",
    "--tlscert": "",
    "--tlskey": "",
    "--log-level": "",
    "-l": "",
}
_OWN = "# The plugin of kairosfile for Docker's command line, written by `kairosfile docker-plugin install`."


def folder() -> Path:
    """Return the folder of the user's plugins."""
    return Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "cli-plugins"


def script() -> str:
    """Return the plugin: a script that runs this module with the running interpreter."""
    return f'#!/bin/sh\n{_OWN}\nexec {shlex.quote(sys.executable)} -m {__spec__.name} "$@"\n'


def is_own(path: Path) -> bool:
    """Return whether a file is a plugin that this command wrote."""
    try:
        return _OWN in path.read_text("utf-8", "replace")[:1000]
    except OSError:
        return False


def metadata() -> str:
    """Return the metadata that Docker reads from a plugin, as JSON."""
    return json.dumps(
        {
            "SchemaVersion": "0.1.0",
            "Vendor": "Kairos",
            "Version": __version__,
            "ShortDescription": "Kairos images from Kairosfiles",
            "URL": "https://github.com/kairos-io/kairosfile",
        }
    )


def arguments(argv: list[str]) -> tuple[list[str], dict[str, str]]:
    """Return the arguments of the command, and the variables that equal Docker's global options before the name."""
    variables: dict[str, str] = {}
    remaining = iter(argv)
    for word in remaining:
        if word == NAME:
            break
        option, equals, value = word.partition("=")
        if option in _VARIABLES:
            value = value if equals else next(remaining, "")
            variables |= {_VARIABLES[option]: value} if _VARIABLES[option] else {}
    return [*remaining], variables


def main() -> None:
    """Answer Docker, or run the command."""
    if sys.argv[1:2] == [METADATA]:
        sys.stdout.write(metadata() + "\n")
        return
    rest, variables = arguments(sys.argv[1:])
    os.environ.update(variables)
    sys.argv[1:] = rest
    run_command()


if __name__ == "__main__":
    main()
