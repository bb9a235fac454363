"""What every table, feed, plant and feature is: the floor of the house. Contract modules need the standard library only."""
