"""What a record, a time and a number are: rules that device, batch and evaluation share. Standard library only."""
