"""How the screener's model is made and measured: run by people who change it, never by the site."""
