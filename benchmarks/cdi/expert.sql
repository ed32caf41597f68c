-- What a good engineer writes for each question who knows the sources: raw spellings, indexes, collations, what each server
-- is quick at. `-- name:` is the answer itself, `-- name: step` a query before it whose first column becomes {step};
-- `-- name: none` is asked instead of the answer where the step found no key. The macros of `setup` are made once.

-- setup:
CREATE MACRO iso(word) AS MAP {
  'Germany': 'DE', 'Deutschland': 'DE', 'DEU': 'DE', 'de': 'DE', 'France': 'FR', 'FRA': 'FR', 'fr': 'FR', 'United Kingdom': 'GB', 'Great Britain': 'GB',
  'GBR': 'GB', 'gb': 'GB', 'United States': 'US', 'USA': 'US', 'us': 'US', 'Italy': 'IT', 'Italia': 'IT', 'ITA': 'IT', 'it': 'IT', 'Netherlands': 'NL',
  'NLD': 'NL', 'nl': 'NL', 'Poland': 'PL', 'Polska': 'PL', 'POL': 'PL', 'pl': 'PL', 'Austria': 'AT', 'Österreich': 'AT', 'AUT': 'AT', 'at': 'AT',
  'Switzerland': 'CH', 'CHE': 'CH', 'ch': 'CH'}[word];
CREATE MACRO euros(cents) AS (cents / 100)::DECIMAL(18,2);
CREATE MACRO stage(letter) AS CASE letter WHEN 'A' THEN 'active' WHEN 'P' THEN 'prospect' WHEN 'C' THEN 'churned' END;
CREATE MACRO state(number) AS CASE number WHEN 1 THEN 'paid' WHEN 2 THEN 'open' WHEN 3 THEN 'overdue' WHEN 4 THEN 'cancelled' END;
CREATE MACRO means(code) AS CASE code WHEN 'CC' THEN 'card' WHEN 'WT' THEN 'transfer' WHEN 'DD' THEN 'debit' END;
CREATE MACRO topic_of(code) AS CASE WHEN code IS NOT NULL THEN
  CASE code WHEN 'DLV' THEN 'delivery' WHEN 'INV' THEN 'invoice' WHEN 'PRD' THEN 'product' WHEN 'LOG' THEN 'login' ELSE 'other' END END;
CREATE MACRO called(name) AS split_part(name, ', ', 2) || ' ' || split_part(name, ', ', 1);

-- email_six_sources:
WITH crm_rows AS MATERIALIZED (FROM postgres_query('crm', $$SELECT account_no, first_name || ' ' || last_name AS n, country_name FROM accounts
    WHERE email_addr = 'max.bianchi339@web.example' AND status_cd <> 'X'$$)),
billing_rows AS MATERIALIZED (FROM mysql_query('billing', $$SELECT client_no, name, country FROM clients
    WHERE mail = 'max.bianchi339@web.example' AND CAST(mail AS BINARY) = 'max.bianchi339@web.example'$$)),
support_rows AS MATERIALIZED (FROM sqlite_query('support', $$SELECT contact_no, full_name, land FROM contacts WHERE email = 'max.bianchi339@web.example'$$))
SELECT 'crm' AS _source, 'crm.accounts:' || account_no AS customer_id, n AS full_name, iso(country_name) AS country FROM crm_rows
UNION ALL SELECT 'billing', 'billing.clients:' || client_no, called(name), iso(country) FROM billing_rows
UNION ALL SELECT 'support', 'support.contacts:' || contact_no, full_name, iso(land) FROM support_rows
UNION ALL SELECT 'shop', 'shop.shoppers:' || shopper_no, given_name || ' ' || family_name, iso(country) FROM shoppers WHERE mail = 'max.bianchi339@web.example'
UNION ALL SELECT 'loyalty', 'loyalty.members:' || member_no, NULL, country FROM members WHERE lower(trim(mail)) = 'max.bianchi339@web.example'
UNION ALL SELECT 'campaigns', 'campaigns.reached:' || contact, NULL, country FROM touches WHERE lower(trim(mail)) = 'max.bianchi339@web.example'

