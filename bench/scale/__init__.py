"""How many deliveries, polls and decisions by workers, and a plan for more."""
