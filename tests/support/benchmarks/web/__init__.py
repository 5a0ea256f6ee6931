"""What `kairosfile web` costs: its bytes, its times, and what it holds in memory; `__main__` prints the table."""
