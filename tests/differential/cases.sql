-- Questions that were answered wrongly, or that somebody feared for. One block each; see cases.py.

SELECT trap FROM client WHERE (1 OR name = 'alice')

SELECT trap FROM client WHERE name = 'alice' OR 1

SELECT trap FROM client WHERE NOT (0 AND name = 'alice')

SELECT trap, name FROM client WHERE name < 'z' || chr(65518)

SELECT trap, name FROM client WHERE name < 'z😀'

SELECT trap, name FROM client WHERE name >= 'k'

SELECT trap FROM client WHERE born NOT IN ('2024-01-01 10:00:00', TIMESTAMP '2023-01-01 00:00:00')

SELECT trap FROM client WHERE born NOT BETWEEN '2024-01-01 10:00:00' AND TIMESTAMP '2024-12-01 00:00:01'

SELECT trap FROM purchase WHERE quantity NOT BETWEEN '2.4' AND 9.5

SELECT trap FROM purchase WHERE quantity NOT IN ('2.4', 5.5)

SELECT trap FROM purchase WHERE quantity IN ('2.4', 5.5)

SELECT trap FROM purchase WHERE quantity = '2.4'

-- $p = '2.4'
SELECT trap FROM purchase WHERE quantity = $p

-- $p = '2.4'
SELECT trap FROM purchase WHERE quantity < $p

-- $p = '2024-01-01'
SELECT trap FROM purchase WHERE placed_at = $p

-- $p = '2024-01-01 10:00:00'
SELECT trap FROM client WHERE born = $p

-- $p = datetime.datetime(2024, 1, 1, 0, 0)
SELECT trap FROM client WHERE born = $p

-- $p = datetime.datetime(2024, 1, 1, 1, 0)
SELECT trap FROM client WHERE born < $p

-- $p = datetime.date(2024, 1, 1)
SELECT trap FROM purchase WHERE placed_at <= $p

SELECT trap FROM client WHERE born < DATE 'infinity'

SELECT trap FROM client WHERE born > DATE '-infinity'

SELECT trap FROM client WHERE seen < TIMESTAMP 'infinity'

SELECT trap FROM client WHERE born < DATE '10000-01-01'

SELECT trap FROM client WHERE born > DATE '0044-03-15 (BC)'

SELECT trap FROM client WHERE born > TIMESTAMP '0044-03-15 (BC) 10:00:00'

SELECT trap FROM client WHERE fee = 2.3

SELECT trap FROM client WHERE fee = 1.1

SELECT trap, fee FROM client WHERE fee < 2.3

SELECT trap, fee FROM client WHERE fee = 0.3

SELECT trap, fee FROM client WHERE fee > 0.25

SELECT trap, level FROM client WHERE level IS NULL

SELECT trap, level FROM client WHERE level > 39999

SELECT trap, level FROM client WHERE level <> 42

-- any rows of: SELECT trap FROM client WHERE fee = 2.3
SELECT trap FROM client WHERE fee = 2.3 LIMIT 5

-- any rows of: SELECT trap FROM ticket WHERE priority = 1
SELECT trap FROM ticket WHERE priority = 1 LIMIT 4

-- any rows of: SELECT trap FROM ticket WHERE priority = 0
SELECT trap FROM ticket WHERE priority = 0 LIMIT 4

-- any rows of: SELECT trap FROM purchase WHERE code='k'
SELECT trap FROM purchase WHERE code = 'k' LIMIT 3

SELECT trap FROM purchase WHERE weight = 0.30000000000000004

SELECT trap FROM purchase WHERE weight = 1.1744967845740923e226

SELECT trap FROM purchase WHERE weight = 5e-324

SELECT trap FROM purchase WHERE weight >= 1.7976931348623157e308

SELECT trap FROM client WHERE score <= 1.1744967845740923e226

SELECT trap FROM client WHERE big = 9007199254740993

SELECT trap FROM client WHERE big = 9007199254740993.0

SELECT trap FROM client WHERE big > 9007199254740992.5

