"""Commands about accounts and logins."""
