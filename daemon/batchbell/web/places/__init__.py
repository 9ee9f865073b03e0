"""The pages, one module each: what a reader sees there, read in one transaction."""
