"""What records, alarms and conflicts are: rules that device, batch and evaluation share. Standard library only."""
