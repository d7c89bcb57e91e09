"""The practice hospital: a FHIR server on this computer with synthetic charts and people to sign in as."""
