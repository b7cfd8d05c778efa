-- Two roles: one owns the tables and changes them when the site is updated, the other is what the site runs as.
-- Run once by a superuser, with OWNER_PASSWORD and SITE_PASSWORD in the environment of psql (14 or newer):
--   psql --set ON_ERROR_STOP=1 --file deploy/roles.sql
-- What the site may do is granted after each migration by `flask --app forum migrate --grant-to forum_site`.
\getenv owner_password OWNER_PASSWORD
\getenv site_password SITE_PASSWORD
CREATE ROLE forum_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE forum_site LOGIN PASSWORD :'site_password';
CREATE DATABASE forum OWNER forum_owner TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE forum FROM PUBLIC;
GRANT CONNECT ON DATABASE forum TO forum_site;
