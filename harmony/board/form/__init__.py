"""A form made from parameter specs: one small editor a kind, checked while typing."""
