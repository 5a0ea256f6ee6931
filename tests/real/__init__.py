"""Real programs of Kairos, built from their Go modules: what the stand-ins stand for."""
