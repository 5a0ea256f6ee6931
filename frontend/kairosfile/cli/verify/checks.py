"""The checks of the evidence of one platform: by itself, and compared with a Kairosfile.

An installed system reads /etc/kairos-release inside the image; labels and provenance only describe it from
outside. An image without this file is not a Kairos image.

A signature is checked by its key with `cosign verify`. Keyless signatures, by an identity and a transparency log, are
not checked.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kairosfile.cli.doctor import Finding
from kairosfile.cli.image.layers import UnreadableError
from kairosfile.cli.registry import RegistryError, is_plain, repository
from kairosfile.cli.verify.image import manifest_of, read_file, repository_of
from kairosfile.plan.image_config import BASE_DIGEST_LABEL, BASE_NAME_LABEL
from kairosfile.plan.kairos import variant
from kairosfile.plan.resolve import VERSION_LABEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kairosfile.cli.verify.evidence import Evidence, Provenance, Pushed
    from kairosfile.sections.records import Kairosfile


PATH = "etc/kairos-release"
VERSION, VARIANT, MODEL, ARCH = "KAIROS_VERSION", "KAIROS_VARIANT", "KAIROS_MODEL", "KAIROS_ARCH"
NEEDED = (VERSION, VARIANT, MODEL, ARCH)
SHOWN = (*NEEDED, "KAIROS_FLAVOR", "KAIROS_FLAVOR_RELEASE", "KAIROS_SOFTWARE_VERSION", "KAIROS_INIT_VERSION")
CHECK = "release"
_VERSION = re.compile(r"v?([0-9]{1,20})(?:\.([0-9]{1,20}))?(?:\.([0-9]{1,20}))?([-+].*)?")

SECONDS = 120
# Exit statuses of `cosign verify` (doc/cosign_exit_codes.md there).
NO_SIGNATURE, NO_MATCHING = 10, 12

REBUILD = "build it with --provenance=mode=max, as `kairosfile build --push` does"


def expected(model: Kairosfile) -> dict[str, str]:
    """Return the expected keys of the file in the image of a Kairosfile."""
    return {VERSION: model.version, VARIANT: variant(model), MODEL: model.model}


def releases(image: str, pushed: Pushed, local: Mapping[str, Local]) -> Iterator[Finding]:
    """Read the file of each platform from the image's layers; an error is a finding."""
    name = repository_of(image)
    for one in pushed.platforms:
        release_file = f"{one.platform}: /{PATH}"
        try:
            with repository(name) as client:
                content = read_file(client, manifest_of(client, pushed.digest, one.platform), PATH)
        except RegistryError as error:
            yield Finding(CHECK, "error", f"{release_file} cannot be read: {error}", error.advice)
        except UnreadableError as error:
            yield Finding(CHECK, "warning", f"{release_file} cannot be read: {error}")
        else:
            message = f"{release_file} is missing: this is not a Kairos image"
            missing = Finding(CHECK, "error", message, "name an image that kairos-init made: it writes the file")
            yield from [missing] if content is None else compared(parse(content), one, local.get(one.platform))


def parse(content: bytes) -> dict[str, str]:
    """Return the keys of the file with their values, without lines that are not `KEY="value"`."""
    values: dict[str, str] = {}
    for line in content.decode(errors="replace").splitlines():
        with suppress(ValueError):  # a quote without its end
            for word in shlex.split(line, comments=True)[:1]:
                key, equals, value = word.partition("=")
                values |= {key: "".join(it if it.isprintable() else "?" for it in value)} if equals else {}
    return values


