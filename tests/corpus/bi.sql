-- Ordinary analytical queries, one a line. Each must pass the closed loop and answer as DuckDB does; the few that are
-- refused stand in bi_refused.txt with the reason.
SELECT country, count(*) AS n FROM customer GROUP BY country ORDER BY n DESC LIMIT 10
SELECT * FROM customer WHERE email IS NOT NULL AND country IN ('US','DE')
SELECT date_trunc('month', ordered_at) AS m, count(DISTINCT customer_id) FROM orders GROUP BY 1 ORDER BY 1
SELECT * FROM customer WHERE full_name ILIKE '%müller%'
SELECT customer_id, row_number() OVER (PARTITION BY customer_id ORDER BY ordered_at DESC) rn FROM orders QUALIFY rn = 1
SELECT country, avg(balance) FILTER (WHERE balance > 0) FROM customer GROUP BY country HAVING count(*) > 5
SELECT * REPLACE (lower(email) AS email) FROM customer
SELECT COALESCE(c.country, 'XX') AS country, round(sum(o.amount)::DECIMAL(18,2), 2) FROM customer c LEFT JOIN orders o ON c.customer_id = o.customer_id GROUP BY 1
SELECT * FROM orders WHERE ordered_at >= DATE '2024-01-01' AND ordered_at < DATE '2024-01-01' + INTERVAL 1 MONTH
SELECT * FROM orders WHERE ordered_at >= now() - INTERVAL '30 days'
SELECT extract(year FROM ordered_at) y, extract('dow' FROM ordered_at), sum(amount) FROM orders GROUP BY y, 2
SELECT date_diff('day', min(ordered_at), max(ordered_at)) FROM orders
SELECT strftime(ordered_at, '%Y-%m') AS ym, count(*) FROM orders GROUP BY ym
SELECT string_agg(email, ', ' ORDER BY email) FROM customer
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) FROM orders
SELECT quantile_cont(amount, [0.25,0.5,0.75]) FROM orders
SELECT arg_max(status, ordered_at) FROM orders GROUP BY customer_id
SELECT count_if(status='PAID'), sum(CASE WHEN status='PAID' THEN 1 ELSE 0 END) / count(*) FROM orders
SELECT x.* FROM (SELECT customer_id, sum(amount) s FROM orders GROUP BY customer_id) x WHERE s > 100
WITH m AS (SELECT customer_id, min(ordered_at) f FROM orders GROUP BY 1), r AS (SELECT m.customer_id, date_trunc('month', f) c FROM m) SELECT c, count(*) FROM r GROUP BY c
SELECT * FROM customer c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.customer_id AND o.amount > 100)
SELECT * FROM customer WHERE customer_id NOT IN (SELECT customer_id FROM orders WHERE customer_id IS NOT NULL)
SELECT * FROM customer a FULL OUTER JOIN orders b ON a.customer_id = b.customer_id
SELECT customer_id FROM customer EXCEPT SELECT customer_id FROM orders
SELECT country, status, count(*) FROM orders JOIN customer USING(customer_id) GROUP BY GROUPING SETS ((country, status), (country), ())
SELECT country, status, count(*), grouping(country) FROM orders JOIN customer USING(customer_id) GROUP BY ROLLUP (country, status)
SELECT lag(amount) OVER w, lead(amount, 2, 0) OVER w FROM orders WINDOW w AS (PARTITION BY customer_id ORDER BY ordered_at)
SELECT ntile(4) OVER (ORDER BY amount DESC), dense_rank() OVER (ORDER BY amount), percent_rank() OVER (ORDER BY amount) FROM orders
SELECT first_value(amount) OVER (PARTITION BY customer_id ORDER BY ordered_at RANGE BETWEEN INTERVAL 7 DAY PRECEDING AND CURRENT ROW) FROM orders
SELECT unnest([1,2,3]) AS x
SELECT c.customer_id, l.amount FROM customer c CROSS JOIN LATERAL (SELECT amount FROM orders o WHERE o.customer_id=c.customer_id ORDER BY amount DESC LIMIT 1) l
SELECT {'a': 1, 'b': country} AS s, s.a FROM customer
SELECT list_filter(tags, lambda x: x <> 'a') FROM customer
SELECT [upper(x) FOR x IN tags IF x <> 'a'] FROM customer
SELECT split_part(email, '@', 2) AS domain, count(*) FROM customer GROUP BY domain
SELECT substring(full_name, 1, 3), left(full_name, 2), right(full_name, 2), substr(full_name, 2) FROM customer
SELECT trim(full_name), ltrim(full_name), replace(full_name, 'a', 'b'), length(full_name), strlen(full_name) FROM customer
SELECT TRY_CAST(phone AS BIGINT), CAST(balance AS DOUBLE), balance::int FROM customer
SELECT greatest(1, 2, NULL), least(1, 2), nullif(country, ''), ifnull(country, 'x') FROM customer
SELECT * FROM customer WHERE country IS DISTINCT FROM 'DE'
SELECT * FROM customer WHERE (country, status) IN (('DE','A'),('US','B'))
SELECT * FROM orders WHERE amount BETWEEN 10 AND 20 AND status <> 'X' AND status != 'Y'
SELECT count(*) FROM orders WHERE NOT (status = 'A' OR status = 'B')
SELECT count() FROM orders
SELECT DISTINCT country FROM customer
SELECT * FROM orders USING SAMPLE 10%
FROM customer SELECT country, count(*) GROUP BY country
FROM customer
SELECT min(COLUMNS(*)) FROM orders
SELECT * FROM orders o ASOF JOIN rates r ON o.currency = r.currency AND o.ordered_at >= r.ts
SELECT * FROM customer SEMI JOIN orders USING (customer_id)
SELECT * FROM customer ANTI JOIN orders USING (customer_id)
SELECT $country AS c, count(*) FROM customer WHERE country = $country
SELECT count(*) FROM customer WHERE birth_date < $d AND country = ?
SELECT ordered_at AT TIME ZONE 'Europe/Berlin' FROM orders
SELECT time_bucket(INTERVAL '15 minutes', ordered_at) b, count(*) FROM orders GROUP BY b
SELECT d::date FROM generate_series(DATE '2024-01-01', DATE '2024-12-31', INTERVAL 1 DAY) t(d)
SELECT age(birth_date), date_part('year', age(birth_date)) FROM customer
SELECT epoch_ms(ordered_at), epoch(ordered_at), to_timestamp(0) FROM orders
SELECT stddev(amount), stddev_pop(amount), var_samp(amount), corr(amount, tax) FROM orders
SELECT any_value(country), first(country), last(country), min(country, 3), histogram(country) FROM customer
SELECT json_extract_string(payload, '$.a.b'), payload->>'$.a', payload->'a' FROM interaction
SELECT * FROM customer ORDER BY country NULLS FIRST, full_name DESC LIMIT 20
SELECT * FROM customer ORDER BY full_name COLLATE NOCASE
SELECT c.country AS "Country", sum(o.amount) AS "Total €" FROM customer AS c INNER JOIN orders AS o ON c.customer_id = o.customer_id GROUP BY c.country HAVING sum(o.amount) > 1000 ORDER BY "Total €" DESC
SELECT country, sum(amount) AS total, total / sum(total) OVER () AS share FROM customer JOIN orders USING (customer_id) GROUP BY country
SELECT * FROM orders WHERE amount > ALL (SELECT amount FROM orders WHERE status='X')
SELECT * FROM orders WHERE amount = ANY (SELECT amount FROM orders)
SELECT (SELECT max(amount) FROM orders o WHERE o.customer_id = c.customer_id) FROM customer c
SELECT EXISTS (SELECT 1 FROM orders)
SELECT true AND NOT false, NULL IS NULL, country ISNULL, country NOTNULL FROM customer
SELECT 'it''s', E'a\nb', $$dollar$$, 'a' 'b'
SELECT tags[1], tags[1:2], tags[-1], email[1:3] FROM customer
SELECT map {'a': 1}['a'], map(['a'],[1])
SELECT * FROM customer UNION ALL BY NAME SELECT * FROM organization
SELECT * FROM customer t1 LEFT JOIN (orders o JOIN payment p ON o.order_id = p.order_id) ON t1.customer_id = o.customer_id
SELECT customer_id FROM orders GROUP BY customer_id HAVING count(*) = (SELECT max(n) FROM (SELECT count(*) n FROM orders GROUP BY customer_id))
SELECT date_add(ordered_at, INTERVAL 3 DAY), ordered_at + INTERVAL 3 DAY, ordered_at - INTERVAL '1' YEAR, ordered_at + to_days(3) FROM orders
SELECT * FROM customer WHERE email SIMILAR TO '.*@x' OR email ~ '.*x' OR email GLOB 'a*' OR starts_with(email,'a') OR contains(email,'b') OR email ^@ 'a'
SELECT count(*) FILTER (country = 'DE'), sum(amount) FILTER (WHERE status = 'A') FROM orders
SELECT o.status, date_trunc('week', o.ordered_at) AS week, count(*) AS n, sum(o.amount) AS revenue FROM orders o GROUP BY ALL ORDER BY ALL
SELECT c.country, quantile_cont(o.amount, 0.9) AS p90, median(o.amount) AS med FROM customer c JOIN orders o USING (customer_id) GROUP BY c.country
WITH RECURSIVE days(d) AS (SELECT DATE '2024-01-01' UNION ALL SELECT d + 1 FROM days WHERE d < DATE '2024-01-31') SELECT d, count(o.order_id) FROM days LEFT JOIN orders o ON CAST(o.ordered_at AS DATE) = d GROUP BY d
SELECT * EXCLUDE (email, phone) FROM customer
SELECT * RENAME (full_name AS name) FROM customer
SELECT customer_id, sum(amount) OVER (PARTITION BY customer_id ORDER BY ordered_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS running FROM orders
SELECT customer_id, avg(amount) OVER (ORDER BY ordered_at ROWS 6 PRECEDING) FROM orders
SELECT customer_id, last_value(status IGNORE NULLS) OVER (PARTITION BY customer_id ORDER BY ordered_at) FROM orders
SELECT country, count(*) FILTER (WHERE balance > 100) * 100.0 / count(*) AS pct FROM customer GROUP BY country
SELECT CASE WHEN amount < 10 THEN 'small' WHEN amount < 100 THEN 'medium' ELSE 'large' END AS bucket, count(*) FROM orders GROUP BY bucket
SELECT CASE status WHEN 'PAID' THEN 1 WHEN 'OPEN' THEN 2 END FROM orders
SELECT width, n FROM (SELECT floor(amount / 10) * 10 AS width, count(*) AS n FROM orders GROUP BY 1) ORDER BY width
SELECT list(DISTINCT status ORDER BY status) FROM orders GROUP BY customer_id
SELECT array_agg(amount ORDER BY ordered_at DESC NULLS LAST)[1] AS latest FROM orders GROUP BY customer_id
SELECT arg_max(amount, ordered_at, 3) FROM orders
SELECT max_by(status, ordered_at) FROM orders
SELECT mode(status), mode() WITHIN GROUP (ORDER BY status) FROM orders
SELECT percentile_disc(0.25) WITHIN GROUP (ORDER BY amount DESC) FROM orders
SELECT approx_count_distinct(customer_id), approx_quantile(amount, 0.5) FROM orders
SELECT regexp_extract(email, '@(.+)$', 1) AS domain, count(*) FROM customer GROUP BY domain ORDER BY 2 DESC
SELECT regexp_replace(phone, '[^0-9]', '', 'g') FROM customer
SELECT regexp_matches(email, '^[a-z]+@'), regexp_split_to_array(full_name, '\s+') FROM customer
SELECT string_split(full_name, ' ')[1] AS first_name, list_aggregate([1,2,3], 'sum') FROM customer
SELECT concat(full_name, ' <', email, '>'), concat_ws(', ', full_name, country), full_name || ' ' || email FROM customer
SELECT lpad(CAST(customer_id AS VARCHAR), 10, '0'), rpad(country, 5, ' '), repeat('=', 3), reverse(country) FROM customer
SELECT strip_accents(lower(full_name)), levenshtein(full_name, email), jaro_winkler_similarity(full_name, email, 0.8) FROM customer
SELECT make_date(2024, 1, 1), make_timestamp(2024, 1, 1, 12, 0, 0.5), last_day(birth_date), dayname(birth_date), monthname(birth_date) FROM customer
SELECT year(ordered_at), quarter(ordered_at), month(ordered_at), week(ordered_at), dayofweek(ordered_at), isodow(ordered_at), hour(ordered_at) FROM orders
SELECT strptime('01/02/2024', '%d/%m/%Y')::DATE, try_strptime(full_name, '%Y'), strftime(DATE '2024-01-01', '%A') FROM customer
SELECT date_sub('month', birth_date, current_date), datediff('year', birth_date, today()), date_part('isoyear', birth_date) FROM customer
SELECT current_date, current_timestamp, now(), localtimestamp, today()
SELECT ordered_at::DATE AS day, sum(amount) FROM orders WHERE ordered_at BETWEEN '2024-01-01' AND '2024-02-01' GROUP BY day
SELECT * FROM orders WHERE ordered_at > TIMESTAMP '2024-01-01 00:00:00' AND ordered_at < TIMESTAMPTZ '2024-06-01 00:00:00+00'
SELECT * FROM orders WHERE date_trunc('day', ordered_at) = current_date - INTERVAL 1 DAY
SELECT * FROM orders WHERE ordered_at >= date_trunc('month', current_date) - INTERVAL '3 months'
SELECT INTERVAL 2 YEAR + INTERVAL '1 day 2 hours', INTERVAL (amount) DAY, to_months(3), INTERVAL '14 months ago' FROM orders
SELECT cume_dist() OVER (ORDER BY amount), nth_value(amount, 2) OVER (ORDER BY amount ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW) FROM orders
SELECT sum(amount) OVER (ORDER BY ordered_at GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES) FROM orders
SELECT sum(amount) FILTER (WHERE status = 'PAID') OVER (PARTITION BY customer_id) FROM orders
SELECT * FROM orders QUALIFY rank() OVER (PARTITION BY customer_id ORDER BY amount DESC) <= 3
SELECT DISTINCT ON (customer_id) customer_id, amount FROM orders ORDER BY customer_id, ordered_at DESC
SELECT country, orders.status, sum(amount) FROM customer JOIN orders USING (customer_id) GROUP BY CUBE (country, orders.status)
SELECT country, sum(amount), grouping_id(country) FROM customer JOIN orders USING (customer_id) GROUP BY ROLLUP (country)
SELECT customer_id FROM orders INTERSECT SELECT customer_id FROM customer
SELECT customer_id FROM orders EXCEPT ALL SELECT customer_id FROM customer
(SELECT customer_id FROM orders ORDER BY amount LIMIT 5) UNION (SELECT customer_id FROM customer LIMIT 5) ORDER BY 1
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t(id, label)
VALUES (1, 'x'), (2, 'y')
SELECT t.label, count(*) FROM orders JOIN (VALUES ('PAID', 'paid'), ('OPEN', 'open')) AS t(status, label) ON orders.status = t.status GROUP BY t.label
SELECT tag, count(*) FROM (SELECT unnest(tags) AS tag FROM customer) GROUP BY tag ORDER BY count(*) DESC, tag
SELECT c.customer_id, t.tag FROM customer c, unnest(c.tags) AS t(tag)
SELECT c.customer_id, t FROM customer c CROSS JOIN unnest(tags) AS u(t)
SELECT len(tags), list_contains(tags, 'vip'), list_transform(tags, lambda t: upper(t)), list_sort(tags), tags || ['x'], list_distinct(tags) FROM customer
SELECT list_reduce([1,2,3], lambda a, b: a + b), list_sum([1,2]), [x * 2 FOR x IN [1,2,3]], apply([1], lambda x: x + 1)
SELECT struct_pack(a := 1, b := country), row(1, 2), {'k': [1, 2]}, (1, 'a') FROM customer
SELECT s.a, s['b'], struct_extract(s, 'a') FROM (SELECT {'a': 1, 'b': 2} AS s)
SELECT map_keys(m), map_values(m), m['a'], element_at(m, 'a'), cardinality(m) FROM (SELECT map(['a','b'], [1,2]) AS m)
SELECT payload->>'$.channel' AS channel, count(*) FROM interaction GROUP BY 1
SELECT json_extract(payload, '$.items[0].sku'), json_array_length(payload, '$.items'), json_keys(payload), payload->'items'->0->>'sku' FROM interaction
SELECT CAST(payload->>'amount' AS DECIMAL(10,2)) + 1, (payload->>'amount')::INT FROM interaction
SELECT * FROM interaction WHERE payload->>'channel' = 'web' AND json_valid(payload)
SELECT * FROM customer c WHERE (SELECT count(*) FROM orders o WHERE o.customer_id = c.customer_id) > 3
SELECT * FROM customer WHERE country = ANY(['DE','US']) OR country IN (SELECT unnest(['FR','IT']))
SELECT * FROM customer WHERE NOT EXISTS (FROM orders o WHERE o.customer_id = customer.customer_id)
SELECT * FROM customer c LEFT JOIN LATERAL (SELECT sum(amount) AS s FROM orders o WHERE o.customer_id = c.customer_id) x ON true
SELECT * FROM customer c JOIN orders o ON c.customer_id = o.customer_id AND o.amount > 10 WHERE c.country LIKE 'D_' AND c.email NOT LIKE '%@test%'
SELECT * FROM customer WHERE full_name LIKE '50\%%' ESCAPE '\' OR email NOT ILIKE '%X%'
SELECT * FROM customer NATURAL JOIN orders
SELECT * FROM customer, orders WHERE customer.customer_id = orders.customer_id
SELECT * FROM customer CROSS JOIN organization
SELECT * FROM customer POSITIONAL JOIN orders
SELECT * FROM customer RIGHT JOIN orders USING (customer_id)
SELECT * FROM orders ASOF LEFT JOIN rates ON orders.currency = rates.currency AND orders.ordered_at >= rates.ts
SELECT #1, #2 FROM customer
SELECT COLUMNS('.*_id'), COLUMNS(c -> c LIKE 'full%') FROM customer
SELECT sum(COLUMNS(* EXCLUDE (order_id, customer_id, currency, status, ordered_at))) FROM orders
SELECT COALESCE(*COLUMNS('email|phone')) FROM customer
SELECT full_name.upper(), email.split_part('@', 2) FROM customer
SELECT total: sum(amount), n: count(*) FROM orders
SELECT status, amount FROM orders ORDER BY status COLLATE NOCASE, amount DESC NULLS LAST LIMIT 10 OFFSET 20
SELECT * FROM orders ORDER BY amount DESC LIMIT 10%
SELECT * FROM orders LIMIT (SELECT 5)
SELECT * FROM orders TABLESAMPLE reservoir(50 ROWS) REPEATABLE (42)
SELECT * FROM orders USING SAMPLE 100 ROWS
SELECT bool_and(amount > 0), bool_or(status = 'PAID'), bit_or(1), product(amount), geomean(amount), entropy(status), skewness(amount), kurtosis(amount) FROM orders
SELECT covar_pop(amount, tax), regr_slope(amount, tax), regr_r2(amount, tax), corr(amount, tax) FROM orders
SELECT 7 / 2, 7 // 2, 7 % 2, 2 ** 3, 2 ^ 3, -amount, @amount, 1 << 2, 6 & 3, 6 | 1, ~1 FROM orders
SELECT round(amount, 2), ceil(amount), floor(amount), trunc(amount), abs(amount), sign(amount), sqrt(amount), ln(amount), log(amount), log10(amount), log2(amount), exp(1), power(2, 3), pow(2, 3), mod(7, 2) FROM orders
SELECT 1_000, 0x1F, 1e3, .5, 1.5e-3, 12345678901234567890, 1.10
SELECT hash(email), md5(email), sha256(email), encode(email), to_base64(encode(email)), hex(email) FROM customer
SELECT PIVOTED.* FROM (PIVOT orders ON status IN ('PAID', 'OPEN') USING sum(amount) GROUP BY customer_id) AS PIVOTED
PIVOT orders ON status IN ('PAID', 'OPEN') USING sum(amount) AS total, count(*) AS n GROUP BY customer_id
UNPIVOT customer ON email, phone INTO NAME channel VALUE address
SELECT * FROM customer UNPIVOT (address FOR channel IN (email, phone))
FROM orders SELECT customer_id, sum(amount) AS s GROUP BY customer_id HAVING s > 10 ORDER BY s
FROM (FROM customer WHERE country = 'DE') AS de SELECT count(*)
TABLE customer
WITH top AS MATERIALIZED (SELECT * FROM orders ORDER BY amount DESC LIMIT 10) SELECT * FROM top
WITH a(x, y) AS NOT MATERIALIZED (SELECT 1, 2), b AS (SELECT x + y AS z FROM a) SELECT * FROM b
SELECT * FROM orders WHERE amount > (SELECT avg(amount) FROM orders) AND status IN ('PAID', 'OPEN') OR status IS NULL
SELECT * FROM customer WHERE country NOT IN ('DE', 'US') AND NOT (country LIKE 'X%') AND country NOT BETWEEN 'A' AND 'C'
SELECT customer_id, ordered_at - lag(ordered_at) OVER (PARTITION BY customer_id ORDER BY ordered_at) AS gap FROM orders
SELECT country, count(*) AS n, round(100.0 * n / sum(n) OVER (), 1) AS pct FROM customer GROUP BY country
SELECT epoch_ms(1700000000000), to_timestamp(1700000000), epoch(ordered_at), make_timestamp(0) FROM orders
SELECT amount::VARCHAR, amount::DECIMAL(18,4), CAST(amount AS HUGEINT), TRY_CAST('x' AS DATE), '2024-01-01'::TIMESTAMP_S, '{"a":1}'::JSON FROM orders
SELECT typeof(amount), coalesce(NULL, 1), ifnull(NULL, 2), nullif(1, 1), if(true, 1, 2), greatest(1, 2), least(1, 2) FROM orders
SELECT position('a' IN full_name), strpos(full_name, 'a'), instr(full_name, 'a'), substring(full_name FROM 2 FOR 3), trim(BOTH ' ' FROM full_name) FROM customer
SELECT extract(epoch FROM ordered_at), extract(isodow FROM ordered_at), extract(doy FROM ordered_at), extract(week FROM ordered_at), date_part(['year', 'month'], ordered_at) FROM orders
SELECT time_bucket(INTERVAL 1 WEEK, ordered_at, TIMESTAMP '2024-01-01'), time_bucket(INTERVAL '1 hour', ordered_at::TIMESTAMPTZ, 'Europe/Berlin') FROM orders
SELECT timezone('UTC', ordered_at), ordered_at AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin' FROM orders
SELECT 'it''s', E'tab\there', $$dollar 'quoted'$$, $tag$x$tag$, '100%', '\', 'ünï'
SELECT "Total €" FROM (SELECT sum(amount) AS "Total €" FROM orders)
SELECT 1 AS "select", 2 AS "a""b", 3 AS "GROUP"
SELECT count(DISTINCT customer_id), count(DISTINCT (customer_id, status)), sum(DISTINCT amount), string_agg(DISTINCT status, ',' ORDER BY status) FROM orders
SELECT histogram(status), max(amount, 2), min(amount, 2), any_value(status), first(amount ORDER BY ordered_at), last(amount ORDER BY ordered_at) FROM orders
SELECT date_trunc(CASE WHEN status = 'PAID' THEN 'month' ELSE 'year' END, ordered_at), 'x' ~ 'y', 'ab' !~ 'a', 'abc' SIMILAR TO 'a.c', 'abc' NOT SIMILAR TO 'b', 'a' GLOB 'a*' FROM orders
SELECT x FROM generate_series(1, 10) AS t(x) WHERE x % 2 = 0
SELECT range AS i FROM range(5)
SELECT * FROM range(1, 10, 2) r(i) JOIN orders ON order_id = i
SELECT $a::INT + $b AS s, $country
SELECT country, sum(balance) FROM customer WHERE birth_date < DATE '2000-01-01' GROUP BY country HAVING sum(balance) > 0 AND count(*) > 1 ORDER BY sum(balance) DESC NULLS FIRST, country ASC
SELECT * FROM customer WHERE balance IS NOT NULL AND balance IS NOT DISTINCT FROM 3 AND (balance > 0) IS TRUE AND (balance < 0) IS NOT TRUE AND (balance > 1) IS UNKNOWN
SELECT try(1 / 0), random() < 2, uuid() IS NOT NULL, pi()
SELECT ARRAY(SELECT amount FROM orders), ARRAY[1, 2], [1, 2][1:2], [1, 2, 3][-1], [1,2,3][:2], [1,2,3][2:], ([1,2,3])[1:3:2]
SELECT a.*, b.amount FROM customer a INNER JOIN orders b USING (customer_id) WHERE a IS NOT NULL
SELECT * FROM customer WHERE customer_id = 'c1' AND 'a' || 'b' = 'ab' AND email IS NULL
