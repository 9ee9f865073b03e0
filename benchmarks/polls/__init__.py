"""What a poll costs, against the SDKs, a naive daemon and the bare limits: `make bench`."""
