"""Disaster recovery: a standby cluster that follows another one's backups, and takes over."""
