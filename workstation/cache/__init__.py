"""The coder's encrypted cache: database, migrations and one module per table. All SQL of the desk."""
