"""Calculations of engineers, by command: a case, what-ifs, a table or a page."""