-- email_unknown:
WITH crm_rows AS MATERIALIZED (FROM postgres_query('crm', $$SELECT account_no, first_name || ' ' || last_name AS n, country_name FROM accounts
    WHERE email_addr = 'nobody@nowhere.example' AND status_cd <> 'X'$$)),
billing_rows AS MATERIALIZED (FROM mysql_query('billing', $$SELECT client_no, name, country FROM clients
    WHERE mail = 'nobody@nowhere.example' AND CAST(mail AS BINARY) = 'nobody@nowhere.example'$$)),
support_rows AS MATERIALIZED (FROM sqlite_query('support', $$SELECT contact_no, full_name, land FROM contacts WHERE email = 'nobody@nowhere.example'$$))
SELECT 'crm' AS _source, 'crm.accounts:' || account_no AS customer_id, n AS full_name, iso(country_name) AS country FROM crm_rows
UNION ALL SELECT 'billing', 'billing.clients:' || client_no, called(name), iso(country) FROM billing_rows
UNION ALL SELECT 'support', 'support.contacts:' || contact_no, full_name, iso(land) FROM support_rows
UNION ALL SELECT 'shop', 'shop.shoppers:' || shopper_no, given_name || ' ' || family_name, iso(country) FROM shoppers WHERE mail = 'nobody@nowhere.example'
UNION ALL SELECT 'loyalty', 'loyalty.members:' || member_no, NULL, country FROM members WHERE lower(trim(mail)) = 'nobody@nowhere.example'
UNION ALL SELECT 'campaigns', 'campaigns.reached:' || contact, NULL, country FROM touches WHERE lower(trim(mail)) = 'nobody@nowhere.example'

-- emails_three:
WITH crm_rows AS MATERIALIZED (FROM postgres_query('crm', $$SELECT email_addr, credit_cents FROM accounts WHERE status_cd <> 'X'
    AND email_addr IN ('max.bianchi339@web.example', 'anna.kowalski261@mail.example', 'paul.rossi811@inbox.example')$$)),
billing_rows AS MATERIALIZED (FROM mysql_query('billing', $$SELECT mail, balance_cents FROM clients
    WHERE mail IN ('max.bianchi339@web.example', 'anna.kowalski261@mail.example', 'paul.rossi811@inbox.example')
    AND CAST(mail AS BINARY) IN ('max.bianchi339@web.example', 'anna.kowalski261@mail.example', 'paul.rossi811@inbox.example')$$)),
support_rows AS MATERIALIZED (FROM sqlite_query('support', $$SELECT email FROM contacts
    WHERE email IN ('max.bianchi339@web.example', 'anna.kowalski261@mail.example', 'paul.rossi811@inbox.example')$$))
SELECT 'crm' AS _source, email_addr AS email, euros(credit_cents) AS balance FROM crm_rows
UNION ALL SELECT 'billing', mail, euros(balance_cents) FROM billing_rows
UNION ALL SELECT 'support', email, NULL FROM support_rows
UNION ALL SELECT 'shop', mail, NULL FROM shoppers WHERE mail IN ('max.bianchi339@web.example', 'anna.kowalski261@mail.example', 'paul.rossi811@inbox.example')
UNION ALL SELECT 'loyalty', lower(trim(mail)), NULL FROM members
  WHERE lower(trim(mail)) IN ('max.bianchi339@web.example', 'anna.kowalski261@mail.example', 'paul.rossi811@inbox.example')
UNION ALL SELECT 'campaigns', lower(trim(mail)), NULL FROM touches
  WHERE lower(trim(mail)) IN ('max.bianchi339@web.example', 'anna.kowalski261@mail.example', 'paul.rossi811@inbox.example')

-- account_by_id:
SELECT 'crm.accounts:' || account_no, email_addr, n, iso(country_name), birth, stage(status_cd), euros(credit_cents), created_at
FROM postgres_query('crm', $$SELECT account_no, email_addr, first_name || ' ' || last_name AS n, country_name, birth, status_cd, credit_cents, created_at
  FROM accounts WHERE account_no = 100339 AND status_cd <> 'X'$$)

-- invoice_by_id:
SELECT invoice_no, 'billing.clients:' || client_no, due_on, total, state(state)
FROM mysql_query('billing', $$SELECT invoice_no, client_no, due_on, total, state FROM invoices WHERE invoice_no = 4711$$)

