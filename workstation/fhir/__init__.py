"""The wire: client, sign-in, incoming, outgoing, audit events. All JSON and HTTP."""