SELECT trap FROM client WHERE big > 1e3

SELECT trap FROM client WHERE score = 9007199254740993

SELECT trap FROM client WHERE balance IN (0.1, 10, 42.42)

SELECT trap FROM purchase WHERE amount = 99999999999999999999

SELECT trap FROM purchase WHERE amount <> 99999999999999999999

SELECT trap FROM client WHERE email LIKE 'mi%'

SELECT trap FROM client WHERE email = 'mike@x.org'

SELECT trap FROM client WHERE email = 'i̇@x.org'

SELECT trap FROM client c(a, trap) WHERE a = 'alice'

SELECT count(*) FROM client c POSITIONAL JOIN purchase p WHERE c.name IS NULL

SELECT c.trap FROM client c ASOF LEFT JOIN rate r ON c.seen >= r.ts WHERE r.currency IS NULL

SELECT c.trap, r.ts FROM client c ASOF JOIN rate r ON c.seen >= r.ts WHERE r.rate > 1.5

SELECT trap FROM (SELECT *, name AS country FROM client) c WHERE c.country = 'US'

SELECT x FROM (SELECT name AS x, email AS x FROM client) c WHERE x = 'alice'

SELECT country, n FROM (SELECT country, CAST(count(*) OVER () AS INT) AS n FROM client) c WHERE country = 'US'

SELECT v FROM (SELECT level AS v FROM client UNION ALL SELECT code FROM client) c WHERE v <> '042'

SELECT v FROM (SELECT name AS v FROM client UNION ALL SELECT level FROM client) c WHERE v <> '042'

SELECT v FROM (SELECT quantity AS v FROM purchase UNION ALL SELECT amount FROM purchase) c WHERE v < 2.4

SELECT v FROM (SELECT placed_at AS v FROM purchase UNION ALL SELECT born FROM client) c WHERE v <= TIMESTAMP '2024-01-01 00:00:00'

SELECT v FROM (SELECT born AS v FROM client UNION ALL SELECT placed_at FROM purchase) c WHERE v >= DATE '2024-01-01'

WITH RECURSIVE t AS (SELECT trap, level AS n FROM client WHERE level = 1 UNION ALL SELECT trap, n + 1 FROM t WHERE n < 4) SELECT * FROM t WHERE n = 3

WITH RECURSIVE t(trap, n) AS (SELECT trap, level FROM client WHERE level = 1 UNION ALL SELECT trap, n + 1 FROM t WHERE n < 4) SELECT * FROM t WHERE n = 3

WITH c AS (SELECT trap, country FROM client) SELECT trap FROM c WHERE country = 'US'

WITH c AS (SELECT trap, country FROM client) SELECT a.trap FROM c a, c b WHERE a.country = 'US' AND b.country = 'FR'

WITH c AS (SELECT trap, country FROM client), d AS (SELECT * FROM c) SELECT a.trap FROM d a, d b WHERE a.country = 'US' AND b.country = 'FR'

SELECT p.trap FROM purchase p LEFT JOIN (SELECT email, country FROM client) c USING (email) WHERE c.country IS NULL

SELECT p.trap FROM purchase p LEFT JOIN (SELECT c.email, c.country, t.subject FROM client c LEFT JOIN ticket t ON t.email = c.email) c ON c.email = p.email WHERE c.subject IS NULL

SELECT p.trap FROM purchase p LEFT JOIN (SELECT c.email, t.subject FROM client c LEFT JOIN ticket t ON t.email = c.email) c ON c.email = p.email AND c.subject IS NULL

SELECT c.trap, x.trap FROM client c, LATERAL (SELECT trap, quantity FROM purchase p WHERE p.email = c.email) x WHERE x.quantity = 1

WITH client AS (SELECT * FROM purchase) SELECT trap FROM client WHERE quantity = 1

WITH client AS (SELECT trap, name FROM client WHERE country = 'US') SELECT trap FROM client WHERE name < 'b'

