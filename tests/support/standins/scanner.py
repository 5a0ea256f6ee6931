"""The stand-in for an SBOM scanner: the build context of an image that BuildKit's `--sbom` can be pointed at.

It is a shell script, `scanner.sh` next to this module, in the tiny base of the test engines.
"""

from __future__ import annotations

from pathlib import Path

_SCRIPT = Path(__file__).with_name("scanner.sh")


def write_build_context(base: str, directory: Path, padding: int = 0) -> None:
    """Write the script and a Dockerfile to `directory`; `base` is an image with a busybox.

    Every SBOM of the scanner is larger by `padding` bytes.
    """
    (directory / "scan").write_text(_SCRIPT.read_text("utf-8"), "utf-8")
    (directory / "Dockerfile").write_text(
        "# A stand-in for an SBOM scanner: not a real one.\n"
        f"FROM {base}\n"
        'LABEL kairosfile.stand-in="SBOM scanner"\n'
        f"ENV STAND_IN_PADDING={padding}\n"
        "COPY --chmod=0755 scan /bin/scan\n"
        'ENTRYPOINT ["/bin/scan"]\nCMD []\n',
        "utf-8",
    )
