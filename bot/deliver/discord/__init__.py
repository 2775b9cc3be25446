"""The Discord adapter and its pure renderer."""
