"""What is to come: meetings, deadlines and effective dates, made of what items say. Pure."""
