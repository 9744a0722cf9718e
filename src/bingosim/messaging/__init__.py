"""Between the database and the broker: the message, the queues, publishing, dead letters."""
