"""Load and check a workspace: its settings, its field catalogue and its playbooks."""
