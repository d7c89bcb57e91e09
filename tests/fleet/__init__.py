"""Many workstations without windows at one practice hospital, over a network that loses, delays and repeats."""
