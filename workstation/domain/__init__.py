"""Values and rules of coding: no clock, file, SQL, HTTP or thread."""
