"""After a push: whether an attestation of the image is near what builders take. A few manifests are fetched, no layer.

The push went well; so what keeps a registry from telling is nothing that its user has to hear of here.
"""

from __future__ import annotations

from kairosfile.cli.attestation_size import warning
from kairosfile.cli.registry import RegistryError, look_up, repository
from kairosfile.cli.stop import StopError
from kairosfile.cli.verify.manifests import Attached, attached, repository_of
from kairosfile.oci.reference import normalize_reference


def warnings(image: str) -> list[str]:
    """Return what to say of the attestations of an image in a registry, by its name."""
    try:
        return [text for one in _attached(image) if (text := warning(one.platform, one.kind, one.size))]
    except (RegistryError, StopError):
        return []


def _attached(image: str) -> list[Attached]:
    (digest,) = look_up([normalize_reference(image)])
    if isinstance(digest, RegistryError):
        return []
    with repository(repository_of(image)) as client:
        return list(attached(client, digest))
