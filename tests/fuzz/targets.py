"""Fuzz targets: functions on bytes. Each expects the errors for bad input; all others escape."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from kairosfile import language, llb, sections
from kairosfile.cli.lsp import completion, hover
from kairosfile.cli.lsp.syntax_tree import Outline, lines_of
from kairosfile.dockerfile.adopt import DockerfileError, NotKairosError, adopt
from kairosfile.gateway import grpc
from kairosfile.gateway.errors import RpcError
from kairosfile.gateway.options import Options
from kairosfile.gateway.rare_errors import OptionError
from kairosfile.json_text import parse_json
from kairosfile.language import lockfile
from kairosfile.language.nodes import Position
from kairosfile.pb import gateway as pb
from kairosfile.pb.wire import DecodeError
from kairosfile.plan.offline import define
from kairosfile.plan.resolve import resolve
from kairosfile.plan.serialize import to_json
from tests.fuzz import frontend

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PLATFORMS = ["linux/amd64"]
SEPARATOR = b"@@@\n"  # between the parts of an input
MAX_BYTES = 64 << 10


def text(data: bytes) -> None:
    """A Kairosfile to its plan, its graph and the answers of `check`."""
    _build("Kairosfile", data, {}, {})


def args(data: bytes) -> None:
    """Build args as `NAME=VALUE`, separated by NUL, then a Kairosfile."""
    options, _, rest = data.partition(SEPARATOR)
    pairs = (part.partition("=") for part in options.decode(errors="replace").split("\0"))
    _build("Kairosfile", rest, {name: value for name, _, value in pairs if name}, {})


def includes(data: bytes) -> None:
    """A Kairosfile, then the files a, b, c, ... that it may name."""
    first, *others = data.split(SEPARATOR)
    _build("Kairosfile", first, {}, {chr(ord("a") + number): other for number, other in enumerate(others[:26])})


def _build(name: str, data: bytes, build_args: Mapping[str, str], files: Mapping[str, bytes]) -> None:
    try:
        source = language.decode(name, data)
        document = sections.read(source, build_args, platforms=PLATFORMS, files=language.DictFiles(files))
        (plan,) = resolve(document, PLATFORMS)
    except language.KairosfileError as error:
        assert error.diagnostics
        for diagnostic in (*error.diagnostics, *error.warnings):
            _assert_shown(diagnostic, error.source)
        return
    json.dumps(to_json(plan))
    define(plan, source, llb.local("context"))
    for diagnostic in document.warnings:
        _assert_shown(diagnostic, source)


def _assert_shown(diagnostic: language.Diagnostic, source: language.Source) -> None:
    """Every diagnostic stands on three or four lines, and its range begins in its file."""
    lines = (diagnostic.range.source or source).text.count("\n") + 1
    assert 1 <= diagnostic.range.start.line <= lines, diagnostic
    assert diagnostic.render(source).count("\n") == (3 if diagnostic.hint else 2), diagnostic
    assert "\n" not in diagnostic.summary("Kairosfile")


def dockerfile(data: bytes) -> None:
    """A Dockerfile to a Kairosfile."""
    with suppress(UnicodeDecodeError, DockerfileError, NotKairosError):
        adopt(data.decode(), {}, "").account.check()


def options(data: bytes) -> None:
    """Lines `key=value` as the options of a build."""
    lines = data.decode(errors="surrogateescape").split("\n")
    environ = {f"BUILDKIT_FRONTEND_OPT_{number}": line for number, line in enumerate(lines)}
    with suppress(OptionError):
        Options.from_environ(environ)


def answer(data: bytes) -> None:
    """Lines `name=value` as the headers of an answer of the daemon, then its body."""
    head, _, body = data.partition(SEPARATOR)
    headers = dict(line.partition(b"=")[::2] for line in head.split(b"\n"))
    with suppress(RpcError):
        grpc.answer("Solve", headers, bytearray(body))


def whole(data: bytes) -> None:
    """Lines `key=value` as the options of a build, a Kairosfile, then answers of the daemon: a method, its message."""
    head, kairosfile, *answers = [*data.split(SEPARATOR), b"", b""][: data.count(SEPARATOR) + 2]
    log = frontend.run(head, kairosfile, answers)
    assert not any(crash in log for crash in frontend.CRASHES), log


def message(data: bytes) -> None:
    """A message of the daemon."""
    for kind in MESSAGES:
        with suppress(DecodeError):
            kind.decode(data).encode()


def registry(data: bytes) -> None:
    """JSON of a registry."""
    with suppress(ValueError):
        parse_json(data)


def lock(data: bytes) -> None:
    """A lock file."""
    with suppress(language.KairosfileError):
        lockfile.read("Kairosfile.lock", data)


def editor(data: bytes) -> None:
    """A text in an editor, queried at the position in its first two bytes."""
    lines = lines_of(data[2:].decode(errors="replace"))
    line = data[0] % len(lines) if data else 0
    place = Position(line + 1, (data[1] if len(data) > 1 else 0) % (len(lines[line]) + 1) + 1)
    for proposal in completion.propose(lines, place, None):
        assert proposal.range.start.line == place.line, proposal
        assert 1 <= proposal.range.start.column <= proposal.range.end.column == place.column, proposal
    hover.explain(lines, Outline(lines), place)
    hover.find_definition(lines, place, None)
    for symbol in hover.symbols_of(lines):
        assert 1 <= symbol.key.start.line <= symbol.end.line <= len(lines), symbol


MESSAGES = (pb.PongResponse, pb.SolveResponse, pb.ReadDirResponse, pb.InputsResponse, pb.ResolveSourceMetaResponse)

TARGETS: dict[str, Callable[[bytes], None]] = {
    "text": text,
    "args": args,
    "includes": includes,
    "adopt": dockerfile,
    "options": options,
    "grpc": answer,
    "frontend": whole,
    "message": message,
    "registry": registry,
    "lock": lock,
    "editor": editor,
}
