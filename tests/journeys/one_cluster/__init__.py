"""Stories that one running cluster can tell, one after the other, in any order."""
