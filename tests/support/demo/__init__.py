"""The demo: one Kairosfile, built for real, and a look at what came out."""
