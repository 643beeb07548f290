"""The AWS adapters. With each area's store.py, the only code that speaks to AWS."""