-- invoices_of_customer:
SELECT invoice_no, due_on, total, state(state) FROM mysql_query('billing', $$SELECT invoice_no, due_on, total, state FROM invoices WHERE client_no = 500003$$)

-- tickets_of_account:
SELECT ticket_no::BIGINT, opened::TIMESTAMP, topic_of(topic), priority::BIGINT
FROM sqlite_query('support', $$SELECT ticket_no, opened, topic, priority FROM tickets WHERE account_no = 101789$$)

-- country_by_source:
WITH crm_rows AS MATERIALIZED (FROM postgres_query('crm', $$SELECT count(*) AS n FROM accounts WHERE country_name IN ('Poland', 'Polska') AND status_cd <> 'X'$$)),
billing_rows AS MATERIALIZED (FROM mysql_query('billing', $$SELECT count(*) AS n FROM clients WHERE country = 'POL' AND CAST(country AS BINARY) = 'POL'$$)),
support_rows AS MATERIALIZED (FROM sqlite_query('support', $$SELECT count(*) AS n FROM contacts WHERE land = 'pl'$$))
FROM (SELECT 'crm' AS _source, n FROM crm_rows UNION ALL SELECT 'billing', n FROM billing_rows UNION ALL SELECT 'support', n::BIGINT FROM support_rows
UNION ALL SELECT 'shop', count(*) FROM shoppers WHERE country = 'pl'
UNION ALL SELECT 'loyalty', count(*) FROM members WHERE country = 'PL' UNION ALL SELECT 'campaigns', count(*) FROM touches WHERE country = 'PL') WHERE n > 0

-- balance_range:
WITH crm_rows AS MATERIALIZED (FROM postgres_query('crm', $$SELECT account_no, credit_cents FROM accounts WHERE credit_cents BETWEEN 90000 AND 90500 AND status_cd <> 'X'$$)),
billing_rows AS MATERIALIZED (FROM mysql_query('billing', $$SELECT client_no, balance_cents FROM clients WHERE balance_cents BETWEEN 90000 AND 90500$$))
SELECT 'crm', 'crm.accounts:' || account_no, euros(credit_cents) FROM crm_rows
UNION ALL SELECT 'billing', 'billing.clients:' || client_no, euros(balance_cents) FROM billing_rows

-- overdue_and_large:
SELECT invoice_no, 'billing.clients:' || client_no, total, due_on
FROM mysql_query('billing', $$SELECT invoice_no, client_no, total, due_on FROM invoices WHERE state = 3 AND total > 1900$$)

-- gold_tier:
WITH billing_rows AS MATERIALIZED (FROM mysql_query('billing', $$SELECT count(*) AS n, CAST(sum(balance_cents) AS SIGNED) AS s
    FROM clients WHERE tier = 'gold' AND CAST(tier AS BINARY) = 'gold'$$))
FROM (SELECT 'billing', n, euros(s) FROM billing_rows UNION ALL SELECT 'loyalty', count(*), NULL FROM members WHERE lower(tier) = 'gold') AS t(a, n, b) WHERE n > 0

-- tickets_of_a_week:
SELECT topic_of(topic), n::BIGINT FROM sqlite_query('support', $$SELECT topic, count(*) AS n FROM tickets
  WHERE opened >= '2024-03-04' AND opened < '2024-03-11' AND topic = 'DLV' GROUP BY topic$$)

-- born_and_active:
SELECT iso(country_name), sum(n)::BIGINT FROM postgres_query('crm', $$SELECT country_name, count(*) AS n FROM accounts
  WHERE birth >= DATE '1990-01-01' AND birth < DATE '1991-01-01' AND status_cd = 'A' GROUP BY country_name$$) GROUP BY 1

-- twenty_germans:
SELECT 'crm.accounts:' || account_no, email_addr, 'DE' FROM postgres_query('crm', $$SELECT account_no, email_addr FROM accounts
  WHERE country_name IN ('Germany', 'Deutschland') AND status_cd <> 'X' LIMIT 20$$)

-- fifty_overdue:
SELECT invoice_no, 'billing.clients:' || client_no, total FROM mysql_query('billing', $$SELECT invoice_no, client_no, total FROM invoices WHERE state = 3 LIMIT 50$$)

