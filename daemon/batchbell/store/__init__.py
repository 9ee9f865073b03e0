"""The database: its tables, and the queries on them; nobody else imports SQLAlchemy.

Functions take a connection and never commit: the use cases open the transactions.
"""
