"""Limits on the frontend's input and output; the oldest daemon delivers the error message to the user."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile.untrusted import MAX_COMPANION, MAX_KAIROSFILE
from tests.gateway.test_frontend import BASE, KAIROS_INIT, result_of, run, snippets
from tests.support.gateway.fake_bridge import V0_13, FakeBridge, FakeImage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.protobuf import gateway_pb2 as pb

HEAD = b"base: mirror/debian:13\nversion: v1.0.0\n"
HOOK = """\
    - name: install the tool number {0} of the list
      runs: |
        curl -fsSL -o /usr/local/bin/tool{0} https://example.com/releases/tool{0}/v1.2.3/linux-amd64/tool{0}
        chmod +x /usr/local/bin/tool{0}
"""
FIFO, DEVICE, LINK = 1 << 25, 1 << 26 | 1 << 21, 1 << 27


def daemon(text: bytes, context: Mapping[str, bytes] | None = None) -> FakeBridge:
    files = {"dockerfile": {"Kairosfile": text}, "context": dict(context or {})}
    return FakeBridge(files=files, images={BASE: FakeImage(), KAIROS_INIT: FakeImage()}, release=V0_13)


def wrong_hooks(count: int) -> bytes:
    hooks = "".join(HOOK.format(number) for number in range(count))
    return HEAD + f"hooks:\n  after_install:\n{hooks}".encode()


@pytest.mark.parametrize("count", [100, 300, 900])
def test_twenty_errors_are_reported_with_their_lines_and_the_rest_is_counted(count: int) -> None:
    with daemon(wrong_hooks(count)) as fake:
        done = run(fake)
        (returned,) = fake.requests("Return")

    assert done.error is not None
    result = done.error.message.splitlines()
    assert [line.partition(" ")[0] for line in result[:20]] == [f"Kairosfile:{5 + 4 * n}:7:" for n in range(20)]
    assert result[20:] == [f"and {count - 20} more: run kairosfile check"]
    assert [first for first, _ in snippets(done)] == [5 + 4 * number for number in range(20)]
    assert returned.ByteSize() < 1 << 20


def test_many_errors_on_one_line_give_a_short_text() -> None:
    """Each error quotes its key, and its range is in a line of one megabyte."""
    keys = ", ".join(f"k{number}{'x' * 1000}: 1" for number in range(900))
    with daemon(b"{base: mirror/debian:13, version: v1.0.0, %s}" % keys.encode()) as fake:
        done = run(fake)
        (returned,) = fake.requests("Return")

    assert done.error is not None
    assert "more: run kairosfile check" in done.error.message
    assert returned.ByteSize() < 128 << 10


def test_warnings_are_bounded_too() -> None:
    hooks = "".join(f"    - run: apt-get update && apt-get install -y tool{n} {'x' * 200}\n" for n in range(200))
    text = HEAD + f"hooks:\n  after_install:\n{hooks}".encode()
    with daemon(text) as fake:
        result_of(run(fake))
        warned = fake.requests("Warn")

    assert len(warned) == 21
    assert sum(it.short.endswith(b" more warnings: docker buildx build --check lists them") for it in warned) == 1
    assert sum(request.ByteSize() for request in warned) < 256 << 10


def sized(path: str, size: int, mode: int = 0o644) -> Callable[[Any, Callable[[Any], Any]], Any]:
    """Return a StatFile handler that reports another size or kind for one file."""

    def answer(request: pb.StatFileRequest, usual: Callable[[Any], Any]) -> Any:
        response = usual(request)
        if request.Path.endswith(path):
            response.stat.size, response.stat.mode = size, mode
        return response

    return answer


def read(fake: FakeBridge) -> set[str]:
    return {request.FilePath for request in fake.requests("ReadFile")}


@pytest.mark.parametrize(
    ("path", "limit"),
    [("Kairosfile", MAX_KAIROSFILE), ("Kairosfile.lock", MAX_COMPANION), (".dockerignore", MAX_COMPANION)],
)
def test_file_that_is_too_large_is_refused_before_it_is_read(path: str, limit: int) -> None:
    hooks = b"hooks: {after_install: [{copy: a, to: /etc/}]}\n"
    with daemon(HEAD + hooks, {".dockerignore": b"", "a": b""}) as fake:
        fake.files["dockerfile"]["Kairosfile.lock"] = b"{}" if path.endswith("lock") else b"images: {}\n"  # type: ignore[index]
        if not path.endswith("lock"):
            del fake.files["dockerfile"]["Kairosfile.lock"]  # type: ignore[attr-defined]
        fake.on("StatFile", sized(path, limit + 1))
        done = run(fake)

    assert done.error is not None
    assert done.error.message == f'"{path}" has {limit + 1} bytes, more than the {limit} that are read of such a file'
    assert path not in read(fake)


@pytest.mark.parametrize(
    ("mode", "kind"), [(FIFO, "a named pipe"), (DEVICE, "a character device"), (LINK, "a symbolic link")]
)
def test_include_of_another_kind_is_refused_at_the_line_that_names_it(mode: int, kind: str) -> None:
    with daemon(b"extends: evil.yaml\n" + HEAD, {"evil.yaml": b"fips: true\n"}) as fake:
        fake.on("StatFile", sized("evil.yaml", 0, mode))
        done = run(fake)

    assert done.error is not None
    assert done.error.message.startswith(f'Kairosfile:1:10: "evil.yaml" is {kind}, not a regular file; name a regular')
    assert json.loads(done.error.details[0].value)["ranges"][0]["start"]["line"] == 1
    assert "evil.yaml" not in read(fake)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("cloud_config: [{name: 90.yaml, from: big.yaml}]\n", "Kairosfile:3:38"),
        ("stage_extensions: stages\n", "Kairosfile:3:19"),
        ("provider: {name: k3s, version: v1.33.1+k3s1, config: big.yaml}\n", "Kairosfile:3:54"),
    ],
)
def test_large_file_is_refused_at_the_line_that_names_it(text: str, place: str) -> None:
    contents = {"big.yaml": b"a: b\n", "stages/big.yaml": b"a: b\n"}
    with daemon(HEAD + text.encode(), contents) as fake:
        fake.on("StatFile", sized("big.yaml", 250 << 20))
        done = run(fake)

    assert done.error is not None
    assert done.error.message.startswith(f"{place}: ")
    assert "has 262144000 bytes, more than the 2097152" in done.error.message
    assert not {path for path in read(fake) if path.endswith("big.yaml")}


def test_names_with_control_characters_stay_on_their_line() -> None:
    with daemon(HEAD + b'"x\\n::error title=pwned::injected\\e[31m": 1\n') as fake:
        done = run(fake)

    assert done.error is not None
    assert done.error.message.splitlines() == [done.error.message]
    assert "\x1b" not in done.error.message
    assert r"x\n::error title=pwned::injected\x1b[31m" in done.error.message
