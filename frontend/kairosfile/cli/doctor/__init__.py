"""Whether this machine can build Kairos images: what is found, and what to do about it.

A check is a function from the environment to findings; `checks.CHECKS` is their table. None changes anything, and none
prints a secret.
"""
