"""What arrived and what is held, and news of both."""
