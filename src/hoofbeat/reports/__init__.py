"""Tell me: the answer on paper and in pictures."""
