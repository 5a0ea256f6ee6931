"""Whether an image is signed with a key: what `cosign verify` says of its digest.

Only keys: who signs without one, through an identity and a transparency log, runs cosign with what names that identity.
"""

from __future__ import annotations

import subprocess

from kairosfile.cli.doctor.finding import Finding

# Docker itself speaks plain HTTP with registries on this machine.
LOOPBACK = ("localhost", "127.", "[::1]")
SECONDS = 120


def signature(image: str, digest: str, key: str | None) -> Finding:
    """Return what is to be said of the signature of an image by its digest; `key` is the public one."""
    if key is None:
        return Finding("signature", "unknown", "not looked at without --key cosign.pub")
    name = f"{image.partition('@')[0].rpartition(':')[0]}" if _has_tag(image) else image.partition("@")[0]
    plain = ["--allow-http-registry"] if image.startswith(LOOPBACK) else []
    command = ["cosign", "verify", "--key", key, "--insecure-ignore-tlog=true", *plain, f"{name}@{digest}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    except FileNotFoundError:
        return Finding("signature", "error", "cosign is not installed, so it cannot be looked at", "install cosign")
    except subprocess.TimeoutExpired:
        return Finding("signature", "error", f"cosign did not end within {SECONDS} seconds", "check the network")
    if done.returncode == 0:
        return Finding("signature", "ok", f"{digest} is signed with the key of {key}")
    said = [line.removeprefix("Error: ") for line in done.stderr.splitlines() if line.startswith("Error: ")]
    message = f"{digest} is not signed with the key of {key}: {said[0] if said else 'cosign gives no reason'}"
    return Finding("signature", "error", message, "cosign sign --key cosign.key IMAGE@DIGEST, or use the right key")


def _has_tag(image: str) -> bool:
    return ":" in image.partition("@")[0].rpartition("/")[2]
