"""What people type after a command's name, read into what it means. Pure."""
