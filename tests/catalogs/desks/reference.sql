CREATE VIEW customer AS
SELECT 'crm.accounts:' || no AS customer_id, name, country, 'crm' AS _source, 'Sales' AS _department,
       no::VARCHAR AS _record_key, NULL::TIMESTAMP AS _updated_at
FROM crm.accounts
UNION ALL
SELECT 'desk.contacts:' || code, name, NULL, 'desk', 'Service', code, NULL
FROM desk.contacts;

CREATE VIEW ticket AS
SELECT no::BIGINT AS ticket_id, topic, 'desk.contacts:' || contact AS customer_id, 'crm.accounts:' || account AS account_id,
       'desk' AS _source, 'Service' AS _department, no::VARCHAR AS _record_key, NULL::TIMESTAMP AS _updated_at
FROM desk.tickets;
