"""python -m tests.support.engine up | down | status | env | run: the engines by hand; see README.md here."""

from __future__ import annotations

import argparse
import shlex
import signal
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, NoReturn

from . import images, provision, record, sandbox
from .errors import EngineUnavailable
from .host import NAMES, engine_named
from .registry import Registry

if TYPE_CHECKING:
    from collections.abc import Sequence

EXPORTED = ("PATH", "BUILDX_BUILDER", "DOCKER_HOST", "DOCKER_CONFIG", "BUILDX_CONFIG")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 69 (EX_UNAVAILABLE) where this machine cannot."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _terminated)
    try:
        code: int = options.run(options)
    except EngineUnavailable as error:
        print(f"engine: {error}", file=sys.stderr)
        return 69
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.support.engine", description="Docker Engines of the tests")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start the registry and engines, to stay until `down`")
    engines = f"of {', '.join(NAMES)}; the first two if none"
    up.add_argument("names", nargs="*", type=_known, metavar="ENGINE", help=engines)
    up.set_defaults(run=_up)
    commands.add_parser("down", help="stop all that runs").set_defaults(run=_down)
    commands.add_parser("status", help="tell what runs").set_defaults(run=_status)
    env = commands.add_parser("env", help='for eval "$(... env sid)": use the docker of an engine that is up')
    env.add_argument("name", choices=NAMES)
    env.set_defaults(run=_env)
    run = commands.add_parser("run", help="start registry and engine, run a command with its docker, stop")
    run.add_argument("--engine", default="sid", choices=NAMES)
    run.add_argument("--fresh", action="store_true", help="with an empty data directory")
    run.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND ...")
    run.set_defaults(run=_run)
    return parser


def _known(name: str) -> str:
    # choices= would refuse the empty list
    if name not in NAMES:
        raise argparse.ArgumentTypeError(f"there is no engine {name!r}, only {', '.join(NAMES)}")
    return name


def _up(options: argparse.Namespace) -> int:
    engines = [engine_named(name) for name in options.names or provision.SUITES]
    with ExitStack() as undo:
        registry = undo.enter_context(Registry().start(stays=True))
        images.ensure(registry)
        for engine in engines:
            undo.push(engine.start(stays=True))
        undo.pop_all()
    registry.leave()
    for engine in engines:
        engine.leave()
    return _status(options)


def _down(_: argparse.Namespace) -> int:
    for each in record.records():
        sandbox.end(each)
    with record.record_lock():
        sandbox.sweep()
    return 0


def _status(_: argparse.Namespace) -> int:
    for each in record.records():
        bond = f"of process {each.owner.pid}" if each.owner else "up"
        print(f"{each.name}: {bond if each.supervisor.alive() else 'dead, the next start or `down` clears it'}")
    return 0


def _env(options: argparse.Namespace) -> int:
    env = engine_named(options.name).env()
    for key in EXPORTED:
        if key in env:
            print(f"export {key}={shlex.quote(env[key])}")
    return 0


def _run(options: argparse.Namespace) -> int:
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        print("engine: nothing to run: give a command after --", file=sys.stderr)
        return 64
    engine = engine_named(options.engine, data="fresh" if options.fresh else "kept")
    with Registry() as registry, engine:
        images.ensure(registry)
        return subprocess.run(command, env=engine.env(), check=False).returncode


def _terminated(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
