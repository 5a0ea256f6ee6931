"""Messages of the LLB and gateway protocols, generated from proto/ by `make proto`, and the codec that they share.

`wire` is the runtime and `json` writes messages as JSON; the other modules are generated and never edited.
"""
