"""A worker: executes the messages of a broker, with any number of others on any number of hosts."""
