"""Hidden Markov models: a chain of hidden states, each of which emits by its own mixture."""
