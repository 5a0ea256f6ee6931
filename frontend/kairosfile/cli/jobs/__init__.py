"""Builds as jobs: a folder each, which outlives the page, the server and a restart of both.

The folder is the truth. A job that holds its lock runs; one with a `result.json` has ended; one with neither was
interrupted. `kairosfile build` records its builds here too.
"""
