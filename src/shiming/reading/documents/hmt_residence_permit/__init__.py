"""The residence permit for Hong Kong, Macau and Taiwan residents in mainland China."""
