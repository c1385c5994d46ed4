"""Pages of sign-in, one's own account, administration, rights, confidential access, the trail."""
