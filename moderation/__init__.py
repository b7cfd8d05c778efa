"""Judgement in plain Python: what a text says, and which moves a case may make."""
