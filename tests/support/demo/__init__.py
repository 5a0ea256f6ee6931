"""The demo: builds one Kairosfile on a real engine, and inspects the result."""
