-- Sales, step 2 of 4: the shop's tables as foreign tables. This and the rest run in the warehouse.
--
-- Variables, each with a default:
--   host, port, dbname   of the shop's database       localhost, 5432, shop
--   reader, password     role that reads there        reader, none
-- PostgreSQL asks for a password unless a superuser runs this.

\set ON_ERROR_STOP on
\if :{?host}
\else
	\set host localhost
\endif
\if :{?port}
\else
	\set port 5432
\endif
\if :{?dbname}
\else
	\set dbname shop
\endif
\if :{?reader}
\else
	\set reader reader
\endif
\if :{?password}
\else
	\set password ''
\endif

CREATE EXTENSION IF NOT EXISTS pg_elt;
CREATE EXTENSION IF NOT EXISTS postgres_fdw;
CREATE SERVER shop FOREIGN DATA WRAPPER postgres_fdw
	OPTIONS (host :'host', port :'port', dbname :'dbname', fetch_size '10000');
CREATE USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (user :'reader', password :'password');

CREATE SCHEMA shop;
IMPORT FOREIGN SCHEMA sales FROM SERVER shop INTO shop;