-- customers_by_country:
WITH crm_rows AS MATERIALIZED (FROM postgres_query('crm', $$SELECT country_name, count(*) AS n FROM accounts WHERE status_cd <> 'X' GROUP BY country_name$$)),
billing_rows AS MATERIALIZED (SELECT country, count(*) AS n FROM mysql_query('billing', $$SELECT country FROM clients$$) GROUP BY country),
support_rows AS MATERIALIZED (FROM sqlite_query('support', $$SELECT land, count(*) AS n FROM contacts GROUP BY land$$))
SELECT c, sum(n)::BIGINT FROM (SELECT iso(country_name) AS c, n FROM crm_rows UNION ALL SELECT iso(country), n FROM billing_rows
UNION ALL SELECT iso(land), n::BIGINT FROM support_rows UNION ALL SELECT iso(country), count(*) FROM shoppers GROUP BY country
UNION ALL SELECT country, count(*) FROM members GROUP BY country UNION ALL SELECT country, count(*) FROM touches GROUP BY country) GROUP BY c

-- balance_by_country:
WITH crm_rows AS MATERIALIZED (FROM postgres_query('crm', $$SELECT country_name AS c, count(credit_cents) AS n, sum(credit_cents)::bigint AS s, min(credit_cents) AS l, max(credit_cents) AS m
    FROM accounts WHERE status_cd <> 'X' GROUP BY country_name$$)),
billing_rows AS MATERIALIZED (SELECT country AS c, count(balance_cents) AS n, sum(balance_cents)::BIGINT AS s, min(balance_cents) AS l, max(balance_cents) AS m
    FROM mysql_query('billing', $$SELECT country, balance_cents FROM clients$$) GROUP BY country)
SELECT iso(c), sum(n)::BIGINT, euros(sum(s)), euros(min(l)), euros(max(m)) FROM (FROM crm_rows UNION ALL FROM billing_rows) GROUP BY 1

-- invoices_by_status:
SELECT state(state), means(method), sum(n)::BIGINT, sum(s) FROM mysql_query('billing', $$SELECT state, method, count(*) AS n, CAST(sum(total) AS DECIMAL(30,2)) AS s
  FROM invoices GROUP BY state, method$$) GROUP BY ALL

-- invoices_by_month:
SELECT date_trunc('month', due_on) AS m, count(*), sum(total) FROM mysql_query('billing', $$SELECT due_on, total FROM invoices
  WHERE due_on >= '2024-01-01' AND due_on < '2025-01-01'$$) GROUP BY ALL

-- revenue_by_kind_and_year:
WITH crm_rows AS MATERIALIZED (FROM postgres_query('crm', $$SELECT extract(year FROM closed_on)::int AS y, count(*) AS n, sum(value_cents)::bigint AS s
    FROM deals WHERE stage = 'won' GROUP BY y$$)),
billing_rows AS MATERIALIZED (FROM mysql_query('billing', $$SELECT year(due_on) AS y, count(*) AS n, CAST(sum(total) * 100 AS SIGNED) AS s FROM invoices WHERE state = 1 GROUP BY y$$))
SELECT 'deal', y, n, euros(s) FROM crm_rows UNION ALL SELECT 'invoice', y, n, euros(s) FROM billing_rows
UNION ALL SELECT 'order', year(placed_at), count(*), euros(sum(total_cents)) FROM orders WHERE state IN (10, 20) GROUP BY 2

-- tickets_by_category:
SELECT topic_of(topic), priority, count(*), avg(minutes) FROM support.tickets GROUP BY ALL

-- best_payers:
SELECT 'billing.clients:' || client_no AS c, sum(total) AS s FROM mysql_query('billing', $$SELECT client_no, total FROM invoices WHERE state = 1$$)
GROUP BY 1 HAVING sum(total) > 5000 ORDER BY s DESC, c LIMIT 10

-- balance_by_tier:
SELECT tier, count(*), euros(max(balance_cents)) FROM mysql_query('billing', $$SELECT tier, balance_cents FROM clients$$) GROUP BY tier

