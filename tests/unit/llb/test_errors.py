"""Invalid arguments raise an error at the call that passes them, with a clear message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kairosfile import llb

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = llb.image("debian:12")
AMD64 = llb.Platform("linux", "amd64")


def run(**options: Any) -> llb.Run:
    return BASE.run(["true"], **options)


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "no arguments": (lambda: BASE.run([]), "run: the list of arguments is empty"),
    "no actions": (BASE.file, "at least one action"),
    "no actions to copy from": (lambda: llb.FileActionChain(BASE), "at least one action"),
    "one state to merge": (lambda: llb.merge([BASE]), "merge: 1 given, at least 2"),
    "variable without a name": (lambda: BASE.env("", "x"), "environment variable ''"),
    "variable with =": (lambda: run(env={"A=B": "x"}), "environment variable 'A=B'"),
    "network": (lambda: run(network="bridge"), "network 'bridge': choose one of sandbox, host, none"),
    "security": (lambda: BASE.security("root"), "security 'root': choose one of sandbox, insecure"),  # type: ignore[arg-type]
    "address": (lambda: BASE.add_host("h", "300.0.0.1"), "'300.0.0.1' does not appear to be an IPv4"),
    "relative mount": (lambda: run(mounts=[llb.Mount.bind("src")]), "mount at 'src': .* not an absolute path"),
    "mount over the root": (lambda: run(mounts=[llb.Mount.tmpfs("/")]), "mount at /: the root is the state"),
    "relative secret": (lambda: run(secrets=[llb.Secret("s", "token")]), "mount at 'token'"),
    "relative agent": (lambda: run(ssh=[llb.Ssh(target="agent")]), "mount at 'agent'"),
    "sharing": (lambda: llb.Mount.cache("/c", id="c", sharing="all"), "sharing 'all': choose one of shared"),  # type: ignore[arg-type]
    "git mtime": (lambda: llb.git("https://a.b/c.git", mtime="now"), "mtime 'now': choose one of checkout, commit"),  # type: ignore[arg-type]
    "content cache": (lambda: llb.Mount.bind("/c", content_cache="no"), "content_cache 'no': choose"),  # type: ignore[arg-type]
    "output of nothing": (lambda: run().output("/out"), "mount at /out: the run has none there"),
    "output of a cache": (
        lambda: run(mounts=[llb.Mount.cache("/c", id="c")]).output("/c"),
        "mount at /c: nothing can be built on a cache mount",
    ),
    "output of memory": (
        lambda: run(mounts=[llb.Mount.tmpfs("/t")]).output("/t"),
        "mount at /t: nothing can be built on a tmpfs mount",
    ),
    "output that was dropped": (
        lambda: run(mounts=[llb.Mount.bind("/d", no_output=True)]).output("/d"),
        "mount at /d: nothing can be built on a no-output mount",
    ),
    "two modes": (lambda: llb.copy(BASE, "/a", "/b", mode=0, mode_str="u=r"), "mode or mode_str, not both"),
    "copy of nothing": (lambda: llb.copy(BASE, "", "/b"), "copy: the path is empty"),
    "copy to nowhere": (lambda: llb.copy(BASE, "/a", ""), "copy: the path is empty"),
    "empty directory": (lambda: llb.mkdir(""), "mkdir: the path is empty"),
    "empty file": (lambda: llb.mkfile("", b""), "mkfile: the path is empty"),
    "empty removal": (lambda: llb.rm(""), "rm: the path is empty"),
    "empty link": (lambda: llb.symlink("/a", ""), "symlink: the path is empty"),
    "link to nowhere": (lambda: llb.symlink("", "/a"), "symlink: the path is empty"),
    "image": (lambda: llb.image("Debian:12"), "image 'Debian:12': .* lower case"),
    "resolve mode": (lambda: llb.image("a", resolve_mode="never"), "resolve_mode 'never': choose"),  # type: ignore[arg-type]
    "record type": (lambda: llb.image("a", record_type="own"), "record_type 'own': choose"),  # type: ignore[arg-type]
    "local without a name": (lambda: llb.local(""), "local source: the name is empty"),
    "differ": (lambda: llb.local("c", differ=llb.Differ("all")), "differ 'all': choose"),  # type: ignore[arg-type]
    "git scheme": (lambda: llb.git("ftp://example.com/r"), "git source 'ftp://example.com/r': unsupported scheme"),
    "git without a host": (lambda: llb.git(""), "git source .*: the host is missing"),
    "http scheme": (lambda: llb.http("file:///x"), "http source 'file:///x': the URL does not start with"),
    "config": (lambda: BASE.with_image_config({"config": ["x"]}), "^image config: 'config' is not an object$"),
    "environment": (lambda: BASE.with_image_config({"config": {"Env": "A=1"}}), "'Env' is not a list"),
    "directory": (lambda: BASE.with_image_config({"config": {"WorkingDir": 1}}), "'WorkingDir' is not text"),
    "nobody to ask for files": (
        lambda: llb.marshal(llb.local("context"), platform=AMD64),
        "local://context: give a session_id, or marshal with a local_unique_id",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_mistake_is_refused_with_its_place_and_reason(what: str) -> None:
    mistake, message = REFUSED[what]

    with pytest.raises(ValueError, match=message):
        mistake()


def test_a_shell_line_is_not_taken_for_a_list_of_arguments() -> None:
    with pytest.raises(TypeError, match="run 'echo hello': the arguments are a list"):
        BASE.run("echo hello")
