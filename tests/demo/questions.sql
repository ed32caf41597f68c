-- Questions to the demo company, each asked twice: over the virtual schema, and by hand over the raw files.
-- The hand-written SQL knows the departments' own tables and spellings (raw.py), who is one customer (persons.py), and
-- nothing of the catalog.

--- records by department
SELECT _department, count(*), count(email), count(country) FROM customer_record GROUP BY 1
--- by hand
SELECT dep, count(*), count(email), count(country) FROM everyone GROUP BY 1

--- addresses on record by country
SELECT country, count(DISTINCT email) FROM customer_record GROUP BY country
--- by hand
SELECT country, count(DISTINCT email) FROM everyone GROUP BY country

--- customers by country
SELECT country, count(*), count(email), count(birth_date), sum(balance), min(created_at) FROM customer GROUP BY country
--- by hand
SELECT country, count(*), count(email), count(birth_date), sum(balance)::DECIMAL(18,2), min(created_at)
FROM persons GROUP BY country

--- how many departments know a customer, in how many records
SELECT len(_sources), n, count(*) FROM customer JOIN (SELECT customer_id, count(*) AS n FROM customer_record GROUP BY 1)
USING (customer_id) GROUP BY ALL
--- by hand
SELECT len(sources), records, count(*) FROM persons GROUP BY ALL

--- whose value survives
SELECT email__source, phone__source, birth_date__source, balance__source, count(*) FROM customer GROUP BY ALL
--- by hand
SELECT email__source, phone__source, birth_date__source, balance__source, count(*) FROM persons GROUP BY ALL

--- one customer by e-mail
SELECT email, phone, first_name, full_name, birth_date, country, language, balance, loyalty_tier, _sources
FROM customer WHERE email = 'anna.schmidt@mail.example'
--- by hand
SELECT email, phone, first_name, full_name, birth_date, country, language, balance, loyalty_tier, sources
FROM persons WHERE email = 'anna.schmidt@mail.example'

--- the records of one e-mail
SELECT _department, full_name, phone FROM customer_record WHERE email = 'anna.schmidt@mail.example'
--- by hand
SELECT 'Sales', first_name || ' ' || last_name, e164(phone_no) FROM accounts
WHERE mail(email_addr) = 'anna.schmidt@mail.example' AND status_cd <> 'X'
UNION ALL SELECT 'Finance', regexp_replace(name, '(.*), (.*)', '\2 \1'), NULL FROM billing.clients
WHERE mail(mail) = 'anna.schmidt@mail.example'
UNION ALL SELECT 'E-Commerce', given_name || ' ' || family_name, NULL FROM shoppers
WHERE mail(email) = 'anna.schmidt@mail.example'
UNION ALL SELECT 'Customer Service', full_name, e164(phone) FROM contacts
WHERE mail(email) = 'anna.schmidt@mail.example'
UNION ALL SELECT 'Loyalty', name.given || ' ' || name.family, e164(contact.mobile) FROM members
WHERE mail(contact.email) = 'anna.schmidt@mail.example'
UNION ALL SELECT 'Digital Marketing', NULL, NULL FROM profiles WHERE mail(login) = 'anna.schmidt@mail.example'

--- active customers in Germany, born before 1950
SELECT full_name, birth_date, balance FROM customer
WHERE country = 'DE' AND lifecycle_stage = 'active' AND birth_date < DATE '1950-01-01'
--- by hand
SELECT full_name, birth_date, balance FROM persons
WHERE country = 'DE' AND lifecycle_stage = 'active' AND birth_date < DATE '1950-01-01'

--- active accounts of Sales in Germany, born before 1950
SELECT full_name, birth_date, balance FROM customer_record
WHERE country = 'DE' AND lifecycle_stage = 'active' AND birth_date < DATE '1950-01-01'
--- by hand
SELECT first_name || ' ' || last_name, d, (credit_cents::DECIMAL(18,2) / 100)::DECIMAL(18,2)
FROM (SELECT *, coalesce(try_strptime(birth, '%Y-%m-%d'), try_strptime(birth, '%d.%m.%Y'),
                         try_strptime(birth, '%Y%m%d'))::DATE AS d FROM accounts)
WHERE country_name IN ('DE', 'Germany', 'germany', 'Deutschland') AND status_cd = 'A' AND d < DATE '1950-01-01'