SELECT trap FROM (SELECT trap, born::VARCHAR AS b FROM client) WHERE b = '2024-01-01'

SELECT trap FROM (SELECT trap, name FROM client ORDER BY name LIMIT 100) WHERE name > 'a'

SELECT a FROM (SELECT trap, name FROM client) AS c(a, country) WHERE country = 'alice'

SELECT DISTINCT ON (country) country FROM client WHERE country <> 'US'

SELECT c.trap FROM client c SEMI JOIN purchase p ON c.email = p.email AND p.status = 'open' AND c.country = 'US'

SELECT c.trap FROM client c ANTI JOIN purchase p ON c.email = p.email AND p.status = 'open' AND c.country = 'US'

SELECT trap FROM client TABLESAMPLE 100% WHERE country = 'US'

SELECT trap FROM client WHERE country = 'US' USING SAMPLE 100%

SELECT c.trap FROM (client c JOIN purchase p ON p.email = c.email) LEFT JOIN ticket t ON t.email = c.email WHERE t.subject IS NULL AND p.quantity = 1

SELECT c.trap FROM client c LEFT JOIN (purchase p JOIN ticket t ON p.email = t.email) ON p.email = c.email WHERE p.quantity IS NULL AND c.country='US'

SELECT * FROM client NATURAL JOIN ticket

SELECT email, count(*) FROM client FULL JOIN ticket USING (email) WHERE email = 'ann@x.de' GROUP BY ALL

SELECT trap, country AS name FROM client WHERE name = 'alice'

SELECT trap, country AS nation FROM client WHERE nation = 'US'

SELECT upper(country) AS trap FROM client WHERE trap LIKE 'crm%'

SELECT trap FROM client WHERE rtrim(name) = 'Ann' AND name = 'Ann'

FROM client SELECT trap WHERE country = 'US'

FROM client WHERE country = 'US'

SELECT trap FROM client WHERE (country, segment) = ('US', 'gold')

SELECT trap FROM client WHERE (country, segment) IN (('US', 'gold'))

SELECT trap FROM client WHERE country = ANY(['US','DE'])

SELECT trap FROM client WHERE country IN (SELECT country FROM client WHERE segment = 'gold')

SELECT trap FROM client c WHERE EXISTS (SELECT 1 FROM purchase p WHERE p.email = c.email AND c.country = 'US' AND status = 'open')

SELECT trap FROM client WHERE name LIKE 'a\%b'

SELECT trap FROM client WHERE name LIKE 'a%%'

SELECT trap FROM client WHERE name NOT LIKE 'a_%'

SELECT trap FROM client WHERE name ILIKE 'alice'

SELECT trap FROM client WHERE name LIKE '[x]%'

SELECT trap FROM client WHERE name LIKE 'a*%'

SELECT trap FROM client WHERE name ^@ '?'

SELECT trap FROM client WHERE name SIMILAR TO 'a.*'

SELECT trap FROM client WHERE name GLOB 'a*'

SELECT trap FROM client WHERE name COLLATE NOCASE = 'alice'

SELECT trap FROM client WHERE active IS TRUE

SELECT trap FROM client WHERE active IS NOT TRUE

SELECT trap FROM client WHERE NOT active

SELECT trap FROM client WHERE active > false

SELECT trap FROM client WHERE active = 1

SELECT trap FROM client WHERE active = 'true'

SELECT trap FROM client WHERE score = 'nan'

SELECT trap FROM client WHERE score < 'inf'

SELECT trap FROM client WHERE score > 1e308

SELECT max(score), min(score) FROM client

SELECT max(weight), min(weight) FROM purchase

SELECT trap FROM client ORDER BY score DESC NULLS LAST, trap LIMIT 9

-- any rows of: SELECT trap FROM client
SELECT trap FROM client LIMIT 10%

-- any rows of: SELECT trap FROM client WHERE country='US'
SELECT trap FROM client WHERE country='US' LIMIT 2 OFFSET 3

SELECT trap FROM client WHERE client_id = 'crm.accounts:7'

