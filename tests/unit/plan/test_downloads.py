"""Downloads pinned by their checksum: their encoding for the daemon, and their description for readers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kairosfile import language, llb, sections
from kairosfile.cli import step_text
from kairosfile.dockerfile.eject.instructions import instruction
from kairosfile.plan.compile import DOWNLOADED, Inputs, compile_plan
from kairosfile.plan.explain import DOWNLOAD, network
from kairosfile.plan.image_config import image_config
from kairosfile.plan.model import Download, Plan, Step
from kairosfile.plan.offline import keys
from kairosfile.plan.resolve import resolve
from kairosfile.plan.serialize import to_json
from tests.support.protobuf import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping

URL = "https://example.com/releases/tool.tar.zst?raw=1"
SHA = "sha256:" + "ab" * 32
PLATFORM = llb.Platform("linux", "amd64")


def plan_of(action: Download) -> Plan:
    """Return the plan of a minimal file whose image ends with a download."""
    document = sections.read(language.Source("Kairosfile", "base: debian:13\nversion: v1.0.0\n"))
    (plan,) = resolve(document, ["linux/amd64"])
    step = Step("download", "download a tool", plan.root, action, (document.range("base"),), ("base",))
    return plan._replace(steps=(*plan.steps, step), root=step.id)


def ops(action: Download) -> dict[str, tuple[ops_pb2.Op, Mapping[str, bool]]]:
    """Return the operations of a plan by their names."""
    plan = plan_of(action)
    images = {image.id: llb.image(image.reference, platform=PLATFORM) for image in plan.images}
    source_map = llb.SourceMap("Kairosfile", b"")
    definition = llb.marshal(compile_plan(plan, Inputs(images, None, source_map)).result, platform=PLATFORM)
    actual = {}
    for digest, data in zip(definition.digests, definition.ops, strict=True):
        metadata = definition.metadata[digest]
        actual[metadata.description.get("llb.customname", "")] = ops_pb2.Op.FromString(data), metadata.caps
    return actual


def test_buildkit_downloads_the_file_and_checks_it() -> None:
    source, capabilities = ops(Download(URL, SHA, "/opt/tool"))[f"download {URL}"]

    assert source.source.identifier == URL
    assert source.source.attrs == {"http.checksum": SHA, "http.filename": DOWNLOADED}
    assert capabilities["source.http.checksum"]


def test_the_file_gets_its_path_mode_and_owner_and_its_folders_those_of_folders() -> None:
    file, _ = ops(Download(URL, SHA, "/opt/tools/tool", 0o755, "1000:1000"))["download a tool"]
    folder, copy = (action for action in file.file.actions)

    assert (folder.mkdir.path, folder.mkdir.mode, folder.mkdir.makeParents) == ("/opt/tools", 0o755, True)
    assert not folder.mkdir.HasField("owner")
    assert (copy.copy.src, copy.copy.dest, copy.copy.mode) == (f"/{DOWNLOADED}", "/opt/tools/tool", 0o755)
    assert copy.copy.owner.user.byID == 1000


def test_another_checksum_is_another_step_and_another_target_the_same_download() -> None:
    one, other = (ops(Download(URL, SHA, target))[f"download {URL}"][0] for target in ("/opt/a", "/opt/b"))
    first, second = (keys(plan_of(Download(URL, sha, "/opt/a")))["download"] for sha in (SHA, SHA.replace("ab", "cd")))

    assert one == other
    assert first.own != second.own


def test_a_download_is_plan_data_an_instruction_and_a_line_of_history() -> None:
    action = Download(URL, SHA, "/opt/tools/tool", 0o640, "root:adm")
    plan = plan_of(action)
    step = plan.steps[-1]
    document = sections.read(language.Source("Kairosfile", "base: debian:13\nversion: v1.0.0\n"))

    result = {"url": URL, "checksum": SHA, "target": "/opt/tools/tool", "mode": "0640", "owner": "root:adm"}
    assert to_json(plan)["steps"][-1]["download"] == result
    assert (
        step_text.describe_action(plan, action) == f"downloads {URL} to /opt/tools/tool, owned by root:adm, mode 0640"
    )
    assert step_text.action_to_json(action) == {
        "kind": "download",
        "url": URL,
        "checksum": SHA,
        "target": "/opt/tools/tool",
    }
    assert network(document, step) == DOWNLOAD
    history = json.loads(image_config(plan, {}, "", ""))["history"]
    assert history[-1]["created_by"] == f"download a tool: ADD {URL} /opt/tools/tool"
    assert instruction(step, {}).splitlines()[1:] == [
        'RUN ["mkdir", "-p", "/opt/tools"]',
        f"ADD --checksum={SHA} --chown=root:adm --chmod=0640 {URL} /opt/tools/tool",
    ]
