"""What recognition costs and how well it reads, against other programs."""