SELECT trap FROM client WHERE client_id LIKE 'crm.accounts:1%'

SELECT trap FROM purchase WHERE client_id < 'crm'

SELECT trap FROM purchase WHERE client_id NOT IN ('crm.accounts:07','shop.shoppers:3')

SELECT trap FROM purchase WHERE channel = 'store front' AND year = 2023

SELECT trap FROM purchase WHERE _source = 'crm'

SELECT trap FROM purchase WHERE _department IS NULL

SELECT trap FROM purchase WHERE _record_key = 'web|5'

-- any rows of: SELECT trap FROM client WHERE country = 'US'
SELECT trap FROM client WHERE country = 'US' LIMIT 5

-- any rows of: SELECT trap FROM client WHERE name = 'Ann'
SELECT trap FROM client WHERE name = 'Ann' LIMIT 50

SELECT * EXCLUDE (name) REPLACE (upper(country) AS country) FROM client WHERE country = 'US'

SELECT COLUMNS('na.*') FROM client WHERE country = 'US'

PIVOT purchase ON status IN ('open', 'paid') USING count(*) GROUP BY currency

SELECT trap FROM client c WHERE c.client_id = ANY (SELECT client_id FROM purchase)

SELECT c FROM client c WHERE c.country = 'FR'

SELECT c.* FROM client c WHERE c.country = 'FR'

SELECT "TRAP" FROM CLIENT WHERE "Country" = 'FR'

-- A star that is ordered or grouped whole keeps all its columns.
SELECT trap FROM (SELECT * FROM ticket ORDER BY ALL LIMIT 30) w

SELECT trap FROM (SELECT * FROM ticket ORDER BY 2 LIMIT 30) w

SELECT trap FROM (SELECT * FROM rate GROUP BY ALL) w

SELECT w.email FROM (SELECT * FROM client QUALIFY rank() OVER (PARTITION BY country ORDER BY trap) = 1) w

-- A window in a cast is no column.
SELECT country, n FROM (SELECT country, CAST(rank() OVER (ORDER BY trap) AS INT) AS n FROM client) c WHERE country = 'FR'

-- A prefix longer than SQLite takes.
-- $p = 'x' * 60000
SELECT trap FROM client WHERE starts_with(name, $p)

-- A text with NUL cannot stand in a statement.
-- $p = 'a\0b'
SELECT trap FROM client WHERE name = $p

-- DuckDB's client takes Decimal('1E+2') for 1.00
-- $p = Decimal('1E+2')
SELECT trap, $p AS p FROM client WHERE balance = $p

-- DuckDB loses the rows whose value does not fit, where several fragments are read
SELECT trap FROM ticket WHERE priority IS NOT DISTINCT FROM NULL

SELECT trap, balance AS v FROM client WHERE v IS NOT DISTINCT FROM NULL

-- DuckDB compares the last of the first rows with a column of another width, and skips rows that are wanted
SELECT level FROM client ORDER BY level DESC NULLS LAST LIMIT 7

SELECT level::INT AS y FROM client ORDER BY y DESC NULLS LAST LIMIT 7

SELECT level FROM client WHERE level > 1 ORDER BY level DESC LIMIT 3

-- a source that groups takes the condition over, with its parameter
-- $p = 'alice'
SELECT count(*) FROM client WHERE name = $p AND trap LIKE 'crm%'

-- $p = 7
-- $q = 'EUR'
SELECT currency, count(*) FROM purchase WHERE quantity = $p AND currency = $q GROUP BY currency

-- $p = 7
SELECT currency, count(*), $p FROM purchase WHERE quantity = $p GROUP BY currency

-- first rows by an integer that is narrower than its column, over a file beside a table in memory (decision 025)
-- any rows of: SELECT level AS k0, trap AS k1 FROM client
-- in the order of columns: 2
SELECT level AS k0, trap AS k1 FROM client ORDER BY k0 DESC, k1 LIMIT 3

