-- The virtual tables written by hand over the raw ones: what every answer is held against.
CREATE VIEW customer AS
SELECT CASE WHEN debtor[1:2] = 'D-' THEN debtor[3:] ELSE debtor END AS customer_id, mail AS email, name, iso AS country,
       balance::DECIMAL(18,2) AS balance,
       CASE grade WHEN 'gold' THEN 3 WHEN 'silver' THEN 2 WHEN 'none' THEN 9 ELSE coalesce(grade IS NULL, false)::INT * 8 + 1
       END::INTEGER AS level,
       'US' AS region, NULL::BOOLEAN AS vip, 'billing' AS _source, 'Finance' AS _department, debtor AS _record_key,
       NULL::TIMESTAMP AS _updated_at
FROM billing.debtors
UNION ALL
SELECT account_no, lower(trim(mail)), first || ' ' || last,
       CASE WHEN country_name IN ('Germany', 'Deutschland') THEN 'DE' WHEN country_name = 'France' THEN 'FR'
            WHEN country_name IN ('U.S.', 'USA') THEN 'US' END,
       (cents / 100)::DECIMAL(18,2), coalesce(tier, 0)::INTEGER, 'EU', CASE vip WHEN '1' THEN true WHEN '0' THEN false END,
       'crm', 'Sales', account_no, NULL
FROM crm.accounts WHERE state <> 'X'
UNION ALL
SELECT id, lower(mail), NULL, 'FR', NULL, NULL, NULL, NULL, 'web', 'Marketing', id, NULL FROM web.visitors;

CREATE VIEW orders AS
SELECT no AS order_id, account_no AS customer_id,
       CASE state WHEN 'O' THEN 'open' WHEN 'P' THEN 'paid' WHEN 'X' THEN NULL ELSE state[1:0] || 'other' END AS status,
       amount, TRY_CAST(ordered AS TIMESTAMP) AS ordered_at, NULL::STRUCT(sku VARCHAR, qty INTEGER)[] AS lines,
       'crm' AS _source, 'Sales' AS _department, no::VARCHAR AS _record_key, NULL::TIMESTAMP AS _updated_at
FROM crm.orders
UNION ALL
SELECT id, buyer, CASE WHEN state LIKE '%!' THEN state[:-2] ELSE state END, (cents / 100)::DECIMAL(12,2), bought, lines,
       'shop', 'E-commerce', id::VARCHAR, NULL
FROM shop.orders;

CREATE VIEW reading AS
SELECT "no"::BIGINT AS reading_id, worth::DOUBLE AS worth, checked::INTEGER AS checked,
       try_strptime(taken, '%d/%m/%Y')::DATE AS taken, TRY_CAST(due AS DATE) AS due, 'crm' AS _source, 'Sales' AS _department, "no"::VARCHAR AS _record_key, NULL::TIMESTAMP AS _updated_at
FROM crm.readings;

CREATE VIEW ticket AS
SELECT ticket AS ticket_id, account AS customer_id, try_strptime(opened, '%d/%m/%Y')::DATE AS opened,
       prio::INTEGER AS priority, lower(topic) AS topic, 'support' AS _source, 'Service' AS _department,
       ticket AS _record_key, NULL::TIMESTAMP AS _updated_at
FROM support.tickets;
