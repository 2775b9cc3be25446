"""An archive through the steps of `run`, on a database of its own: what would have been sent, when and why."""
