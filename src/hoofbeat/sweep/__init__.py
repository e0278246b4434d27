"""Who else has it: a look through records."""
