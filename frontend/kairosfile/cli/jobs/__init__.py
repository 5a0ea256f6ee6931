"""Builds as jobs: a folder each, which outlives the page, the server and a restart of both.

The folder is the source of truth. A job that holds its lock is running; one with a `result.json` has ended; one with
neither was interrupted. `kairosfile build` records its builds here too.
"""
