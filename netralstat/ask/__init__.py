"""1 · What was asked: instruments, the wave's plan, skip logic, indicators."""
