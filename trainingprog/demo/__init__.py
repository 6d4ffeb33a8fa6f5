"""Invented people in two editions: the first, as it was, and one that runs today."""
