"""What Conclave costs, by counting AWS calls; the budgets it must keep are in `table`."""
