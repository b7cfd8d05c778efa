"""Care for somebody who may be in danger: the panel and the help lines."""
