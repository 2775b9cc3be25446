"""What mattered in a time: stories ranked, grouped, counted, drawn and, where a desk wants it, written up."""