def compared(values: Mapping[str, str], evidence: Evidence, local: Local | None) -> Iterator[Finding]:
    """Yield a finding about the file, then one for each contradiction."""
    shown = ", ".join(f"{key} {values[key]}" for key in SHOWN if values.get(key))
    yield Finding(CHECK, "ok", f"{evidence.platform}: {shown or 'it says nothing'}")
    for key in NEEDED:
        if not values.get(key):
            yield Finding(CHECK, "warning", f"{evidence.platform}: /{PATH} has no {key}", "kairos-init writes it")
    yield from _differing(values, evidence.platform, {ARCH: evidence.platform.split("/")[1]}, "the image's platform")
    if label := evidence.labels.get(VERSION_LABEL):
        yield from _differing(values, evidence.platform, {VERSION: label}, f"the label {VERSION_LABEL}")
    if local:
        yield from _differing(values, evidence.platform, local.release, local.file)


def _differing(values: Mapping[str, str], platform: str, expected: Mapping[str, str], by: str) -> Iterator[Finding]:
    for key, value in expected.items():
        actual = values.get(key)
        if actual and not _agree(key, actual, value, values):
            message = f"{platform}: {key} is {actual} in the image, {by} says {value}"
            yield Finding(CHECK, "error", message, "an installed system goes by what is in the image: build it again")


def _agree(key: str, actual: str, expected: str, values: Mapping[str, str]) -> bool:
    if key != VERSION:
        return actual == expected
    # Up to v0.2.4 kairos-init wrote the framework's version there.
    of_framework = "KAIROS_REGISTRY_AND_ORG" in values and "KAIROS_FRAMEWORK_VERSION" not in values
    return of_framework or _normal(actual) == _normal(expected)


def _normal(version: str) -> tuple[object, ...]:
    """Return a version as kairos-init reads it: `v01.2` is `1.2.0`."""
    match = _VERSION.fullmatch(version)
    return (*(int(match[part] or 0) for part in (1, 2, 3)), match[4] or "") if match else (version,)


