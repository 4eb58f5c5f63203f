"""The eight playbooks that `tenure init` copies into a workspace. Private."""
