-- What the API does not tell about its names. Add a country, zone or series as a line, and run 04_star.sql again.
--
-- The time zone decides where a day begins, as it does in the API. The country of a bidding zone has the production that belongs to
-- its price: several zones of one country share it, and the production of a small neighbour in the zone is left out. Series are
-- generation, consumption (negative), net trade, loads and shares; only the first two are production. Waste counts as not
-- renewable; the API's own shares count about half of it. unit is that of the power, installed_unit that of the installed power.

CREATE TABLE IF NOT EXISTS energy.countries (country text PRIMARY KEY, country_name text, time_zone text);
CREATE TABLE IF NOT EXISTS energy.bidding_zones (bidding_zone text PRIMARY KEY, bidding_zone_name text, country text, time_zone text);
CREATE TABLE IF NOT EXISTS energy.production_types (production_type text PRIMARY KEY, category text, technology text,
	is_renewable boolean, unit text, installed_unit text, is_planned boolean);

CREATE TEMP TABLE new (LIKE energy.countries);
COPY new (country, country_name, time_zone) FROM STDIN;
de	Germany	Europe/Berlin
ch	Switzerland	Europe/Zurich
at	Austria	Europe/Vienna
fr	France	Europe/Paris
al	Albania	Europe/Tirane
am	Armenia	Asia/Yerevan
az	Azerbaijan	Asia/Baku
ba	Bosnia-Herzegovina	Europe/Sarajevo
be	Belgium	Europe/Brussels
bg	Bulgaria	Europe/Sofia
by	Belarus	Europe/Minsk
cy	Cyprus	Asia/Nicosia
cz	Czech Republic	Europe/Prague
dk	Denmark	Europe/Copenhagen
ee	Estonia	Europe/Tallinn
es	Spain	Europe/Madrid
eu	European Union	Europe/Brussels
fi	Finland	Europe/Helsinki
ge	Georgia	Asia/Tbilisi
gr	Greece	Europe/Athens
hr	Croatia	Europe/Zagreb
hu	Hungary	Europe/Budapest
ie	Ireland	Europe/Dublin
it	Italy	Europe/Rome
lt	Lithuania	Europe/Vilnius
lu	Luxembourg	Europe/Luxembourg
lv	Latvia	Europe/Riga
md	Moldova	Europe/Chisinau
me	Montenegro	Europe/Podgorica
mk	North Macedonia	Europe/Skopje
mt	Malta	Europe/Malta
nl	Netherlands	Europe/Amsterdam
no	Norway	Europe/Oslo
pl	Poland	Europe/Warsaw
pt	Portugal	Europe/Lisbon
ro	Romania	Europe/Bucharest
rs	Serbia	Europe/Belgrade
se	Sweden	Europe/Stockholm
si	Slovenia	Europe/Ljubljana
sk	Slovak Republic	Europe/Bratislava
ua	Ukraine	Europe/Kiev
uk	United Kingdom	Europe/London
xk	Kosovo	Europe/Belgrade
\.
INSERT INTO energy.countries SELECT * FROM new ON CONFLICT DO NOTHING;
DROP TABLE new;

