"""What leaves the server: events, and the mails among them."""
