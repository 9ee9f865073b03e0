"""Several daemons on one PostgreSQL database: what they cost, and what trouble costs them."""
