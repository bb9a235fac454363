"""Whether a bundle may be used here: verified, admitted, tried, proved. Touches its file and a child process."""
