"""Watching processes: logs, metrics, spans."""