-- DuckDB takes the n-th value down into a scan, past the cast by which some values are NULL
SELECT quantity FROM purchase ORDER BY quantity DESC NULLS LAST LIMIT 5

SELECT level FROM client ORDER BY level DESC NULLS LAST LIMIT 5

SELECT priority FROM ticket ORDER BY priority DESC NULLS LAST LIMIT 3

SELECT country, week(born) AS w, count(*) AS n, sum(big) AS s, avg(balance) AS a FROM client GROUP BY ALL

SELECT year(placed_at) AS y, placed_at AS m, count(*) AS n FROM purchase GROUP BY ALL

SELECT currency, count(*) AS n FROM purchase WHERE code = 'nobody' GROUP BY currency

SELECT sum(CASE WHEN country = 'XX' THEN 1 ELSE 0 END) AS s, count(*) FILTER (WHERE country = 'XX') AS n FROM client

SELECT code, count(*) AS n, min(email) AS a, max(name) AS b FROM client GROUP BY code

-- keys that are moments or days
SELECT min(b.trap) AS m FROM client a JOIN ticket b ON a.seen = b.opened

SELECT a.trap, b.trap AS trap2 FROM purchase a JOIN client b ON b.seen = a.placed_at WHERE a.status = 'paid'

SELECT a.trap, b.trap AS trap2 FROM client a JOIN client b ON b.born = a.born WHERE a.name = 'alice'

-- a join at a source whose statement has no aggregate that is put together of parts
SELECT a.trap AS k0, count(DISTINCT a.trap) AS m0 FROM purchase a WHERE a._source = 'crm' AND NOT EXISTS (SELECT 1 FROM ticket z WHERE z.client_id = a.client_id AND z.origin = 'crm') GROUP BY ALL

SELECT a.trap AS k0, count(DISTINCT a.trap) AS m0 FROM purchase a JOIN ticket b ON a.client_id = b.client_id WHERE a._source = 'crm' AND b.origin = 'crm' GROUP BY ALL

-- in ORDER BY a name means what is sent, and numbers are sent as text
SELECT weight, trap FROM purchase WHERE _source = 'crm' ORDER BY weight, trap LIMIT 12

SELECT weight, trap FROM purchase WHERE _source = 'crm' ORDER BY weight DESC NULLS LAST, trap LIMIT 12

SELECT score, trap FROM client WHERE _source = 'crm' ORDER BY score, trap LIMIT 15

-- first rows by an index, NULL after all values: some without a value are among the first, or none
SELECT balance, trap FROM client WHERE _source = 'crm' ORDER BY balance DESC NULLS LAST, trap LIMIT 3

SELECT balance, trap FROM client WHERE _source = 'crm' ORDER BY balance, client_id LIMIT 40

SELECT balance, trap FROM client WHERE _source = 'crm' ORDER BY balance DESC NULLS LAST, trap LIMIT 47

SELECT balance, trap FROM client WHERE _source = 'crm' AND balance > 0 ORDER BY balance DESC, trap LIMIT 4

SELECT born, trap FROM client ORDER BY born DESC NULLS LAST, trap LIMIT 9

SELECT born, trap FROM client WHERE _source = 'billing' ORDER BY born, trap LIMIT 30

SELECT born, trap FROM client WHERE _source = 'billing' ORDER BY born, trap LIMIT 44

SELECT seen, trap FROM client WHERE _source = 'billing' ORDER BY seen DESC NULLS LAST, trap LIMIT 44

SELECT seen, trap FROM client WHERE _source = 'billing' ORDER BY seen DESC NULLS LAST, client_id LIMIT 5

SELECT number, trap FROM purchase WHERE _source = 'crm' ORDER BY number DESC NULLS LAST, trap LIMIT 500

SELECT number, trap FROM purchase WHERE _source = 'crm' ORDER BY number DESC NULLS LAST, trap LIMIT 5

SELECT number, trap FROM purchase WHERE _source = 'crm' AND number > 5 ORDER BY number, trap LIMIT 9

