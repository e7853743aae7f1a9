"""Random shops: what the models say against slow, plain Python."""
