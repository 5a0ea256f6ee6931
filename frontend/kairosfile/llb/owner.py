"""Who owns what a file op makes."""

from __future__ import annotations

from typing import NamedTuple

from kairosfile.pb import ops_pb2

_ROOT = "root"
_ID_BITS = 32


class Owner(NamedTuple):
    """User and group, each a number, a name or None for what the daemon does by itself.

    A name is looked up in the state that the action works on, which therefore must not be empty.
    """

    user: int | str | None = None
    group: int | str | None = None

    @classmethod
    def parse(cls, text: str) -> Owner:
        """Read `user[:group]`; numbers and `root` become ids."""
        user, colon, group = text.partition(":")
        return cls(_read(user), _read(group) if colon else None)

    def encode(self, base: int) -> ops_pb2.ChownOpt:
        """Return the message that looks names up in input `base`."""
        return ops_pb2.ChownOpt(user=_encode(self.user, base), group=_encode(self.group, base))


def _read(text: str) -> int | str:
    if text == _ROOT:
        return 0
    digits = text[1:] if text[:1] in {"+", "-"} else text
    if digits.isascii() and digits.isdigit() and -(1 << _ID_BITS - 1) <= int(text) < 1 << _ID_BITS - 1:
        return int(text)
    return text


def _encode(who: int | str | None, base: int) -> ops_pb2.UserOpt | None:
    if who is None:
        return None
    if isinstance(who, str) and who:
        return ops_pb2.UserOpt(byName=ops_pb2.NamedUserOpt(name=who, input=base))
    return ops_pb2.UserOpt(byID=int(who or 0) % (1 << _ID_BITS))
