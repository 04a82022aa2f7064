"""The HTTP contract that every stack keeps, whatever its language: these tests know a base URL and nothing else."""
