"""Documents in pairs, parsed in part and whole: they must come to the same."""