-- people:
WITH crm_rows AS MATERIALIZED (SELECT email_addr AS mail FROM crm.public.accounts WHERE status_cd <> 'X'),
billing_rows AS MATERIALIZED (FROM mysql_query('billing', $$SELECT mail FROM clients$$)),
support_rows AS MATERIALIZED (FROM sqlite_query('support', $$SELECT email FROM contacts$$))
SELECT count(DISTINCT mail) FROM (FROM crm_rows UNION ALL FROM billing_rows UNION ALL FROM support_rows UNION ALL SELECT mail FROM shoppers
UNION ALL SELECT lower(trim(mail)) FROM members UNION ALL SELECT lower(trim(mail)) FROM touches)

-- people_by_country:
WITH crm_rows AS MATERIALIZED (SELECT country_name AS c, email_addr AS mail FROM crm.public.accounts WHERE status_cd <> 'X'),
billing_rows AS MATERIALIZED (FROM mysql_query('billing', $$SELECT country, mail FROM clients$$)),
support_rows AS MATERIALIZED (FROM sqlite_query('support', $$SELECT land, email FROM contacts$$))
SELECT iso(c), count(DISTINCT mail) FROM (FROM crm_rows UNION ALL FROM billing_rows UNION ALL FROM support_rows) GROUP BY 1

-- highest_balances:
WITH crm_rows AS MATERIALIZED (FROM postgres_query('crm', $$SELECT account_no, credit_cents FROM accounts WHERE credit_cents IS NOT NULL AND status_cd <> 'X'
    ORDER BY credit_cents DESC, account_no::text COLLATE "C" LIMIT 10$$)),
billing_rows AS MATERIALIZED (FROM mysql_query('billing', $$SELECT client_no, balance_cents FROM clients WHERE balance_cents IS NOT NULL
    ORDER BY balance_cents DESC, CAST(client_no AS CHAR) LIMIT 10$$))
SELECT 'crm', 'crm.accounts:' || account_no AS c, euros(credit_cents) AS b FROM crm_rows
UNION ALL SELECT 'billing', 'billing.clients:' || client_no, euros(balance_cents) FROM billing_rows ORDER BY b DESC, c LIMIT 10

-- newest_invoices:
FROM mysql_query('billing', $$SELECT invoice_no, due_on, total FROM invoices ORDER BY due_on DESC, invoice_no LIMIT 10$$)

-- unpaid_first:
FROM mysql_query('billing', $$SELECT invoice_no, paid_on, due_on FROM invoices ORDER BY paid_on, invoice_no LIMIT 5$$)

-- largest_revenue:
WITH crm_rows AS MATERIALIZED (FROM postgres_query('crm', $$SELECT deal_no, closed_on, value_cents FROM deals WHERE stage = 'won' ORDER BY value_cents DESC NULLS LAST, deal_no LIMIT 10$$)),
billing_rows AS MATERIALIZED (FROM mysql_query('billing', $$SELECT invoice_no, due_on, total FROM invoices WHERE state = 1 ORDER BY total DESC, invoice_no LIMIT 10$$))
SELECT 'deal' AS k, deal_no AS i, closed_on AS d, euros(value_cents) AS a FROM crm_rows UNION ALL SELECT 'invoice', invoice_no, due_on, total FROM billing_rows
UNION ALL SELECT 'order', order_no, placed_at::DATE, euros(total_cents) FROM (FROM orders WHERE state IN (10, 20) ORDER BY total_cents DESC, order_no LIMIT 10)
ORDER BY a DESC, k, i LIMIT 10

-- few_keys_into_crm: keys
SELECT account_no::BIGINT FROM sqlite_query('support', $$SELECT account_no FROM tickets WHERE ticket_no IN (989, 6905, 7383) AND account_no IS NOT NULL$$)
-- few_keys_into_crm:
SELECT t.ticket_no::BIGINT, t.minutes::BIGINT, c.n, iso(c.country_name), euros(c.credit_cents)
FROM sqlite_query('support', $$SELECT ticket_no, minutes, account_no FROM tickets WHERE ticket_no IN (989, 6905, 7383)$$) AS t
JOIN postgres_query('crm', $$SELECT account_no, first_name || ' ' || last_name AS n, country_name, credit_cents FROM accounts
  WHERE account_no IN ({keys}) AND status_cd <> 'X'$$) AS c ON c.account_no = t.account_no::BIGINT

