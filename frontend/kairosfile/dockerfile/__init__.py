"""The way out and the way in: a plan to a Dockerfile (`eject`), a Dockerfile to a Kairosfile (`adopt`).

Neither is needed to build: the command imports this package, the frontend never does.
"""
