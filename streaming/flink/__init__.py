"""The stream job: Kafka to bronze, silver and dead letters, exactly once."""
