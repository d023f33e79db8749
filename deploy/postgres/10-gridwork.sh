#!/bin/sh
# Runs once, when the database volume is new: an ordinary role that owns one database, no superuser.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$DATABASE_PASSWORD" --username postgres --dbname postgres <<'SQL'
CREATE ROLE gridwork LOGIN PASSWORD :'password';
CREATE DATABASE gridwork OWNER gridwork;
REVOKE CONNECT ON DATABASE gridwork FROM PUBLIC;
SQL
