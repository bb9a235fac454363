"""The edge jobs' parts: the pipeline document, the sealed bundle, the scores that come back."""
