"""Inputs of the kinds that others reported, judged by what the archived copy shows and says.

``python -m tests.fresh_look OUT_FOLDER`` builds them, takes them in and prints the table.
"""
