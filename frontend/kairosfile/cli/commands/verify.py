"""`kairosfile verify`: checks the evidence of an image in a registry for consistency, and against a Kairosfile."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kairosfile import language
from kairosfile.cli import options
from kairosfile.cli.doctor import Finding
from kairosfile.cli.load import Loaded, LoadOptions, load_all, report_errors
from kairosfile.cli.output import to_json, to_text, worst
from kairosfile.cli.verify.checks import CHECKS, Local, expected, releases, signature
from kairosfile.cli.verify.evidence import SIZE, attestations, fetch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kairosfile.cli.verify.evidence import Pushed
    from kairosfile.language.nodes import Node


SCHEMA = "kairosfile.verify/1"
GOOD = "the image is what it claims to be, as far as there is evidence"
EXIT_OK, EXIT_ERRORS = 0, 1


@dataclass(frozen=True, slots=True)
class Against:
    """The expectations: a Kairosfile with build args, and a public key."""

    file: str | None = None
    load_options: LoadOptions = field(default_factory=LoadOptions)
    key: str | None = None


def show(image: str, against: Against, output_format: str, *, strict: bool) -> int:
    """Print the findings; returns the exit status. Raises CliError for an image that cannot be looked up."""
    pushed = fetch(image)
    try:
        local = _local(against.file, against.load_options, pushed) if against.file else {}
    except language.KairosfileError as error:
        return report_errors(error)
    platforms = [one.platform for one in pushed.platforms]
    findings = [Finding("image", "ok", f"{pushed.digest}, {', '.join(platforms)}")]
    for one in pushed.platforms:
        findings += [finding for check in CHECKS for finding in check(one, local.get(one.platform))]
    findings += [*attestations(image, pushed.digest), *releases(image, pushed, local)]
    findings.append(signature(image, pushed.digest, against.key))
    sys.stdout.write(to_json(SCHEMA, findings) if output_format == "json" else to_text(findings, GOOD))
    return EXIT_OK if _passes(findings, strict=strict) else EXIT_ERRORS


def _passes(findings: Iterable[Finding], *, strict: bool) -> bool:
    """Return whether an image passes. The size of an attestation is not a reason to fail."""
    counted = worst(one for one in findings if one.check != SIZE)
    return counted not in ({"error", "warning"} if strict else {"error"})


def _local(file: str, load_options: LoadOptions, pushed: Pushed) -> dict[str, Local]:
    """Return the Kairosfile on each platform of the image."""
    loaded = load_all(file, replace(load_options, platforms=[one.platform for one in pushed.platforms]))
    return {it.plan.platform: _at_hand(file, it) for it in loaded}


def _at_hand(file: str, it: Loaded) -> Local:
    document = it.document
    included = dict(_included(document.root))
    return Local(file, document.source.text, dict(it.plan.labels), expected(document.model), included)


def _included(node: Node) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of the included files with values in a tree, possibly with duplicates."""
    if node.range.source:
        yield node.range.source.filename, node.range.source.text
    for child in (*node.fields.values(), *node.items):
        yield from _included(child)


class Format(StrEnum):
    """Output formats of `verify`."""

    TEXT = "text"
    JSON = "json"


app = options.command()


@app.command()
def verify(
    *,
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="An image in a registry, by tag or digest.")],
    file: Annotated[
        str | None, typer.Option("--file", "-f", metavar="FILE", help="The Kairosfile from which it should be built.")
    ] = None,
    build_arg: options.BuildArgs = None,
    context: options.Context = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="FILE", help="Public key of cosign for its signature.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Count warnings as errors: no evidence may be missing.")
    ] = False,
    output_format: Annotated[Format, typer.Option("--format", help="For people or programs.")] = Format.TEXT,
) -> None:
    """Check the labels, provenance and SBOM of a pushed image.

    Also its /etc/kairos-release and its signature.

    Exit status: 0, 1 if evidence is contradictory, or with --strict missing, 2 an image or arguments that cannot be
    used.

    Example: kairosfile verify --file Kairosfile --key cosign.pub quay.io/acme/my-os:v1.0.0
    """
    against = Against(file, LoadOptions.parse(build_arg, None, context), key)
    raise typer.Exit(show(image, against, output_format.value, strict=strict))