def signature(image: str, digest: str, key: str | None) -> Finding:
    """Return the finding about the signature of an image by its digest; `key` is the public one."""
    if key is None:
        return Finding("signature", "unknown", "not looked at without --key cosign.pub")
    name = f"{image.partition('@')[0].rpartition(':')[0]}" if _has_tag(image) else image.partition("@")[0]
    plain = ["--allow-http-registry"] if is_plain(repository_of(image).partition("/")[0]) else []
    command = ["cosign", "verify", "--key", key, "--insecure-ignore-tlog=true", *plain, f"{name}@{digest}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    except FileNotFoundError:
        return Finding("signature", "error", "cosign is not installed, so it cannot be looked at", "install cosign")
    except subprocess.TimeoutExpired:
        return Finding("signature", "error", f"cosign did not end within {SECONDS} seconds", "check the network")
    if done.returncode == 0:
        return Finding("signature", "ok", f"{digest} is signed with the key of {key}")
    return Finding("signature", "error", *_why(f"{name}@{digest}", key, done))


def _why(image: str, key: str, done: subprocess.CompletedProcess[str]) -> tuple[str, str]:
    """Return the reason why a signature is missing or invalid, and the solution."""
    digest = image.rpartition("@")[2]
    if done.returncode == NO_SIGNATURE:
        return f"{digest} has no signature", f"who built it signs it: cosign sign --key cosign.key {image}"
    if done.returncode == NO_MATCHING:
        advice = "take the key of who should have signed it; if that is the one, do not use the image"
        return f"{digest} is signed, but not with the key of {key}", advice
    errors = [line.removeprefix("Error: ") for line in done.stderr.splitlines() if line.startswith("Error: ")]
    reason = errors[0] if errors else "it gives no reason"
    advice = "check the key, and that the registry can be reached from here"
    return f"cosign cannot tell whether {digest} is signed with the key of {key}: {reason}", advice


def _has_tag(image: str) -> bool:
    return ":" in image.partition("@")[0].rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Local:
    """The Kairosfile on disk: its name, its text, the labels of its image, and the expected /etc/kairos-release.

    `included` has the texts of the files that it includes, by their names.
    """

    file: str
    text: str
    labels: Mapping[str, str]
    release: Mapping[str, str]
    included: Mapping[str, str] = field(default_factory=dict)


def labels(evidence: Evidence, local: Local | None) -> Iterator[Finding]:
    """The labels have a version and a base, and match the file on disk."""
    for label, what in ((VERSION_LABEL, "version"), (BASE_NAME_LABEL, "base"), (BASE_DIGEST_LABEL, "base's digest")):
        value = evidence.labels.get(label)
        if value is None:
            advice = "was it built from a Kairosfile? its frontend writes the label"
            yield Finding("labels", "warning", f"{evidence.platform}: no label {label}", advice)
        else:
            yield Finding("labels", "ok", f"{evidence.platform}: {what} {value}")
    if local:
        yield from _label_mismatches(evidence, local)


def _label_mismatches(evidence: Evidence, local: Local) -> Iterator[Finding]:
    for label, value in sorted(local.labels.items()):
        actual = evidence.labels.get(label)
        if actual != value:
            message = f"{evidence.platform}: the label {label} is {actual or 'missing'}, {local.file} says {value}"
            yield Finding("labels", "error", message, "give the build args that the image was built with")


def provenance(evidence: Evidence, local: Local | None) -> Iterator[Finding]:
    """There is provenance with the base of the label and with the Kairosfile on disk."""
    origin = evidence.provenance
    if origin is None:
        yield Finding("provenance", "warning", f"{evidence.platform}: no provenance", REBUILD)
        return
    summary = f"made from {origin.file or 'an unknown file'} and {len(origin.materials)} images or files"
    yield Finding("provenance", "ok", f"{evidence.platform}: {summary}")
    digest = evidence.labels.get(BASE_DIGEST_LABEL)
    if digest and digest not in origin.materials:
        message = f"the base's digest in the label, {digest}, is not of an image that the build used"
        yield Finding("provenance", "error", f"{evidence.platform}: {message}", "do not trust the labels of this image")
    if local:
        yield from _kairosfile(evidence.platform, origin, local)


def _kairosfile(platform: str, origin: Provenance, local: Local) -> Iterator[Finding]:
    if origin.kairosfile is None:
        message = f"{platform}: it does not hold the Kairosfile, to be compared with {local.file}"
        yield Finding("kairosfile", "warning", message, REBUILD)
        return
    yield _compared(platform, local.file, origin.kairosfile, local.text)
    for name in sorted(local.included.keys() & origin.included.keys()):
        yield _compared(platform, name, origin.included[name], local.included[name])


def _compared(platform: str, name: str, text: str, here: str) -> Finding:
    if text == here:
        return Finding("kairosfile", "ok", f"{platform}: made from {name} as it is here")
    built, local = text.splitlines(), here.splitlines()
    differing = [*_only_in(built, local, "-"), *_only_in(local, built, "+")]
    shown = f"{len(differing)} lines differ, such as {differing[0]}" if differing else "their order or end differs"
    message = f"{platform}: made from another file than {name}: {shown}"
    return Finding("kairosfile", "error", message, "check out the commit that the image was built of")


def _only_in(lines: Iterable[str], others: Iterable[str], sign: str) -> Iterator[str]:
    """Yield the lines that others do not have, as often; difflib takes a time that grows with the square or cube."""
    unmatched: Counter[str] = Counter(others)
    for line in lines:
        unmatched[line] -= 1
        if unmatched[line] < 0:
            yield f"{sign} {line}"


def sbom(evidence: Evidence, _: Local | None) -> Iterator[Finding]:
    """There is an SBOM."""
    if evidence.sbom:
        yield Finding("sbom", "ok", f"{evidence.platform}: {evidence.packages} packages, SPDX")
    else:
        advice = "build it with --sbom=true, as `kairosfile build --push` does"
        yield Finding("sbom", "warning", f"{evidence.platform}: no SBOM", advice)


CHECKS: tuple[Callable[[Evidence, Local | None], Iterator[Finding]], ...] = (labels, provenance, sbom)