--- phones that more than two people share
SELECT value, count(DISTINCT customer_id) FROM contact_point WHERE type = 'phone' AND _source = 'crm'
GROUP BY value HAVING count(DISTINCT customer_id) > 2
--- by hand
SELECT e164(phone_no), count(DISTINCT person) FROM accounts
JOIN who ON mapping = 'crm.accounts' AND key = account_no
WHERE phone_no <> '' AND status_cd <> 'X' GROUP BY 1 HAVING count(DISTINCT person) > 2

--- revenue by channel and year
SELECT channel, year(ordered_at), sum(amount), count(*) FROM orders
WHERE status IN ('paid', 'shipped') GROUP BY ALL
--- by hand
SELECT channel, year(moment), sum(euros)::DECIMAL(18,2), count(*) FROM sales WHERE good GROUP BY ALL

--- revenue of gold members by country
SELECT c.country, count(DISTINCT customer_id), sum(o.amount) FROM orders o JOIN customer c USING (customer_id)
WHERE c.loyalty_tier = 'gold' GROUP BY c.country
--- by hand
SELECT p.country, count(DISTINCT person), sum(s.euros)::DECIMAL(18,2)
FROM sales s JOIN who USING (mapping, key) JOIN persons p USING (person) WHERE p.loyalty_tier = 'gold' GROUP BY 1

--- orders of customers nobody else knows
SELECT count(*), sum(amount) FROM orders JOIN customer USING (customer_id) WHERE len(_sources) = 1
--- by hand
SELECT count(*), sum(euros)::DECIMAL(18,2) FROM sales JOIN who USING (mapping, key) JOIN persons USING (person)
WHERE len(sources) = 1

--- orders with an address that nobody has on record
SELECT count(*), sum(amount) FROM orders
WHERE email NOT IN (SELECT email FROM customer_record WHERE email IS NOT NULL)
--- by hand
SELECT count(*), sum(euros)::DECIMAL(18,2) FROM sales o
WHERE email IS NOT NULL AND NOT EXISTS (SELECT 1 FROM everyone c WHERE c.email = o.email)

--- best-selling categories
SELECT category, sum(quantity), sum(l.amount) FROM order_line l JOIN orders o USING (order_id)
WHERE o.status <> 'cancelled' GROUP BY category
--- by hand
SELECT category, sum(quantity)::DECIMAL(12,3), (sum(quantity * unit_cents) / 100)::DECIMAL(18,2)
FROM lines JOIN shop_orders USING (order_no) WHERE state <> 90 GROUP BY category

--- invoices open, late and in time
SELECT p.status, count(*), sum(amount) FROM (
SELECT CASE WHEN paid_at IS NULL THEN 'open' WHEN days_late > 0 THEN 'late' ELSE 'in time' END AS status,
       amount FROM payment) p GROUP BY ALL
--- by hand
SELECT CASE WHEN paid_at IS NULL THEN 'open' WHEN paid_at::DATE > due_on THEN 'late' ELSE 'in time' END,
       count(*), sum(replace(replace(regexp_replace(gross, ' EUR$', ''), '.', ''), ',', '.')::DECIMAL(18,2))
FROM billing.invoices LEFT JOIN billing.receipts USING (invoice_no) GROUP BY ALL

--- paid in the shop, not paid in Finance
SELECT count(*), sum(o.amount) FROM orders o JOIN payment p USING (order_id)
WHERE p.paid_at IS NULL AND o.channel = 'web'
--- by hand
SELECT count(*), (sum(o.total_cents) / 100)::DECIMAL(18,2) FROM shop_orders o
JOIN billing.invoices i ON i.order_ref = 'ORD/S-' || o.order_no
LEFT JOIN billing.receipts r USING (invoice_no) WHERE r.invoice_no IS NULL AND o.channel = 'web'

--- tickets by category, with the median of the first answer
SELECT category, count(*), count(closed_at), median(first_response_minutes), min(opened_at)
FROM service_case GROUP BY category
--- by hand
SELECT CASE topic WHEN 'DLV' THEN 'delivery' WHEN 'INV' THEN 'invoice' WHEN 'PRD' THEN 'product'
                  WHEN 'LOG' THEN 'login' ELSE 'other' END,
       count(*), count(closed), median(first_reply_min::INT), min(strptime(opened, '%d/%m/%Y %H:%M:%S'))
FROM tickets GROUP BY 1

--- subjects with the delimiter, quotes and a line break in them
SELECT subject, count(*) FROM service_case WHERE subject LIKE '%||%' OR subject LIKE '%"%' OR subject LIKE '%
%' GROUP BY 1
--- by hand
SELECT subject, count(*) FROM tickets WHERE regexp_matches(subject, '\|\||"|\n') GROUP BY 1

