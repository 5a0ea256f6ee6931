"""Mounts of the stages of kairos-init: their encoding for the daemon, and the dependencies of the steps."""

from __future__ import annotations

from kairosfile import language, llb, sections
from kairosfile.plan.compile import Inputs, compile_plan
from kairosfile.plan.model import Run
from kairosfile.plan.offline import keys
from kairosfile.plan.resolve import resolve
from tests.support.protobuf import ops_pb2

HEAD = "base: mirror/debian:13\nversion: v1.0.0\n"
MOUNTS = """\
install:
  mounts:
    - {type: secret, id: login, target: /etc/apt/auth.conf.d/mirror.conf, mode: "0440"}
    - {type: secret, id: password, env: PASSWORD}
    - {type: bind, source: ca.crt, target: /usr/share/ca.crt}
"""


def op(text: str, name: str) -> ops_pb2.Op:
    """Return the operation of a step by its name."""
    document = sections.read(language.Source("Kairosfile", text))
    (plan,) = resolve(document, ["linux/amd64"])
    images = {image.id: llb.image(image.reference) for image in plan.images}
    context = llb.local("context", session_id="s")
    state = compile_plan(plan, Inputs(images, context, llb.SourceMap("Kairosfile", b""))).result
    definition = llb.marshal(state, platform=llb.Platform("linux", "amd64"))
    for digest, data in zip(definition.digests, definition.ops, strict=True):
        if definition.metadata[digest].description.get("llb.customname") == name:
            return ops_pb2.Op.FromString(data)
    raise KeyError(name)


def step_keys(text: str) -> dict[str, str]:
    """Return each step's own cache key."""
    document = sections.read(language.Source("Kairosfile", text))
    (plan,) = resolve(document, ["linux/amd64"])
    return {step: key.own for step, key in keys(plan).items()}


def test_install_is_given_its_mounts_and_init_is_not() -> None:
    install, init = op(HEAD + MOUNTS, "install kairos"), op(HEAD + MOUNTS, "init kairos v1.0.0")
    secret = next(mount for mount in install.exec.mounts if mount.mountType == ops_pb2.SECRET)

    assert (secret.dest, secret.secretOpt.ID, secret.secretOpt.mode) == (
        "/etc/apt/auth.conf.d/mirror.conf",
        "login",
        0o440,
    )
    assert [(variable.name, variable.ID) for variable in install.exec.secretenv] == [("PASSWORD", "password")]
    assert "/usr/share/ca.crt" in {mount.dest for mount in install.exec.mounts}
    assert all(mount.mountType != ops_pb2.SECRET for mount in init.exec.mounts)


def test_mounts_of_install_leave_init_cached() -> None:
    plain, mounted = step_keys(HEAD), step_keys(HEAD + MOUNTS)

    assert plain["install"] != mounted["install"]
    assert plain["init"] == mounted["init"]


def test_install_depends_on_its_section_and_init_on_its_own() -> None:
    document = sections.read(language.Source("Kairosfile", HEAD + "fips: true\n" + MOUNTS + "  fips: false\n"))
    (plan,) = resolve(document, ["linux/amd64"])
    fields = {step.id: step.fields for step in plan.steps}

    assert {"install.mounts", "install.fips"} <= set(fields["install"])
    assert not any(field.startswith("install") for field in fields["init"])
    argv = {step.id: step.action.argv for step in plan.steps if isinstance(step.action, Run)}
    assert "--fips" not in argv["install"]
    assert "--fips" in argv["init"]
