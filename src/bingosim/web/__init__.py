"""Pages and a REST API over batches: plan, run and watch in a browser."""
