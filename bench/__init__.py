"""Programs that measure the whole site from outside."""
