"""hoofbeat: from what is known of one patient to a ranked, explained, cited differential."""

__version__ = "0.1.0"