CREATE TEMP TABLE new (LIKE energy.bidding_zones);
COPY new (bidding_zone, bidding_zone_name, country) FROM STDIN;
AT	Austria	at
BE	Belgium	be
BG	Bulgaria	bg
CH	Switzerland	ch
CZ	Czech Republic	cz
DE-LU	Germany, Luxembourg	de
DE-AT-LU	Germany, Austria, Luxembourg (to 2018-09)	de
DK1	Denmark 1	dk
DK2	Denmark 2	dk
EE	Estonia	ee
ES	Spain	es
FI	Finland	fi
FR	France	fr
GR	Greece	gr
HR	Croatia	hr
HU	Hungary	hu
IT-Calabria	Italy Calabria	it
IT-Centre-North	Italy Centre-North	it
IT-Centre-South	Italy Centre-South	it
IT-North	Italy North	it
IT-Sardinia	Italy Sardinia	it
IT-Sicily	Italy Sicily	it
IT-South	Italy South	it
LT	Lithuania	lt
LV	Latvia	lv
ME	Montenegro	me
NL	Netherlands	nl
NO1	Norway 1	no
NO2	Norway 2	no
NO3	Norway 3	no
NO4	Norway 4	no
NO5	Norway 5	no
PL	Poland	pl
PT	Portugal	pt
RO	Romania	ro
RS	Serbia	rs
SE1	Sweden 1	se
SE2	Sweden 2	se
SE3	Sweden 3	se
SE4	Sweden 4	se
SI	Slovenia	si
SK	Slovak Republic	sk
\.
INSERT INTO energy.bidding_zones SELECT bidding_zone, bidding_zone_name, country, c.time_zone
FROM new JOIN energy.countries c USING (country) ON CONFLICT DO NOTHING;
DROP TABLE new;

CREATE TEMP TABLE new (LIKE energy.production_types);
COPY new (production_type, category, technology, is_renewable, unit, installed_unit, is_planned) FROM STDIN;
Hydro Run-of-River	generation	Hydro	true	MW	GW	false
Hydro water reservoir	generation	Hydro	true	MW	GW	false
Hydro pumped storage	generation	Pumped storage	false	MW	GW	false
Hydro pumped storage consumption	consumption	Pumped storage	false	MW	\N	false
Hydro	generation	Hydro	true	MW	GW	false
Biomass	generation	Biomass	true	MW	GW	false
Geothermal	generation	Geothermal	true	MW	GW	false
Marine	generation	Marine	true	MW	GW	false
Wind offshore	generation	Wind offshore	true	MW	GW	false
Wind onshore	generation	Wind onshore	true	MW	GW	false
Solar	generation	Solar	true	MW	GW	false
Other renewables	generation	Other	true	MW	GW	false
Waste	generation	Waste	false	MW	GW	false
Nuclear	generation	Nuclear	false	MW	GW	false
Fossil brown coal / lignite	generation	Lignite	false	MW	GW	false
Fossil hard coal	generation	Hard coal	false	MW	GW	false
Fossil coal-derived gas	generation	Gas	false	MW	GW	false
Fossil gas	generation	Gas	false	MW	GW	false
Fossil oil	generation	Oil	false	MW	GW	false
Fossil oil shale	generation	Oil	false	MW	GW	false
Fossil peat	generation	Peat	false	MW	GW	false
Others	generation	Other	false	MW	GW	false
Battery	generation	Battery	false	MW	GW	false
Battery Consumption	consumption	Battery	false	MW	\N	false
Cross border electricity trading	trade	\N	\N	MW	\N	false
Load	load	\N	\N	MW	\N	false
Load (incl. self-consumption)	load	\N	\N	MW	\N	false
Residual load	load	\N	\N	MW	\N	false
Renewable share of load	share	\N	\N	%	\N	false
Renewable share of generation	share	\N	\N	%	\N	false
Other, non-renewable	generation	Other	false	\N	GW	false
Solar DC	generation	Solar	true	\N	GW	false
Solar AC	generation	Solar	true	\N	GW	false
Solar gross	generation	Solar	true	\N	GW	false
Battery storage (power)	generation	Battery	false	\N	GW	false
Battery Storage (Power)	generation	Battery	false	\N	GW	false
Battery storage (capacity)	generation	Battery	false	\N	GWh	false
Battery Storage (Capacity)	generation	Battery	false	\N	GWh	false
Wind offshore planned (WindSeeG)	generation	Wind offshore	true	\N	GW	true
Wind onshore planned (EEG 2023)	generation	Wind onshore	true	\N	GW	true
Solar planned (EEG 2023)	generation	Solar	true	\N	GW	true
\.
INSERT INTO energy.production_types SELECT * FROM new ON CONFLICT DO NOTHING;
DROP TABLE new;
