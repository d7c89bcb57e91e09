"""Device key, coder's vault, lease, step-up code: all cryptography and the keyring."""
