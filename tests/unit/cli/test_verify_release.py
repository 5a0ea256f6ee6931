"""`kairosfile verify`: /etc/kairos-release from an image's layers, compared with the Kairosfile and the platform."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from dxf import hash_bytes
from dxf.exceptions import DXFDigestMismatchError

from kairosfile.cli.image import layers
from kairosfile.cli.image.layers import UnreadableError
from kairosfile.cli.verify.checks import PATH, Local, compared, parse
from kairosfile.cli.verify.evidence import Evidence
from kairosfile.cli.verify.image import manifest_of, read_file

if sys.version_info >= (3, 14):
    import tarfile
else:
    from backports.zstd import tarfile

if TYPE_CHECKING:
    from collections.abc import Iterable

GOOD = {"KAIROS_VERSION": "v1.0.0", "KAIROS_VARIANT": "core", "KAIROS_MODEL": "generic", "KAIROS_ARCH": "amd64"}
IMAGE = Evidence("linux/amd64", {"org.opencontainers.image.version": "v1.0.0"}, None, {})
LOCAL = Local("Kairosfile", "", {}, {key: GOOD[key] for key in ("KAIROS_VERSION", "KAIROS_VARIANT", "KAIROS_MODEL")})


class Deferred:
    """A registry's response with a manifest."""

    def __init__(self, content: bytes) -> None:
        self.content = content


class Shelf:
    """A stand-in for the registry client: blobs by digest, returned and verified as python-dxf does."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.requests: list[str] = []

    def put(self, content: bytes) -> str:
        digest = hash_bytes(content)
        self.blobs[digest] = content
        return digest

    def put_json(self, document: object) -> str:
        return self.put(json.dumps(document).encode())

    def get_manifest_and_response(self, digest: str) -> tuple[str, Deferred]:
        return "", Deferred(self.blobs[digest])

    def pull_blob(self, digest: str, chunk_size: int = 8192) -> Iterable[bytes]:
        self.requests.append(digest)
        content = self.blobs[digest]
        yield from (content[at : at + chunk_size] for at in range(0, len(content), chunk_size))
        if hash_bytes(content) != digest:
            raise DXFDigestMismatchError(hash_bytes(content), digest)  # type: ignore[no-untyped-call]


def tar(*entries: tuple[str, bytes | None], mode: Any = "w:gz") -> bytes:
    """Return an archive of files with content, and of folders (no content)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
            info.size = len(content or b"")
            archive.addfile(info, io.BytesIO(content or b""))
    return buffer.getvalue()


def read(*archives: bytes, shelf: Any = None) -> bytes | None:
    shelf = shelf or Shelf()
    return read_file(shelf, {"layers": [{"digest": shelf.put(it)} for it in archives]}, PATH)


LOWER = tar(("etc", None), (PATH, b"lower"))


def test_the_last_layer_that_has_the_file_counts_and_those_below_are_not_fetched() -> None:
    shelf = Shelf()
    upper = tar(("boot/initrd", b"x" * 300_000), ("etc", None), (PATH, b"upper"), ("usr/big", b"y" * 300_000))

    assert read(LOWER, upper, tar(("opt/a", b"")), shelf=shelf) == b"upper"
    assert hash_bytes(LOWER) not in shelf.requests
    assert len(shelf.requests) == 2


@pytest.mark.parametrize("name", [PATH, f"./{PATH}", f"/{PATH}"])
@pytest.mark.parametrize("mode", ["w", "w:gz", "w:zst"])
def test_names_and_packing_of_archives_may_differ(name: str, mode: str) -> None:
    assert read(tar((name, b"it"), mode=mode)) == b"it"


@pytest.mark.parametrize(
    "whiteout", ["etc/.wh.kairos-release", "etc/.wh..wh..opq", ".wh.etc", ".wh..wh..opq", "./etc/.wh.kairos-release"]
)
def test_a_whiteout_hides_the_layers_below_and_not_its_own(whiteout: str) -> None:
    assert read(LOWER, tar((whiteout, b""))) is None
    assert read(LOWER, tar((whiteout, b""), (PATH, b"own"))) == b"own"
    assert read(LOWER, tar((whiteout, b"")), tar((PATH, b"above"))) == b"above"


def test_a_file_in_the_place_of_its_folder_hides_it() -> None:
    assert read(LOWER, tar(("etc", b"no folder"))) is None


@pytest.mark.parametrize(
    "name", ["etc/.wh.kairos", "opt/.wh..wh..opq", "etc/kairos-release.d", "opt/etc/kairos-release"]
)
def test_other_names_hide_nothing(name: str) -> None:
    assert read(LOWER, tar((name, b""))) == b"lower"


def test_an_image_without_the_file_has_no_release() -> None:
    assert read(tar(("etc", None))) is None
    assert read() is None


