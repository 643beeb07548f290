"""Backups of the two tables: taken by BackupMonitor, put back by `make restore`."""
