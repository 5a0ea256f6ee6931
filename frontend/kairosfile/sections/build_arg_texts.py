"""What the build args that stand in for fields mean.

Written by `make generate` from the models that declare the fields: do not edit.
"""

from __future__ import annotations

TEXTS = {
    "BASE_IMAGE": "Linux image to start from",
    "VARIANT": "core, or standard with Kubernetes",
    "MODEL": "Board that the image is for",
    "KUBERNETES_DISTRO": "Kubernetes distribution: k3s, k0s, or the name that a plugin answers to",
    "KUBERNETES_VERSION": "Its release, as the vendor tags it",
    "VERSION": "Version of your image",
    "KAIROS_INIT": "kairos-init to use: a release such as v0.17.3, or an image, or version, image and digest",
    "TRUSTED_BOOT": "Build for Trusted Boot (a UKI, no initrd)",
    "FIPS": "Build with FIPS 140 modules",
}
