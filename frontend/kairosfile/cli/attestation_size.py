"""Limits on the size of attestations: errors of builders, warnings about attestations near a limit, and advice.

The limit applies to the file that a scanner writes for one platform, spaces included: 40 MiB in BuildKit 0.32.2, 80 MiB
since 0.33 (its exporter/attestation/make.go). Docker 26.1 fails above 16 MiB, when it passes the finished attestation
to its containerd; Docker 28.5, with BuildKit 0.25, has no limit. The attestation in a registry is BuildKit's version of
that file, mostly a little larger. BuildKit's provenance does not come from a file.

A build with an SBOM is never repeated without one: users who rely on it would not notice.

After a push the sizes are compared with the limits. This fetches a few manifests, and no layer. Because the push has
succeeded, errors of the registry are ignored here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kairosfile.cli.errors import CliError
from kairosfile.cli.registry import RegistryError, look_up, repository
from kairosfile.cli.verify.image import Attached, attached, repository_of
from kairosfile.oci import normalize_reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


MIB = 1 << 20
LIMIT = 40 * MIB
NEAR = LIMIT * 3 // 4
LIMITS = "Docker 26.1 refuses more than 16 MiB, BuildKit 0.32.2 more than 40, 0.33 and newer more than 80"
SMALLER = "build with BuildKit 0.33 or newer, or with a scanner that lists no files: --sbom IMAGE"

_REFUSED = re.compile(
    r"\.json exceeds (?P<limit>[0-9]{1,20}) bytes|"
    r"error writing data blob .* larger than max \((?P<size>[0-9]{1,20}) vs\. (?P<least>[0-9]{1,20})\)"
)


@dataclass(frozen=True, slots=True)
class Refused:
    """The limit of a builder that refused an attestation, in bytes; `size` is None if it did not report it."""

    limit: int
    size: int | None


def refused(messages: Iterable[str]) -> Refused | None:
    """Return the error of a build that failed for the size of an attestation, from buildx's messages, else None."""
    match = next((candidate for line in messages if (candidate := _REFUSED.search(line))), None)
    if match is None:
        return None
    return Refused(int(match["limit"] or match["least"]), int(match["size"]) if match["size"] else None)


def advice(refusal: Refused, platforms: Sequence[str], without: str, *, pushing: bool) -> str:
    """Return the message for that failure; `without` is the command that builds without an SBOM."""
    size = f", {human(refusal.size)}," if refusal.size else ""
    which = platforms[0] if len(platforms) == 1 else f"one of {', '.join(platforms)}"
    nothing = "; nothing was pushed" if pushing else ""
    return (
        f"kairosfile: the SBOM of {which}{size} is larger than the {human(refusal.limit)} that this builder takes.\n"
        f"The image itself is built, and all its steps are cached{nothing}. Without the SBOM, in seconds:\n"
        f"  {without}\n"
        f"To have one: {SMALLER} (docs/guides/supply-chain.md, Large images).\n"
    )


def warning(platform: str, kind: str, size: int) -> str | None:
    """Return the warning for an attestation near the limit of a builder; None for any other."""
    return f"{platform}: the {kind} has {human(size)}; {LIMITS}" if size > NEAR else None


def human(size: int) -> str:
    """Return a readable number of bytes: `33.1 MiB`, `40 MiB`."""
    for unit, name in ((MIB, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{size} bytes"


def without_sbom(argv: Sequence[str]) -> list[str]:
    """Return the arguments of `kairosfile build`, changed to build without an SBOM."""
    at = argv.index("--") if "--" in argv else len(argv)
    return [*_dropped(argv[:at]), "--sbom", "off", *_dropped(argv[at:])]


def _dropped(argv: Sequence[str]) -> list[str]:
    remaining: list[str] = []
    rest = iter(argv)
    for word in rest:
        flag, equals, value = word.partition("=")
        if flag not in {"--sbom", "--attest"}:
            remaining.append(word)
            continue
        value = value if equals else next(rest, "")
        if flag == "--attest" and "type=sbom" not in value.split(","):
            remaining += [word] if equals else [word, value]
    return remaining


def warnings(image: str) -> list[str]:
    """Return the warnings about the attestations of an image in a registry, by its name."""
    try:
        return [text for one in _attached(image) if (text := warning(one.platform, one.kind, one.size))]
    except (RegistryError, CliError):
        return []


def _attached(image: str) -> list[Attached]:
    (digest,) = look_up([normalize_reference(image)])
    if isinstance(digest, RegistryError):
        return []
    with repository(repository_of(image)) as client:
        return list(attached(client, digest))
