"""The search index as a projection of the archive: fed, rebuilt, asked."""
