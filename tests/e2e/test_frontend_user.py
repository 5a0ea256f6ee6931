"""Which user a frontend is: the engine does not ask its image, so ours leaves root by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.gateway.stdio import NOBODY
from tests.e2e.test_faults import waiting
from tests.support.e2e.running import RunningBuild, frontends, processes, until, user_of
from tests.support.engine import images

if TYPE_CHECKING:
    import pytest

    from tests.e2e.conftest import Project
    from tests.support.e2e.faulty_registry import FaultyRegistry
    from tests.support.engine import Engine

ROOT = 0
SLEEP = "import time; time.sleep(60)"


def test_a_frontend_is_started_as_root_whatever_user_its_image_names(
    engine: Engine, project: Project, good: str, frontend: str, tmp_path_factory: pytest.TempPathFactory, nonce: str
) -> None:
    folder = tmp_path_factory.mktemp("user")
    program = f'["/usr/bin/python3.13", "-I", "-S", "-c", "{SLEEP}"]'
    (folder / "Dockerfile").write_text(f"FROM {frontend}\nUSER {NOBODY}\nENTRYPOINT {program}\n")
    push = ["docker", "buildx", "build", "--push", "--provenance=false", "-t", f"{frontend}-user", str(folder)]
    result = engine.run(push)
    assert result.returncode == 0, result.stderr
    project.header += "-user"
    project.write(good)

    with RunningBuild(engine, project.folder, "--build-arg", f"NONCE={nonce}") as build:
        until(lambda: sleeping(engine, nonce), f"the frontend runs\n{build.output}")
        assert {user_of(pid) for pid in sleeping(engine, nonce)} == {ROOT}


def sleeping(engine: Engine, nonce: str) -> list[int]:
    return [each.pid for each in processes(engine, nonce) if SLEEP in each.words]


def test_the_frontend_is_nobody_once_it_reads_a_file(
    engine: Engine, project: Project, faulty: FaultyRegistry, rest: str, nonce: str
) -> None:
    project.write(f"base: {faulty.address}/{images.BASE}\n{rest}")

    with waiting(engine, project, faulty, nonce) as build:
        assert {user_of(each.pid) for each in frontends(engine, nonce)} == {NOBODY}
        faulty.release()
        assert build.wait() == 0, build.output
