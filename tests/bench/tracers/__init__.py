"""What users pick to look at traces, asked the questions that our tables answer: Phoenix and MLflow."""
