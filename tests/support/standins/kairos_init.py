"""The stand-in for kairos-init: one shell script per release, and the build context of its image.

A script consists of rendered settings and flag tables of one release, followed by the
`*.sh` fragments next to this module; `_FRAGMENTS` lists the fragments of a release's parser. The script
runs in the image that is built, so it is plain sh with coreutils, sed and grep.

It is a stand-in: it installs placeholders, downloads nothing, and cannot make an image that boots.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from tests.support.standins import features, flags
from tests.support.standins.releases import details, dialect

_HERE = Path(__file__).parent
_SHARED = ("base", "values", "version")
_STAGES = (
    "system",
    "record",
    "extensions",
    "stage",
    "install",
    "kubernetes",
    "plugins",
    "init",
    "release_file",
    "cleanup",
    "validate",
)
_PARSERS = {
    "Go standard flag package": ("goflag", "options_goflag"),
    "cobra/pflag": ("pflag", "pflag_values", "options_pflag"),
}
_MAINS = {"Go standard flag package": "main_goflag", "cobra/pflag": "main_pflag"}

LABEL = "kairosfile.stand-in"
"""Image label that says that an image holds a stand-in, and for which release."""


@cache
def script(release: str) -> str:
    """Return the stand-in's script for a release tag such as v0.17.3.

    A tag newer than every known one gets the newest command line, as a real newer release has. Raises
    UnknownReleaseError for anything else that never was a release.
    """
    spoken = dialect(release)
    library = str(spoken["parser"]).split(" (")[0]
    fragments = (*_SHARED, *_PARSERS[library], *_STAGES, _MAINS[library], "run")
    parts = [
        _header(release),
        features.render(release),
        flags.render(_commands(release, spoken)),
        *((_HERE / f"{name}.sh").read_text("utf-8") for name in fragments),
    ]
    return "\n".join(parts)


def _header(release: str) -> str:
    return (
        "#!/bin/sh\n"
        f"# kairos-init stand-in {release} (not the real kairos-init): strict about its command line, writes\n"
        "# placeholders where the real program installs packages and binaries. Rendered; do not edit.\n"
        "# Settings and tables serve every release; this one may need fewer of them.\n"
        "# shellcheck disable=SC2034,SC2154\n"
        "set -u\n"
    )


def _commands(release: str, spoken: dict[str, Any]) -> dict[str, tuple[flags.Flag, ...]]:
    framework = str(details(release).get("default_framework", ""))
    commands = {"root": flags.read(spoken["flags"], framework=framework)}
    for name, command in spoken["sub_commands"].items():
        commands[name] = flags.read(command["flags"], framework=framework)
    return commands


def write_build_context(release: str, directory: Path) -> None:
    """Write the script and a Dockerfile to `directory`: `docker buildx build` makes the image, any platform."""
    directory.mkdir(parents=True, exist_ok=True)
    program = directory / "kairos-init"
    program.write_text(script(release), "utf-8")
    program.chmod(0o755)
    (directory / "Dockerfile").write_text(
        f"# A stand-in for kairos-init {release}: not the real program.\n"
        "FROM scratch\n"
        f'LABEL {LABEL}="kairos-init {release}"\n'
        "COPY --chmod=0755 kairos-init /kairos-init\n"
        'ENTRYPOINT ["/kairos-init"]\n',
        "utf-8",
    )
