"""What is known of runs as bytes, to be stored or sent: chunks of runs, and aggregates."""
