"""Whether an image is signed with a key: what `cosign verify` says of its digest.

Only keys: who signs without one, through an identity and a transparency log, runs cosign with what names that identity.
"""

from __future__ import annotations

import subprocess

from kairosfile.cli.doctor.finding import Finding

# Docker itself speaks plain HTTP with registries on this machine.
LOOPBACK = ("localhost", "127.", "[::1]")
SECONDS = 120
# Exit statuses of `cosign verify` (doc/cosign_exit_codes.md there).
NO_SIGNATURE, NO_MATCHING = 10, 12


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
    return Finding("signature", "error", *_why(f"{name}@{digest}", key, done))


def _why(image: str, key: str, done: subprocess.CompletedProcess[str]) -> tuple[str, str]:
    """Return why an image by its digest does not count as signed, and what to do about it."""
    digest = image.rpartition("@")[2]
    if done.returncode == NO_SIGNATURE:
        return f"{digest} has no signature", f"who built it signs it: cosign sign --key cosign.key {image}"
    if done.returncode == NO_MATCHING:
        advice = "take the key of who should have signed it; if that is the one, do not use the image"
        return f"{digest} is signed, but not with the key of {key}", advice
    said = [line.removeprefix("Error: ") for line in done.stderr.splitlines() if line.startswith("Error: ")]
    reason = said[0] if said else "it gives no reason"
    advice = "check the key, and that the registry can be reached from here"
    return f"cosign cannot tell whether {digest} is signed with the key of {key}: {reason}", advice


def _has_tag(image: str) -> bool:
    return ":" in image.partition("@")[0].rpartition("/")[2]
