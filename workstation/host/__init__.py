"""What this machine tells and allows: clocks, session events, hardening, where files lie."""
