"""The export of a result that holds a secret, from one solve to the next: each solve, and the program that it needs."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from kairosfile import llb
from kairosfile.plan.compile import Inputs, SolvePlan, compile_plan
from kairosfile.plan.graph import of_plan
from kairosfile.plan.model import Plan, Run, SecretExport
from kairosfile.plan.offline import cache_keys
from kairosfile.plan.secret_export import SCRIPT
from kairosfile.plan.targets import select
from tests.support.protobuf import ops_pb2
from tests.unit.sections.test_artifacts import HEAD, UKI, mounts, plan_of, run_of

if TYPE_CHECKING:
    from pathlib import Path

SECRET = HEAD + "artifacts: {iso: {cloud_config: {secret: install}}, netboot: {}}\n"
STEPS = {"name iso and its checksum", "hand the files over", "take the files", "clear what they were handed over in"}


def compiled(own_plan: Plan, build_id: str) -> SolvePlan[llb.Definition]:
    images = {image.id: llb.image(image.reference) for image in own_plan.images}
    inputs = Inputs(images, None, llb.SourceMap("Kairosfile", b""), no_cache=("iso",), build_id=build_id)
    return compile_plan(own_plan, inputs).map(
        lambda state: llb.marshal(state, platform=llb.Platform.parse("linux/amd64"))
    )


def operations(definition: llb.Definition) -> dict[str, ops_pb2.Op]:
    """Return the operations by their names, without unnamed ones."""
    result = definition.metadata
    ops = zip(definition.digests, definition.ops, strict=True)
    named = {result[digest].description.get("llb.customname", ""): ops_pb2.Op.FromString(op) for digest, op in ops}
    return {name: op for name, op in named.items() if name}


def test_the_result_is_one_step_without_inputs_in_a_solve_of_its_own() -> None:
    solves = compiled(select(plan_of(SECRET), "artifacts"), "a")

    ((name, last),) = operations(solves.result).items()
    assert (name, list(last.inputs)) == ("take the files", [])
    assert {mount.mountType for mount in last.exec.mounts} == {ops_pb2.BIND, ops_pb2.CACHE}
    assert solves.before
    assert solves.after
    assert list(operations(solves.before))[-1] == "hand the files over"
    assert list(operations(solves.after))[-1] == "clear what they were handed over in"


def test_a_secret_export_waits_for_the_checks_and_includes_every_other_result() -> None:
    result = select(plan_of(SECRET), "artifacts")

    assert result.secret_export == SecretExport("hand-over", "clear")
    assert (result.root, result.overlays, result.checks) == ("handed-over", (), ())
    assert mounts(run_of(result, "hand-over")) == {
        "/hand-over": "hand-over",
        "/results/netboot": "step netboot",
        "/done/iso": "step iso",
        "/done/validate": "step validate",
    }
    assert mounts(run_of(result, "iso"))["/output"] == "hand-over"


@pytest.mark.parametrize(
    ("text", "target"),
    [(SECRET, "netboot"), (SECRET, ""), (HEAD, "iso"), (UKI, "uki")],
)
def test_what_holds_no_secret_is_one_solve(text: str, target: str) -> None:
    result = select(plan_of(text), target)

    assert result.secret_export is None
    assert not [step for step in result.steps if isinstance(step.action, Run) and step.action.empty_root]


def test_no_two_builds_share_a_folder_or_a_cache_key_and_one_build_always_has_the_same() -> None:
    result = select(plan_of(SECRET), "artifacts")

    one, same, other = (compiled(result, build_id) for build_id in ("a", "a", "b"))

    assert [it.to_bytes() for it in one if it] == [it.to_bytes() for it in same if it]
    for mine, others in zip(one, other, strict=True):
        assert mine
        assert others
        keys, other_keys = ({named(it, key): value for key, value in cache_keys(it).items()} for it in (mine, others))
        assert {name for name in keys if name in STEPS and keys[name] == other_keys[name]} == set()
        assert folders(mine).isdisjoint(folders(others))


def named(definition: llb.Definition, digest: str) -> str:
    return definition.metadata[digest].description.get("llb.customname", digest)


def folders(definition: llb.Definition) -> set[str]:
    """Return the ids of the cache mounts."""
    runs = (op.exec for op in operations(definition).values() if op.HasField("exec"))
    return {mount.cacheOpt.ID for run in runs for mount in run.mounts if mount.mountType == ops_pb2.CACHE}


def test_no_step_of_a_secret_export_ignores_the_cache_because_the_daemon_would_clear_the_folder() -> None:
    solves = compiled(select(plan_of(SECRET), "artifacts"), "a")

    messages = [data for it in solves if it for data in it.metadata.values()]
    assert not [one for one in messages if one.ignore_cache]


def test_every_step_of_a_secret_export_runs_each_time_and_is_drawn_in_its_order() -> None:
    result = select(plan_of(SECRET), "iso")

    assert [step.id for step in result.steps if step.runs_each_time] == ["iso", "hand-over", "handed-over", "clear"]
    edges = [(edge.start, edge.use) for edge in of_plan(result, "").edges if edge.end in {"handed-over", "clear"}]
    assert edges == [("hand-over", "files"), ("auroraboot", "root"), ("handed-over", "files")]


def test_the_program_runs_by_the_loader_and_the_libraries_that_are_left_for_it(tmp_path: Path) -> None:
    """Any local program replaces rsync."""
    programs = programs_of(tmp_path, "cat")
    (tmp_path / "results/netboot").mkdir(parents=True)
    (tmp_path / "results/netboot/kernel").write_text("kernel")

    done = run_script(tmp_path, programs)

    assert done.returncode == 0, done.stderr
    tools = tmp_path / "hand-over/.tools"
    command = [f"{tools}/loader", "--library-path", f"{tools}", f"{tools}/rsync", f"{tmp_path}/hand-over/kernel"]
    assert subprocess.run(command, env={}, check=True, capture_output=True, text=True).stdout == "kernel"
    assert any(path.name.startswith("libc.") for path in tools.iterdir())


def test_the_libraries_are_found_without_ldd_too(tmp_path: Path) -> None:
    programs = programs_of(tmp_path, "cat")
    (programs / "ldd").unlink()

    assert run_script(tmp_path, programs).returncode == 0
    assert (tmp_path / "hand-over/.tools/loader").exists()


def test_a_program_that_runs_in_its_image_alone_is_refused(tmp_path: Path) -> None:
    programs = programs_of(tmp_path, "cat")
    (programs / "rsync").unlink()
    (programs / "rsync").write_text("#!/bin/sh\n")
    (programs / "rsync").chmod(0o755)

    done = run_script(tmp_path, programs)

    assert done.returncode == 1
    assert "the rsync of AuroraBoot's image does not run outside of it" in done.stderr


def programs_of(folder: Path, rsync: str) -> Path:
    """Return a folder with the programs of an image, one of which is named rsync."""
    programs = folder / "bin"
    programs.mkdir()
    for name in ("bash", "cat", "cp", "ldd", "mkdir"):
        if actual := shutil.which(name):
            (programs / name).symlink_to(actual)
    shutil.copy(os.path.realpath(shutil.which(rsync) or ""), programs / "rsync")
    return programs


def run_script(folder: Path, programs: Path) -> subprocess.CompletedProcess[str]:
    (folder / "hand-over").mkdir()
    script = SCRIPT.replace("/hand-over", str(folder / "hand-over"))
    words = ["/bin/sh", "-ec", script, "hand-over", str(folder / "results")]
    return subprocess.run(words, env={"PATH": str(programs)}, capture_output=True, text=True, check=False)
