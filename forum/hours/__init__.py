"""When moderators are here: the stated hours of the site."""
