"""What a clerk keeps and decides at the desk: follow-ups, saved searches, suggestions turned
down."""
