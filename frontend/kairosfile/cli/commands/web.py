"""`kairosfile web`."""

from __future__ import annotations

import errno
import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kairosfile.cli import options
from kairosfile.cli.output import say

if TYPE_CHECKING:
    from collections.abc import Sequence

NEEDS = "kairosfile web needs packages that the command alone does not: pip install 'kairosfile[web]'"
UNUSABLE = 2
LOOPBACK = "127.0.0.1"
ORIGIN = re.compile(r"https?://[0-9A-Za-z.:\[\]-]+")


class Entitlement(StrEnum):
    """What BuildKit gives steps only where it is allowed."""

    INSECURE = "security.insecure"
    HOST = "network.host"


app = options.command()


@app.command(cls=options.Repeating)
def web(
    *,
    places: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FOLDER|FILE", help="Folders with Kairosfiles, or files in them. Default: this folder."),
    ] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 is any free one.")] = 8080,
    listen: Annotated[
        str,
        typer.Option(
            "--listen", metavar="ADDRESS", help="IPv4 address; one beside 127.0.0.1 needs --token-file or --tls-cert."
        ),
    ] = "127.0.0.1",
    token_file: Annotated[
        Path | None,
        typer.Option(
            "--token-file", metavar="FILE", help="Where the token is, or is put. Default: in the state folder."
        ),
    ] = None,
    behind_proxy: Annotated[
        list[str] | None,
        typer.Option(
            "--behind-proxy", metavar="ORIGIN", help="A further origin of pages, such as https://build.example."
        ),
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", metavar="FILE", help="Certificate in PEM, to serve HTTPS.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option("--tls-key", metavar="FILE", help="Its key, without a password. Default: in FILE.")
    ] = None,
    read_only: Annotated[
        bool,
        typer.Option("--read-only", help="Print a second address, and make a second token, that change nothing."),
    ] = False,
    open_browser: Annotated[
        bool | None,
        typer.Option("--open/--no-open", help="Open the page in a browser. Default: from a terminal of a desktop."),
    ] = None,
    state: Annotated[
        Path | None, typer.Option("--state", metavar="DIR", help="Where builds are kept. Default: the state folder.")
    ] = None,
    builder: Annotated[str, typer.Option("--builder", metavar="NAME", help="Builder of buildx.")] = "",
    secret: Annotated[
        list[str] | None,
        typer.Option("--secret", metavar="SPEC", help="A secret that builds may use, as docker buildx build has it."),
    ] = None,
    allow: Annotated[
        list[Entitlement] | None,
        typer.Option("--allow", help="What steps of builds may ask for; disks need security.insecure."),
    ] = None,
    push: Annotated[
        str, typer.Option("--push", metavar="HOST/ORG", help="Where builds may push to. Default: nowhere.")
    ] = "",
    cache: Annotated[
        list[str] | None,
        typer.Option("--cache", metavar="REF", help="A registry cache that builds read and write."),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=16, help="Builds at a time.")] = 1,
    keep: Annotated[int, typer.Option("--keep", min=1, help="Builds of each file that are kept whole.")] = 20,
    keep_days: Annotated[
        int,
        typer.Option(
            "--keep-days", min=1, help="Days for which they are kept; what is older loses its artifacts first."
        ),
    ] = 30,
) -> None:
    """Serve a web page and an HTTP API for Kairosfiles.

    It serves folders on this machine: files are checked, edited and planned, and built as jobs. Builds go on when it
    ends.

    Exit status: 0, 2 for arguments that cannot be used or a port in use.

    Example: kairosfile web --port 8080 images/
    """
    paths = places or [Path()]
    if errors := [f"{place} is neither a folder nor a file" for place in paths if not place.exists()]:
        raise _stopped(errors[0])
    folders = list(dict.fromkeys(place if place.is_dir() else place.parent for place in paths))
    if listen != LOOPBACK and token_file is None and tls_cert is None:
        raise _stopped(
            f"--listen {listen} is for everybody who reaches this machine: name the token's --token-file, or --tls-cert"
        )
    if tls_key is not None and tls_cert is None:
        raise _stopped("--tls-key is the key of a certificate: name that with --tls-cert")
    if errors := [origin for origin in behind_proxy or () if not ORIGIN.fullmatch(origin)]:
        raise _stopped(f'"{errors[0]}" is not an origin; write --behind-proxy https://HOST, without a path')
    secrets = _secrets(secret or ())
    try:
        from kairosfile.cli.jobs.folder import state_root  # noqa: PLC0415
        from kairosfile.cli.web.desktop import is_there  # noqa: PLC0415
        from kairosfile.cli.web.serve import Settings, serve  # noqa: PLC0415 - only with the extra
    except ModuleNotFoundError as error:
        raise _stopped(f"{NEEDS} ({error.name} is missing)") from error
    try:
        settings = Settings(
            folders,
            state or state_root(),
            port,
            builder,
            secrets,
            jobs,
            keep,
            keep_days,
            listen=listen,
            token_file=token_file,
            origins=behind_proxy or (),
            entitlements=[one.value for one in allow or ()],
            registry=push.strip("/"),
            caches=cache or (),
            has_reader=read_only,
            certificate=(tls_cert, tls_key or tls_cert) if tls_cert else None,
            opens=is_there() if open_browser is None else open_browser,
            opened=paths[0] if len(paths) == 1 and paths[0].is_file() else None,
        )
        serve(settings)
    except OSError as error:
        raise _stopped(_reason(error, f"{listen}:{port}")) from error


def _reason(error: OSError, address: str) -> str:
    advice = "" if error.errno == errno.EINVAL else "; choose another --port or --state"
    return f"cannot serve on {address}: {error.strerror}{advice}"


def _stopped(reason: str) -> typer.Exit:
    say(reason)
    return typer.Exit(UNUSABLE)


def _secrets(specs: Sequence[str]) -> dict[str, str]:
    """Return secrets by their id, with the files that they name as absolute paths: a build has another folder."""
    secrets = {}
    for spec in specs:
        pairs = [part.partition("=") for part in spec.split(",")]
        names = {name: value for name, _, value in pairs}
        if not names.get("id"):
            raise _stopped(f'a secret has an id: --secret id=NAME,src=FILE, not "{spec}"')
        absolute = (
            f"{name}={Path(value).absolute()}" if name in {"src", "source"} else f"{name}={value}"
            for name, _, value in pairs
        )
        secrets[names["id"]] = ",".join(absolute)
    return secrets
