"""Invented people in three editions: the first as it was, one that runs, one with an open call."""
