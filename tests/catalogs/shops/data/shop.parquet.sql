CREATE TABLE orders (id BIGINT, buyer VARCHAR, state VARCHAR, cents BIGINT, bought TIMESTAMP,
                     lines STRUCT(sku VARCHAR, qty INTEGER)[]);
INSERT INTO orders VALUES
  (101, 'A1', 'paid!', 1200, '2024-01-01 10:00:00', [{'sku': 's1', 'qty': 2}, {'sku': 's2', 'qty': 1}]),
  (102, 'A4', 'paid', 5, '2024-03-01 00:00:00', []),
  (103, NULL, 'open!', NULL, NULL, NULL),
  (104, 'A7', 'open!!', -100, '9999-12-31 23:59:59', [NULL]);
