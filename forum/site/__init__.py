"""What the host says about the whole site: facts, notices, and who may sign up."""
