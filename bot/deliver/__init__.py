"""From a decision to a message that people read: neutral card, renderers, adapters, drain."""
