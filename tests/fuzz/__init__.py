"""Coverage-guided fuzzing: `make fuzz` runs the targets, `make test` replays their corpus without the fuzzer."""
