"""The name of the one role that is a group of permissions; `sync_roles` gives it these."""

COORDINATOR = "Coordinator"

# Merging takes a record away, moves enrollments and may deactivate a log-in.
MAY_MERGE = (
    "participants.change_participant",
    "participants.delete_participant",
    "participants.change_enrollment",
    "trainingprog.change_user",
)
