"""What would it look like: virtual patients from mechanism and natural history."""
