"""Other ways from Kafka to Iceberg, measured on the events of our own job."""
