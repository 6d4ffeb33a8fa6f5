"""Cells that no spreadsheet program takes for a formula."""

# A cell that begins so may run as a formula where the sheet is opened or saved as .csv.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(text: str) -> str:
    """The text; before one that would run as a formula stands an apostrophe, the mark of text."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
