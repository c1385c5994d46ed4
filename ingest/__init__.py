"""The doors and the road. Start reading in ingest/pipeline.py."""