-- no_keys_into_crm: keys
SELECT account_no::BIGINT FROM sqlite_query('support', $$SELECT account_no FROM tickets WHERE priority = 99 AND account_no IS NOT NULL$$)
-- no_keys_into_crm: none
SELECT NULL::BIGINT AS ticket_id, NULL::VARCHAR AS full_name WHERE false
-- no_keys_into_crm:
SELECT t.ticket_no::BIGINT, c.n FROM sqlite_query('support', $$SELECT ticket_no, account_no FROM tickets WHERE priority = 99$$) AS t
JOIN postgres_query('crm', $$SELECT account_no, first_name || ' ' || last_name AS n FROM accounts WHERE account_no IN ({keys}) AND status_cd <> 'X'$$) AS c
  ON c.account_no = t.account_no::BIGINT

-- campaign_into_crm: keys
SELECT DISTINCT lower(trim(mail)) FROM touches WHERE campaign = 'trial'
-- campaign_into_crm:
SELECT stage(c.status_cd), count(*), euros(sum(c.credit_cents)) FROM touches AS t
JOIN postgres_query('crm', $$SELECT email_addr, status_cd, credit_cents FROM accounts WHERE email_addr IN ({keys}) AND status_cd <> 'X'$$) AS c
  ON c.email_addr = lower(trim(t.mail)) WHERE t.campaign = 'trial' GROUP BY 1

-- day_of_orders_to_invoices: keys
SELECT DISTINCT mail FROM orders WHERE year = 2024 AND placed_at >= TIMESTAMP '2024-05-02' AND placed_at < TIMESTAMP '2024-05-03' AND mail IS NOT NULL
-- day_of_orders_to_invoices:
SELECT state(i.state), count(*), sum(i.total) FROM orders AS o
JOIN mysql_query('billing', $$SELECT c.mail, i.state, i.total FROM clients AS c JOIN invoices AS i ON i.client_no = c.client_no WHERE c.mail IN ({keys})$$) AS i ON i.mail = o.mail
WHERE o.year = 2024 AND o.placed_at >= TIMESTAMP '2024-05-02' AND o.placed_at < TIMESTAMP '2024-05-03' GROUP BY 1

-- invoices_of_a_country:
SELECT tier, count(*), sum(total) FROM mysql_query('billing', $$SELECT c.tier, i.total FROM invoices AS i JOIN clients AS c ON c.client_no = i.client_no
  WHERE c.country = 'CHE' AND CAST(c.country AS BINARY) = 'CHE' AND i.state = 3$$) GROUP BY tier

-- deals_by_country:
SELECT iso(country_name), stage, sum(n)::BIGINT, euros(sum(s)) FROM postgres_query('crm', $$SELECT c.country_name, d.stage, count(*) AS n, sum(d.value_cents)::bigint AS s
  FROM deals AS d JOIN accounts AS c ON c.account_no = d.account_no WHERE c.status_cd <> 'X' GROUP BY c.country_name, d.stage$$) GROUP BY ALL

-- gold_members_in_crm: keys
SELECT DISTINCT lower(trim(mail)) FROM members WHERE tier = 'GOLD' AND points > 19000 AND mail IS NOT NULL
-- gold_members_in_crm:
SELECT iso(country_name), sum(n)::BIGINT FROM postgres_query('crm', $$SELECT country_name, count(*) AS n FROM accounts
  WHERE email_addr IN ({keys}) AND status_cd <> 'X' GROUP BY country_name$$) GROUP BY 1

-- clients_without_invoice:
SELECT iso(country), count(*) FROM mysql_query('billing', $$SELECT country FROM clients AS c
  WHERE NOT EXISTS (SELECT 1 FROM invoices AS i WHERE i.client_no = c.client_no)$$) GROUP BY 1

-- last_invoice_each:
SELECT 'billing.clients:' || client_no, invoice_no, due_on FROM (
  SELECT *, row_number() OVER (PARTITION BY client_no ORDER BY due_on DESC, invoice_no) AS r
  FROM mysql_query('billing', $$SELECT client_no, invoice_no, due_on FROM invoices WHERE state = 3 AND total > 1500$$)) WHERE r = 1

