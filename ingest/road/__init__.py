"""The steps of the road, and how one step is carried out, repeated and committed."""
