"""Providers that kairos-init does not carry, installed by a plugin of the file, on real engines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST
from tests.support.e2e import oci

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Project
    from tests.support.engine import DockerEngine

pytestmark = pytest.mark.docker26_is_long

# Installs a program that prints the given version, which `init.provider.info` reports.
PLUGIN = r"""#!/bin/sh
case $1 in
init.provider.install)
    said=$(cat)
    version=$(printf '%s' "$said" | tr -d '\\' | sed -n 's/.*"version":"\([^"]*\)".*/\1/p')
    printf '%s' "$said" >/etc/told.json
    printf '#!/bin/sh\necho %s\n' "$version" >/usr/bin/own
    chmod 0755 /usr/bin/own
    printf '{"state": "success", "data": "", "error": ""}'
    ;;
init.provider.info)
    printf '{"state": "success", "data": "{\\"provider\\": \\"own\\", \\"version\\": \\"%s\\"}", "error": ""}' "$(own)"
    ;;
esac
"""


@pytest.fixture
def start(base: str, kairos_init: Callable[[str], str]) -> str:
    return f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"


def exported(project: Project, engine: DockerEngine) -> oci.Image:
    archive = project.folder / "image.tar"
    project.must_build(engine, "--platform", "linux/amd64", "--output", f"type=oci,dest={archive}")
    return oci.load(archive)["linux/amd64"]


def test_a_plugin_of_the_build_context_installs_its_provider(
    engine: DockerEngine, project: Project, start: str
) -> None:
    (project.folder / "plugin.sh").write_text(PLUGIN)
    project.write(start + "provider: {name: own, version: v7.1, config: c.yaml, plugin: plugin.sh}\n")
    (project.folder / "c.yaml").write_text("{}")

    image = exported(project, engine)

    assert image.read("usr/bin/own") == "#!/bin/sh\necho v7.1\n"
    assert '\\"config\\":\\"/kairos-init-provider-config\\"' in image.read("etc/told.json")
    release = image.read("etc/kairos-release")
    assert 'KAIROS_SOFTWARE_VERSION="v7.1"' in release
    assert 'KAIROS_SOFTWARE_VERSION_PREFIX="own"' in release
    assert "system/providers/agent-provider-own" in image.names()
    assert "system/providers/agent-provider-kairos" not in image.names()


def test_a_plugin_of_an_image_that_fails_ends_the_build_with_its_reason(
    engine: DockerEngine, project: Project, start: str, base: str
) -> None:
    (project.folder / "plugin.sh").write_text(
        '#!/bin/sh\ncat >/dev/null\nprintf \'{"state": "error", "error": "there is no v9 of own"}\'\n'
    )
    build = "hooks:\n  before_install:\n    - copy: plugin.sh\n      to: /system/providers/agent-provider-own\n"
    project.write(
        start + "provider: {name: own, version: v9}\nskip_steps: [providerBinaries]\n"
        f"{build}      mode: '0755'\n    - run: ls -l /system/providers\n"
    )
    result = project.fails(engine)
    assert "there is no v9 of own" in result

    project.write(start + f"provider: {{name: own, version: v9, plugin: /bin/sh, from: '{base}'}}\n")
    assert "agent-provider-own" in project.fails(engine)
