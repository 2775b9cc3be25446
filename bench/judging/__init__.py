"""How well, beside simple baselines: verdicts and facts on labelled headlines."""
