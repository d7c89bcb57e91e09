"""What a FHIR server can do, asked feature by feature: `doctor --server`, for IT before a roll-out."""
