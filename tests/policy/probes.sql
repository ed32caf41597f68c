-- Questions that try to learn of hidden rows: by errors, order, joins, counts, whole rows. One a line.
SELECT * FROM customer ORDER BY ALL
SELECT * FROM customer_record ORDER BY ALL
SELECT * FROM orders ORDER BY ALL
SELECT * FROM identifier ORDER BY ALL
SELECT count(*), count(DISTINCT customer_id), min(balance), max(balance), sum(balance) FROM customer
SELECT count(*), min(amount), max(amount), sum(amount), avg(amount), max(note) FROM orders
SELECT customer_id FROM customer WHERE CAST(phone AS INTEGER) > 0 ORDER BY 1
SELECT customer_id FROM customer WHERE phone::BIGINT > 0 ORDER BY 1
SELECT count(*) FROM customer WHERE phone::UUID IS NOT NULL
SELECT count(*) FROM customer WHERE phone::BIT IS NOT NULL
SELECT count(*) FROM customer WHERE phone::INTEGER[] IS NOT NULL
SELECT count(*) FROM customer WHERE phone::STRUCT(a INTEGER) IS NOT NULL
SELECT count(*) FROM customer WHERE phone::DATE IS NOT NULL
SELECT count(*) FROM customer WHERE phone::TIMESTAMP IS NOT NULL
SELECT count(*) FROM customer WHERE phone::DECIMAL(4, 1) > 0
SELECT count(*) FROM customer WHERE balance::TINYINT > 0
SELECT count(*) FROM customer WHERE 1 / (balance - 7) > 0
SELECT count(*) FROM customer WHERE 10 % CAST(balance - 7 AS INTEGER) = 1
SELECT count(*) FROM customer WHERE CASE WHEN country = 'FR' THEN 1 / 0 ELSE 1 END = 1
SELECT count(*) FROM customer WHERE CASE WHEN country <> 'DE' THEN CAST('x' AS INTEGER) ELSE 1 END = 1
SELECT count(*) FROM customer WHERE country = 'DE' OR CAST(phone AS INTEGER) > 0
SELECT count(*) FROM customer WHERE ln(balance - 7) > 0
SELECT count(*) FROM customer WHERE sqrt(balance - 8) > 0
SELECT count(*) FROM customer WHERE hamming(email, 'anna@x.de') = 0
SELECT count(*) FROM customer WHERE jaccard(email, country) > 0
SELECT count(*) FROM customer WHERE like_escape(email, 'a%', phone)
SELECT count(*) FROM customer WHERE regexp_matches(email, phone)
SELECT count(*) FROM customer WHERE strptime(phone, '%Y') IS NOT NULL
SELECT count(*) FROM customer WHERE chr(CAST(balance AS INTEGER)) = 'a'
SELECT count(*) FROM customer WHERE CAST(balance * 1000000000000000 AS INTEGER) > 0
SELECT CAST(phone AS INTEGER) FROM customer ORDER BY 1
SELECT CAST(phone AS INTEGER) AS p, count(*) FROM customer GROUP BY 1 ORDER BY 1
SELECT count(*) FROM customer GROUP BY CAST(balance AS TINYINT) ORDER BY 1
SELECT max(CAST(phone AS INTEGER)) FROM customer
SELECT sum(CAST(phone AS INTEGER)) OVER () FROM customer ORDER BY 1
SELECT email FROM customer ORDER BY CAST(phone AS INTEGER), 1
SELECT email FROM customer ORDER BY 1 / (balance - 7), 1
SELECT email FROM customer ORDER BY balance DESC LIMIT 1
SELECT email FROM customer ORDER BY country DESC, email LIMIT 2
SELECT email FROM customer ORDER BY email LIMIT 10 OFFSET 3
SELECT c FROM customer c ORDER BY c
SELECT to_json(c) FROM customer c ORDER BY 1
SELECT row_to_json(c) FROM customer c ORDER BY 1
SELECT struct_extract(c, 'email') FROM customer c ORDER BY 1
SELECT COLUMNS('.*mail.*') FROM customer ORDER BY ALL
SELECT c.* EXCLUDE (country) FROM customer c ORDER BY ALL
SELECT o.order_id FROM orders o LEFT JOIN customer c USING (customer_id) WHERE c.customer_id IS NULL
SELECT o.order_id FROM orders o WHERE customer_id NOT IN (SELECT customer_id FROM customer) ORDER BY 1
SELECT o.order_id FROM orders o ANTI JOIN customer c USING (customer_id) ORDER BY 1
SELECT count(*) FROM customer a FULL JOIN customer_record b USING (customer_id)
SELECT count(*) FROM customer a, customer b WHERE a.email < b.email
SELECT count(*) FROM customer a JOIN customer b ON CAST(a.phone AS INTEGER) = CAST(b.phone AS INTEGER)
SELECT count(*) FROM orders o JOIN customer c ON o.customer_id = c.customer_id AND 1 / (o.amount - 30) > 0
SELECT count(*) FROM orders WHERE CAST(note AS INTEGER) > 0
SELECT count(*) FROM orders WHERE 1 / (amount - 30) > 0
SELECT order_id FROM orders WHERE EXISTS (SELECT 1 FROM customer c WHERE c.customer_id = orders.customer_id) ORDER BY 1
SELECT (SELECT phone FROM customer WHERE country = 'FR')
SELECT (SELECT CAST(phone AS INTEGER) FROM customer WHERE country = 'FR')
SELECT (SELECT email FROM customer)
WITH a AS (SELECT * FROM customer) SELECT count(*) FROM a WHERE CAST(phone AS INTEGER) > 5
WITH a AS MATERIALIZED (SELECT * FROM customer) SELECT count(*) FROM a WHERE CAST(phone AS INTEGER) > 5
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r, customer WHERE n < 2) SELECT count(*) FROM r
SELECT country, count(*) FROM customer GROUP BY ROLLUP (country) ORDER BY ALL
SELECT country FROM customer UNION SELECT note FROM orders ORDER BY 1
SELECT country FROM customer EXCEPT SELECT 'DE' ORDER BY 1
SELECT DISTINCT country FROM customer ORDER BY 1
SELECT first(email ORDER BY balance), list(country ORDER BY country), string_agg(email, ',' ORDER BY email) FROM customer
SELECT row_number() OVER (ORDER BY balance DESC), email FROM customer ORDER BY 1
SELECT approx_count_distinct(country) FROM customer
SELECT histogram(country) FROM customer
SELECT unnest(_sources), count(*) FROM customer GROUP BY 1 ORDER BY 1
SELECT count(*) FROM consent k JOIN customer c ON k.email = c.email
SELECT birth_date, count(*) FROM customer GROUP BY 1 ORDER BY 1
SELECT count(*) FROM customer WHERE birth_date BETWEEN DATE '1970-01-01' AND DATE '1979-12-31'
SELECT count(*) FROM customer WHERE email LIKE 'canary%'
SELECT count(*) FROM customer WHERE phone SIMILAR TO 'canary.*'
SELECT payment_id FROM payment ORDER BY 1
SELECT count(*) FROM payment p JOIN orders o USING (order_id)
SELECT full_name FROM customer ORDER BY 1
SELECT nm FROM customer
SELECT * FROM accounts
SELECT * FROM information_schema.columns ORDER BY ALL
SELECT * FROM information_schema.tables ORDER BY ALL
EXPLAIN SELECT * FROM customer WHERE CAST(phone AS INTEGER) > 0
EXPLAIN ANALYZE SELECT count(*) FROM customer c JOIN orders o USING (customer_id) WHERE c.country = 'FR'
EXPLAIN SELECT country, count(*) FROM customer GROUP BY 1
