"""What the program says about itself: logs without secrets, metrics, and the state of each part."""
