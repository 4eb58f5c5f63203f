"""The engine. Private: use the names in `tenure`; everything here may change in any release."""
