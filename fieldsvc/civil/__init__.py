"""Built-in department of the civil-affairs office (民政): core vocabulary, tiers (分层), visit forms. Data only."""
