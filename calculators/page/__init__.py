"""The page of a calculation: one HTML file that opens offline and recomputes in the browser."""
