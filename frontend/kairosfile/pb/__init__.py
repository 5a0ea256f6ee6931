"""Messages of the LLB and gateway protocols, generated from proto/ by `make proto`; never edited."""
