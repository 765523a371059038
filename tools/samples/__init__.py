"""Programs of others' making, as short as they can be: what an integrator starts from."""
