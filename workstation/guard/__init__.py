"""The process that holds no chart: states, deadline, desks, sign-in, uplink, wipe."""