-- rank_of_countries:
WITH crm_rows AS MATERIALIZED (FROM postgres_query('crm', $$SELECT country_name, count(*) AS n FROM accounts WHERE status_cd <> 'X' GROUP BY country_name$$)),
billing_rows AS MATERIALIZED (SELECT country, count(*) AS n FROM mysql_query('billing', $$SELECT country FROM clients$$) GROUP BY country),
support_rows AS MATERIALIZED (FROM sqlite_query('support', $$SELECT land, count(*) AS n FROM contacts GROUP BY land$$))
SELECT s, c, sum(n)::BIGINT AS n, rank() OVER (PARTITION BY s ORDER BY sum(n) DESC) FROM (SELECT 'crm' AS s, iso(country_name) AS c, n FROM crm_rows
UNION ALL SELECT 'billing', iso(country), n FROM billing_rows UNION ALL SELECT 'support', iso(land), n::BIGINT FROM support_rows
UNION ALL SELECT 'shop', iso(country), count(*) FROM shoppers GROUP BY country UNION ALL SELECT 'loyalty', country, count(*) FROM members GROUP BY country
UNION ALL SELECT 'campaigns', country, count(*) FROM touches GROUP BY country) WHERE c IS NOT NULL GROUP BY s, c

-- everything_about_one:
WITH crm_rows AS MATERIALIZED (FROM postgres_query('crm', $$SELECT a.account_no, a.created_at, a.credit_cents, d.deal_no, d.closed_on, d.value_cents
    FROM accounts AS a LEFT JOIN deals AS d ON d.account_no = a.account_no WHERE a.email_addr = 'max.bianchi339@web.example' AND a.status_cd <> 'X'$$)),
billing_rows AS MATERIALIZED (FROM mysql_query('billing', $$SELECT c.client_no, c.updated, c.balance_cents, i.invoice_no, i.due_on, i.total
    FROM clients AS c LEFT JOIN invoices AS i ON i.client_no = c.client_no
    WHERE c.mail = 'max.bianchi339@web.example' AND CAST(c.mail AS BINARY) = 'max.bianchi339@web.example'$$)),
support_rows AS MATERIALIZED (FROM sqlite_query('support', $$SELECT c.contact_no, t.ticket_no, t.opened FROM contacts AS c
    LEFT JOIN tickets AS t ON t.contact_no = c.contact_no WHERE c.email = 'max.bianchi339@web.example'$$)),
touch_rows AS MATERIALIZED (SELECT contact, touched FROM touches WHERE lower(trim(mail)) = 'max.bianchi339@web.example')
SELECT DISTINCT 'account', 'crm.accounts:' || account_no, created_at, euros(credit_cents) FROM crm_rows
UNION ALL SELECT DISTINCT 'account', 'billing.clients:' || client_no, updated::TIMESTAMP, euros(balance_cents) FROM billing_rows
UNION ALL SELECT DISTINCT 'account', 'support.contacts:' || contact_no, NULL, NULL FROM support_rows
UNION ALL SELECT 'account', 'shop.shoppers:' || shopper_no, registered, NULL FROM shoppers WHERE mail = 'max.bianchi339@web.example'
UNION ALL SELECT 'account', 'loyalty.members:' || member_no, joined::TIMESTAMP, NULL FROM members WHERE lower(trim(mail)) = 'max.bianchi339@web.example'
UNION ALL SELECT 'account', 'campaigns.reached:' || contact, NULL, NULL FROM touch_rows
UNION ALL SELECT 'touch', contact::VARCHAR, strptime(touched, '%d.%m.%Y'), NULL FROM touch_rows
UNION ALL SELECT 'order', order_no::VARCHAR, placed_at, euros(total_cents) FROM orders WHERE mail = 'max.bianchi339@web.example'
UNION ALL SELECT 'invoice', invoice_no::VARCHAR, due_on::TIMESTAMP, total FROM billing_rows WHERE invoice_no IS NOT NULL
UNION ALL SELECT 'ticket', ticket_no, opened::TIMESTAMP, NULL FROM support_rows WHERE ticket_no IS NOT NULL
UNION ALL SELECT 'deal', deal_no::VARCHAR, closed_on::TIMESTAMP, euros(value_cents) FROM crm_rows WHERE deal_no IS NOT NULL
