"""Images in OCI layouts, and the layouts that the reader rejects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kairosfile.cli.errors import CliError
from kairosfile.cli.image.stores import open_stored
from tests.unit.cli.compare.layouts import File, Layout, layer, layout

if TYPE_CHECKING:
    from pathlib import Path

LAYER = layer(File("a", b"1"))
ARM64 = {"os": "linux", "architecture": "arm64", "variant": "v8"}


def platforms(name: str) -> list[str]:
    with open_stored(name) as stored:
        return [stored.image(platform).platform for platform in stored.manifests]


def read_all(name: str) -> None:
    with open_stored(name) as stored:
        for platform in stored.manifests:
            image = stored.image(platform)
            for each in image.layers:
                image.open(each).drain()


def refusal(name: str) -> str:
    with pytest.raises(CliError) as caught:
        read_all(name)
    return str(caught.value)


def test_an_image_of_one_platform_has_that_of_its_config(tmp_path: Path) -> None:
    assert platforms(str(layout(tmp_path, LAYER))) == ["linux/amd64"]


def test_an_index_has_all_its_platforms_and_no_attestations(tmp_path: Path) -> None:
    layout = Layout()
    attestation = layout.image(LAYER, platform={"os": "unknown", "architecture": "unknown"})
    layout.name(layout.put_json({"manifests": [layout.image(LAYER), layout.image(platform=ARM64), attestation]}))

    assert platforms(str(layout.write(tmp_path / "folder"))) == ["linux/amd64", "linux/arm64"]
    assert platforms(str(layout.pack(tmp_path / "image.tar"))) == ["linux/amd64", "linux/arm64"]


def test_layers_have_their_sizes_and_what_made_them(tmp_path: Path) -> None:
    layout = Layout()
    layout.name(layout.image(LAYER, layer()))
    with open_stored(f"oci-layout://{layout.pack(tmp_path / 'image.tar')}") as stored:
        image = stored.image("linux/amd64")

    assert [(each.size, each.created_by) for each in image.layers] == [(len(LAYER), "step 0"), (len(layer()), "step 1")]


def test_one_of_several_images_is_named_by_its_tag(tmp_path: Path) -> None:
    layout = Layout()
    layout.name(layout.image(LAYER), "v1")
    layout.name(layout.image(platform=ARM64), "quay.io/acme/os:v2")
    folder = layout.write(tmp_path)

    assert platforms(f"oci-layout:{folder}:v1") == ["linux/amd64"]
    assert platforms(f"oci-layout:{folder}:v2") == ["linux/arm64"]
    assert "the layout has 2 images, named quay.io/acme/os:v2, v1, v2" in refusal(str(folder))
    assert "the layout has 0 images" in refusal(f"oci-layout:{folder}:v3")


@pytest.mark.parametrize("pack", [False, True])
def test_a_blob_that_its_digest_does_not_fit_is_refused(tmp_path: Path, pack: bool) -> None:
    layout = Layout()
    layout.name(layout.image(LAYER))
    digest = next(digest for digest, content in layout.blobs.items() if content == LAYER)
    layout.blobs[digest] = layer(File("a", b"2"))
    name = layout.pack(tmp_path / "image.tar") if pack else layout.write(tmp_path / "folder")

    assert f"the content of {digest} is another one" in refusal(str(name))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"manifests": [{"digest": "sha256:../../../../etc/passwd", "size": 1}]}, "is not a SHA-256 digest"),
        ({"manifests": [{"digest": f"sha256:{'0' * 64}", "size": 1}]}, "No such file"),
        ({"manifests": "x"}, "index.json is not JSON of the expected form"),
        ([[[]]], "index.json is not JSON of the expected form"),
        ({}, "the layout has 0 images"),
    ],
)
def test_an_index_that_is_wrong_is_refused(tmp_path: Path, document: object, reason: str) -> None:
    folder = layout(tmp_path, LAYER)
    (folder / "index.json").write_text(json.dumps(document))

    assert reason in refusal(str(folder))


def test_a_document_without_an_end_is_not_read_whole(tmp_path: Path) -> None:
    folder = layout(tmp_path, LAYER)
    (folder / "index.json").write_text(" " * (5 << 20))

    assert "index.json has more than 4 MiB" in refusal(str(folder))


def test_an_artifact_that_is_no_image_is_refused(tmp_path: Path) -> None:
    layout = Layout()
    layout.name(layout.put_json({"layers": []}))

    assert "is neither an index nor the manifest of an image" in refusal(str(layout.write(tmp_path)))


def test_an_archive_that_ends_early_is_refused(tmp_path: Path) -> None:
    layout = Layout()
    layout.name(layout.image(LAYER))
    path = layout.pack(tmp_path / "image.tar")
    path.write_bytes(path.read_bytes()[:2500])

    assert refusal(str(path)).startswith("cannot read ")


def test_a_name_that_is_no_reference_is_refused() -> None:
    assert "--help" in refusal("--help")
