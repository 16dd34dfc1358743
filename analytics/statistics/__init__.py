"""Tests, intervals and plans that experiments, evals and canaries share: functions of their inputs."""
