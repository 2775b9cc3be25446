"""The catalog on Discord."""
