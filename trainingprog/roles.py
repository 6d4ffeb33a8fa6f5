"""The name of the one role that is a group of permissions; `sync_roles` gives it these."""

COORDINATOR = "Coordinator"
