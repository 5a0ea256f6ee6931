"""How containerd and Docker write platforms and names of images; knows nothing else, and needs only `re`.

What checks a Kairosfile needs these and no build graph, whose import costs a tenth of a `kairosfile check`.
"""

from __future__ import annotations

from kairosfile.oci.platform import Platform
from kairosfile.oci.reference import familiar_reference, normalize_reference

__all__ = ["Platform", "familiar_reference", "normalize_reference"]
