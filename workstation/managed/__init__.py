"""What IT sets on a computer: the table of policies, where they are kept, and what is in force."""
