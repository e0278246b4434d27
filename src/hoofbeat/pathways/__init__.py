"""What is done about it, and where a patient stands."""
