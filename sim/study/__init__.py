"""Many runs: replications, and where they are carried out."""
