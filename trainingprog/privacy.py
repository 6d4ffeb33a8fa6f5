"""The privacy notice (Law 29733, art. 18): its version in force."""

PRIVACY_NOTICE_VERSION = "2021-10"
