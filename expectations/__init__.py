"""What every table, feed, plant and feature is: the floor. Contract modules need the standard library only."""
