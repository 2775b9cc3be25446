"""From the web and the disk to clean Items."""
