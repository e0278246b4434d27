"""What did the note say."""
