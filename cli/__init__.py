"""The command line. Private: run `tenure`, or call `tenure.invoke`; everything here may change in any release."""