--- tickets of customers whom Sales counts as churned
SELECT c.country, count(*) FROM service_case s JOIN customer c USING (customer_id)
WHERE c.lifecycle_stage = 'churned' GROUP BY c.country
--- by hand
SELECT p.country, count(*) FROM tickets t JOIN who ON mapping = 'support.contacts' AND key = contact_id
JOIN persons p USING (person) WHERE p.lifecycle_stage = 'churned' GROUP BY 1

--- who may be written to
SELECT channel, status, count(*) FROM consent WHERE purpose = 'marketing' GROUP BY ALL
--- by hand
SELECT channel, CASE answer WHEN 'yes' THEN 'granted' WHEN 'no' THEN 'denied' WHEN 'withdrawn' THEN 'revoked'
                     ELSE 'unknown' END, count(*) FROM consents GROUP BY ALL
UNION ALL SELECT 'phone', CASE marketing_ok WHEN '1' THEN 'granted' WHEN '0' THEN 'denied' ELSE 'unknown' END, count(*)
FROM accounts WHERE status_cd <> 'X' GROUP BY ALL

--- what people do, by campaign
SELECT type, campaign_id, count(*), count(DISTINCT device_id) FROM interaction
WHERE channel = 'web' AND occurred_at >= DATE '2025-01-01' GROUP BY ALL
--- by hand
SELECT ['visit', 'click', 'open'][kind], utm_campaign[5:], count(*), count(DISTINCT device) FROM events
WHERE ts >= DATE '2025-01-01' GROUP BY ALL

--- buyers who clicked a campaign before they ordered
SELECT count(DISTINCT o.email) FROM orders o WHERE EXISTS (
SELECT 1 FROM interaction i WHERE i.email = o.email AND i.type = 'click' AND i.occurred_at < o.ordered_at)
--- by hand
SELECT count(DISTINCT o.email) FROM sales o JOIN events e
ON mail(e.login) = o.email AND e.kind = 2 AND e.ts < o.moment

--- business customers of both Sales and Finance
SELECT s.industry, count(*), sum(s.employee_count), count(f.tax_id) FROM organization s
LEFT JOIN organization f ON f.organization_id = s.organization_id AND f._source = 'billing'
WHERE s._source = 'crm' GROUP BY ALL
--- by hand
SELECT CASE branch_cd WHEN 'RET' THEN 'retail' WHEN 'HOT' THEN 'hotels' WHEN 'HEA' THEN 'health'
                      WHEN 'SCH' THEN 'schools' WHEN 'OFF' THEN 'offices' END,
       count(*), sum(staff::INT), count(vat_no)
FROM companies LEFT JOIN billing.debtors ON debtor_no = company_id::BIGINT GROUP BY ALL

--- where parcels go, where bills go
SELECT kind, country, count(*), count(DISTINCT postal_code) FROM address GROUP BY ALL
--- by hand
SELECT 'home', iso(country_name), count(*), count(DISTINCT zip) FROM accounts WHERE status_cd <> 'X' GROUP BY ALL
UNION ALL SELECT 'billing', iso(country), count(*), count(DISTINCT postcode) FROM billing.clients GROUP BY ALL
UNION ALL SELECT 'shipping', ship_country, count(*), count(DISTINCT ship_postcode) FROM shop_orders
WHERE ship_street IS NOT NULL GROUP BY ALL

--- points by tier and language of the web profile
SELECT c.loyalty_tier, w.language, sum(c.loyalty_points), count(*)
FROM customer c JOIN customer_record w USING (customer_id) WHERE c.loyalty_tier IS NOT NULL AND w._source = 'web'
GROUP BY ALL
--- by hand
SELECT p.loyalty_tier, split_part(w.locale, '-', 1), sum(p.loyalty_points), count(*)
FROM persons p JOIN who USING (person) JOIN profiles w ON mapping = 'web.profiles' AND key = profile_id::VARCHAR
WHERE p.loyalty_tier IS NOT NULL GROUP BY ALL

--- buyers who clicked a campaign before they ordered, whatever address they used
SELECT count(DISTINCT o.customer_id) FROM orders o WHERE EXISTS (
SELECT 1 FROM interaction i WHERE i.customer_id = o.customer_id AND i.type = 'click' AND i.occurred_at < o.ordered_at)
--- by hand
SELECT count(DISTINCT o.person) FROM (SELECT * FROM sales JOIN who USING (mapping, key)) o
JOIN (SELECT * FROM events JOIN who ON mapping = 'web.profiles' AND key = profile_id::VARCHAR) e
ON e.person = o.person AND e.kind = 2 AND e.ts < o.moment
