"""CMS messages and what PDF, mail and containers carry of them."""
