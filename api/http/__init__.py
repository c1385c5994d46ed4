"""What both web faces share of HTTP: who asks, limits, headers, problems, upload, events."""
