"""What `doctor` looks at, one module for each part; every check returns findings."""
