"""Attendance reports of Zoom, Microsoft Teams and Google Meet: read, placed, matched, applied.

`reading` turns a file into connections, with one reader for each format; `placing` gives them
their moments by the session's date; `matching` finds whose they are; `planning` says what would
change; `importing` applies it. The file itself is never kept.
"""