@pytest.mark.parametrize("mode", ["w:gz", "w:zst"])
@pytest.mark.parametrize("place", [0, 20, -1])
def test_a_layer_that_is_not_what_its_digest_says_is_refused_even_after_the_file(place: int, mode: str) -> None:
    shelf = Shelf()
    digest = shelf.put(LOWER)
    bad = bytearray(tar((PATH, b"forged"), ("z", bytes(range(256)) * 4000), mode=mode))
    bad[place] ^= 1
    shelf.blobs[digest] = bytes(bad)

    with pytest.raises(DXFDigestMismatchError):
        read_file(shelf, {"layers": [{"digest": digest}]}, PATH)  # type: ignore[arg-type]


def test_what_cannot_be_read_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreadableError, match="is not a readable tar archive"):
        read(b"nothing of the kind")
    with pytest.raises(UnreadableError, match="is a link or no file"):
        read(tar((PATH, None)))
    with pytest.raises(UnreadableError, match="has 70000 bytes"):
        read(tar((PATH, b"x" * 70_000)))
    monkeypatch.setattr(layers, "LARGEST_LAYER", 1 << 10)
    with pytest.raises(UnreadableError, match="a layer has more than"):
        read(tar(("a", b"x" * 2000), (PATH, b"it")))


def test_the_manifest_of_a_platform_is_found_with_and_without_an_index() -> None:
    shelf: Any = Shelf()
    own, other = (shelf.put(json.dumps({"layers": [], "of": name}).encode()) for name in ("arm64", "amd64"))
    arm = {"os": "linux", "architecture": "arm64", "variant": "v8"}
    entries = [
        {"digest": other, "platform": {"os": "unknown", "architecture": "unknown"}},
        {"digest": other, "platform": {"os": "linux", "architecture": "amd64"}},
        {"digest": own, "platform": arm},
    ]
    index = shelf.put(json.dumps({"manifests": entries}).encode())

    assert manifest_of(shelf, index, "linux/arm64")["of"] == "arm64"
    assert manifest_of(shelf, own, "linux/arm64")["of"] == "arm64"
    with pytest.raises(UnreadableError, match="does not name the platform"):
        manifest_of(shelf, index, "linux/riscv64")
    shelf.blobs[index] = b"{}"
    with pytest.raises(DXFDigestMismatchError):
        manifest_of(shelf, index, "linux/arm64")


def test_lines_are_read_as_a_shell_does() -> None:
    text = b'# remark\nKAIROS_VERSION="v1"\nA=\'b c\'\nN=7\n\nno pair\nBAD="open\nEVIL="\x1b[2J"\n\xff\n'

    assert parse(text) == {"KAIROS_VERSION": "v1", "A": "b c", "N": "7", "EVIL": "?[2J"}


def bad(message: dict[str, str], local: Local | None = LOCAL) -> list[tuple[str, str]]:
    findings = list(compared(GOOD | message, IMAGE, local))
    assert findings[0].status == "ok"
    return [(finding.status, finding.message.split(": ", 1)[1]) for finding in findings[1:]]


def test_a_file_that_agrees_is_good() -> None:
    assert bad({}) == []


@pytest.mark.parametrize("version", ["1.0.0", "v1.0.0", "v1", "01.0"])
def test_a_version_is_compared_as_kairos_init_reads_it(version: str) -> None:
    assert bad({"KAIROS_VERSION": version}) == []


@pytest.mark.parametrize("version", ["v1.0.1", "v1.0.0-rc1", "latest"])
def test_another_version_contradicts_the_label_and_the_file(version: str) -> None:
    assert bad({"KAIROS_VERSION": version}) == [
        ("error", f"KAIROS_VERSION is {version} in the image, the label org.opencontainers.image.version says v1.0.0"),
        ("error", f"KAIROS_VERSION is {version} in the image, Kairosfile says v1.0.0"),
    ]


def test_the_version_of_a_framework_is_not_that_of_the_image() -> None:
    old = {"KAIROS_REGISTRY_AND_ORG": "quay.io/kairos", "KAIROS_VERSION": "v2.15.12"}

    assert bad(old) == []
    assert len(bad(old | {"KAIROS_FRAMEWORK_VERSION": "v2"})) == 2


@pytest.mark.parametrize(("key", "value"), [("KAIROS_VARIANT", "standard"), ("KAIROS_MODEL", "rpi4")])
def test_variant_and_model_are_compared_with_the_kairosfile(key: str, value: str) -> None:
    assert bad({key: value}) == [("error", f"{key} is {value} in the image, Kairosfile says {GOOD[key]}")]
    assert bad({key: value}, None) == []


def test_the_architecture_is_compared_with_the_platform() -> None:
    assert bad({"KAIROS_ARCH": "arm64"}) == [
        ("error", "KAIROS_ARCH is arm64 in the image, the image's platform says amd64")
    ]


def test_a_key_that_is_missing_is_a_warning() -> None:
    assert bad({"KAIROS_MODEL": ""}) == [("warning", "/etc/kairos-release has no KAIROS_MODEL")]
