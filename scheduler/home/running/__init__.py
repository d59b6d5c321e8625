"""What those who run the service ask it: whether it is there, whether it can work, and in which numbers."""