SELECT weight, trap FROM purchase WHERE _source = 'crm' ORDER BY weight DESC NULLS LAST, trap LIMIT 500

SELECT weight, trap FROM purchase WHERE _source = 'crm' ORDER BY weight DESC NULLS FIRST, trap LIMIT 14

-- an average of parts differs in its last digit, which a comparison shows
SELECT level, avg(balance) AS a FROM client WHERE balance BETWEEN -100000 AND 100000 GROUP BY level HAVING avg(balance) = 3.33

SELECT level, round(avg(balance) - 3.33, 20) = 0 AS same FROM client WHERE balance BETWEEN -100000 AND 100000 GROUP BY level

SELECT level FROM (SELECT level, avg(balance) AS a FROM client WHERE balance BETWEEN -100000 AND 100000 GROUP BY level) z WHERE a = 3.33

SELECT country, count(*) AS n FROM client GROUP BY country HAVING avg(balance) = 9007201402232.09

-- how a text begins: shorter than what is cut off, longer, NULL, characters of several bytes
SELECT trap FROM client WHERE left(name, 2) IN ('al', 'i', 'Ann', 'é', 'Mi', 'é', '😀')

SELECT trap FROM client WHERE substring(name, 1, 1) <> 'a' AND left(code, 3) NOT IN ('A-7', '7')

SELECT trap FROM client WHERE NOT (left(name, 2) = 'al' OR left(trap, 3) = 'crm')

SELECT trap FROM client WHERE left(name, 1) = NULL OR left(name, 2) IN ('Ma', NULL, 'me') OR 'An' = left(name, 2)

SELECT trap FROM client WHERE left(name, 0) = '' AND trap LIKE 'crm%'

SELECT count(*) FROM ticket WHERE priority = 0

SELECT priority, count(*) AS n FROM ticket WHERE priority IN (0, 1) GROUP BY priority

SELECT count(*) FROM ticket WHERE priority IN (0)

SELECT trap FROM ticket WHERE priority = 0

-- $p = '3\0'
SELECT a.trap, b.trap AS trap2 FROM ticket a JOIN client b ON a.client_id = b.client_id WHERE $p = a.ticket_id

-- $p = 'crm.accounts#4\0'
SELECT a.trap AS t, count(*) AS n, max(b.email) AS m FROM client a JOIN purchase b USING (email) LEFT JOIN ticket c ON c.email = b.email AND c.trap = 'crm.accounts#4' WHERE a.trap = $p GROUP BY ALL

-- a prefix that some numbers begin with, and is taken off these: 19 sorts as 9
-- any rows of: SELECT ticket_id AS k0, trap AS k1 FROM ticket
-- in the order of columns: 2
SELECT ticket_id AS k0, trap AS k1 FROM ticket ORDER BY k0 DESC, k1 LIMIT 3

-- references that are only compared are left as what they are made of: NULL, texts that begin alike, three tables
SELECT p.trap, c.trap AS trap2 FROM purchase p JOIN client c ON p.client_id = c.client_id WHERE c._source = 'shop'

SELECT p.trap, c.trap AS trap2 FROM purchase p FULL JOIN client c ON p.client_id = c.client_id WHERE c._source = 'shop' OR p._source = 'shop'

SELECT t.trap FROM ticket t WHERE t._source = 'memo' AND (t.client_id IS NULL OR t.client_id NOT IN (SELECT client_id FROM client WHERE _source = 'memo' AND client_id IS NOT NULL))

SELECT t.trap FROM ticket t WHERE t.client_id NOT IN (SELECT client_id FROM client WHERE _source = 'desk')

SELECT count(*) AS n FROM ticket t JOIN ticket u USING (client_id) JOIN client c ON c.client_id = u.client_id WHERE c._source = 'memo'

SELECT t.trap FROM ticket t JOIN client c ON t.client_id = c.client_id WHERE c._source = 'desk' AND len(list_filter([c.trap], lambda client_id: client_id = t.client_id)) = 0
