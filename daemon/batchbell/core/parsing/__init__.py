"""What the API answers, read leniently and in bounded memory."""
