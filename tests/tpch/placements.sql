-- What an expert who knows all sources would send to each of them, for each of the 22 queries: the fewest rows among plans
-- that take no longer than 1.2 times the fastest. `-- query source name:` begins a fragment; {name.column} are the different
-- values that an earlier one gave. `here` is a file's own read, which fetches nothing from a database. Raw tables and codes.

-- 1 logistics groups:
SELECT returned, CAST(line_status AS BINARY), SUM(quantity), SUM(price_cents), SUM(price_cents * (100 - discount_percent)),
  SUM(price_cents * (100 - discount_percent) * (1 + tax)), SUM(discount_percent), COUNT(*)
FROM order_lines WHERE shipped <= '1998-09-02' GROUP BY 1, 2

-- 2 here parts:
SELECT id FROM parts WHERE size = 15 AND kind LIKE '%BRASS'
-- 2 here nations:
SELECT n.id FROM nations n JOIN regions r ON r.id = n.part_of WHERE r.label = 'EUROPE'
-- 2 procurement suppliers:
SELECT * FROM suppliers WHERE nation IN ({nations.id})
-- 2 logistics offers:
SELECT part, supplier, cost_cents FROM offers WHERE part IN ({parts.id}) AND supplier IN ({suppliers.id})

-- 3 sales orders:
SELECT no, ordered_on, ship_priority FROM crm.orders
WHERE ordered_on < '1995-03-15' AND account IN (SELECT id FROM crm.accounts WHERE segment = 'bu')
-- 3 logistics lines:
SELECT order_no, SUM(price_cents * (100 - discount_percent)) FROM order_lines
WHERE shipped > '1995-03-15' AND order_no IN ({orders.no}) GROUP BY order_no

-- 4 sales orders:
SELECT no, priority FROM crm.orders WHERE ordered_on >= '1993-07-01' AND ordered_on < '1993-10-01'
-- 4 logistics lines:
SELECT DISTINCT order_no FROM order_lines
WHERE order_no IN ({orders.no}) AND STR_TO_DATE(committed, '%d/%m/%Y') < received

-- 5 here nations:
SELECT n.id FROM nations n JOIN regions r ON r.id = n.part_of WHERE r.label = 'ASIA'
-- 5 procurement suppliers:
SELECT id, nation FROM suppliers WHERE nation IN ({nations.id})
-- 5 sales orders:
SELECT o.no, a.nation FROM crm.orders o JOIN crm.accounts a ON a.id = o.account
WHERE o.ordered_on >= '1994-01-01' AND o.ordered_on < '1995-01-01' AND a.nation IN ({nations.id})
-- 5 logistics lines:
SELECT order_no, supplier, price_cents, discount_percent FROM order_lines
WHERE order_no IN ({orders.no}) AND supplier IN ({suppliers.id})

-- 6 logistics sums:
SELECT SUM(price_cents * discount_percent) FROM order_lines
WHERE shipped >= '1994-01-01' AND shipped < '1995-01-01' AND discount_percent BETWEEN 5 AND 7 AND quantity < 24

-- 7 here nations:
SELECT id FROM nations WHERE label IN ('france', 'germany')
-- 7 procurement suppliers:
SELECT id, nation FROM suppliers WHERE nation IN ({nations.id})
-- 7 sales orders:
SELECT o.no, a.nation FROM crm.orders o JOIN crm.accounts a ON a.id = o.account WHERE a.nation IN ({nations.id})
-- 7 logistics lines:
SELECT order_no, supplier, shipped, price_cents, discount_percent FROM order_lines
WHERE shipped BETWEEN '1995-01-01' AND '1996-12-31' AND order_no IN ({orders.no}) AND supplier IN ({suppliers.id})

-- 8 here parts:
SELECT id FROM parts WHERE kind = 'ECONOMY ANODIZED STEEL'
-- 8 here nations:
SELECT n.id FROM nations n JOIN regions r ON r.id = n.part_of WHERE r.label = 'AMERICA'
-- 8 logistics lines:
SELECT order_no, supplier, price_cents, discount_percent FROM order_lines WHERE part IN ({parts.id})
-- 8 sales orders:
SELECT o.no, o.ordered_on FROM crm.orders o JOIN crm.accounts a ON a.id = o.account
WHERE o.ordered_on BETWEEN '1995-01-01' AND '1996-12-31' AND o.no IN ({lines.order_no}) AND a.nation IN ({nations.id})
-- 8 procurement suppliers:
SELECT id, nation FROM suppliers WHERE id IN ({lines.supplier})

-- 9 here parts:
SELECT id FROM parts WHERE title LIKE '%green%'
-- 9 logistics lines:
SELECT order_no, part, supplier, quantity, price_cents, discount_percent FROM order_lines WHERE part IN ({parts.id})
-- 9 logistics offers:
SELECT part, supplier, cost_cents FROM offers WHERE part IN ({parts.id})
-- 9 sales orders:
SELECT no, ordered_on FROM crm.orders WHERE no IN ({lines.order_no})
-- 9 procurement suppliers:
SELECT id, nation FROM suppliers

-- 10 sales orders:
SELECT o.no, a.id, a."Full Name", a.balance_cents, a.nation, a.address, a.phone, a.note
FROM crm.orders o JOIN crm.accounts a ON a.id = o.account
WHERE o.ordered_on >= '1993-10-01' AND o.ordered_on < '1994-01-01'
-- 10 logistics lines:
SELECT order_no, SUM(price_cents * (100 - discount_percent)) FROM order_lines
WHERE returned = 1 AND order_no IN ({orders.no}) GROUP BY order_no

-- 11 here nations:
SELECT id FROM nations WHERE label = 'germany'
-- 11 procurement suppliers:
SELECT id FROM suppliers WHERE nation IN ({nations.id})
-- 11 logistics offers:
SELECT part, SUM(cost_cents * available) FROM offers WHERE supplier IN ({suppliers.id}) GROUP BY part

-- 12 logistics lines:
SELECT order_no, mode FROM order_lines
WHERE mode IN ('M', 'S') AND received >= '1994-01-01' AND received < '1995-01-01'
  AND STR_TO_DATE(committed, '%d/%m/%Y') < received AND shipped < STR_TO_DATE(committed, '%d/%m/%Y')
-- 12 sales orders:
SELECT no, priority FROM crm.orders WHERE no IN ({lines.order_no})

-- 13 sales counts:
SELECT n, count(*) FROM (SELECT a.id, count(o.no) AS n FROM crm.accounts a
  LEFT JOIN crm.orders o ON o.account = a.id AND o.note NOT LIKE '%special%requests%' GROUP BY a.id) AS c GROUP BY n

-- 14 logistics lines:
SELECT part, price_cents, discount_percent FROM order_lines WHERE shipped >= '1995-09-01' AND shipped < '1995-10-01'

-- 15 logistics revenue:
SELECT supplier, SUM(price_cents * (100 - discount_percent)) AS total FROM order_lines
WHERE shipped >= '1996-01-01' AND shipped < '1996-04-01' GROUP BY supplier
-- 15 here best:
SELECT supplier FROM got_revenue WHERE total = (SELECT max(total) FROM got_revenue)
-- 15 procurement suppliers:
SELECT id, label, address, phone FROM suppliers WHERE id IN ({best.supplier})

-- 16 here parts:
SELECT id FROM parts WHERE brand <> 'Brand#45' AND kind NOT LIKE 'MEDIUM POLISHED%' AND size IN (49, 14, 23, 45, 19, 3, 36, 9)
-- 16 logistics offers:
SELECT part, supplier FROM offers WHERE part IN ({parts.id})
-- 16 procurement suppliers:
SELECT id FROM suppliers WHERE note GLOB '*Customer*Complaints*'

-- 17 here parts:
SELECT id FROM parts WHERE brand = 'Brand#23' AND container = 'MED BOX'
-- 17 logistics lines:
SELECT part, quantity, price_cents FROM order_lines WHERE part IN ({parts.id})

-- 18 logistics large:
SELECT order_no, SUM(quantity) FROM order_lines GROUP BY order_no HAVING SUM(quantity) > 300
-- 18 sales orders:
SELECT o.no, o.ordered_on, o.total, a.id, a."Full Name" FROM crm.orders o JOIN crm.accounts a ON a.id = o.account
WHERE o.no IN ({large.order_no})

-- 19 here parts:
SELECT id FROM parts WHERE brand = 'Brand#12' AND container IN ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG') AND size BETWEEN 1 AND 5
  OR brand = 'Brand#23' AND container IN ('MED BAG', 'MED BOX', 'MED PKG', 'MED PACK') AND size BETWEEN 1 AND 10
  OR brand = 'Brand#34' AND container IN ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG') AND size BETWEEN 1 AND 15
-- 19 logistics lines:
SELECT part, quantity, price_cents, discount_percent FROM order_lines
WHERE part IN ({parts.id}) AND mode = 'A' AND instructions = 'DELIVER IN PERSON' AND quantity BETWEEN 1 AND 30

-- 20 here parts:
SELECT id FROM parts WHERE title LIKE 'forest%'
-- 20 here nations:
SELECT id FROM nations WHERE label = 'canada'
-- 20 procurement suppliers:
SELECT id, label, address FROM suppliers WHERE nation IN ({nations.id})
-- 20 logistics offers:
SELECT part, supplier, available FROM offers WHERE part IN ({parts.id}) AND supplier IN ({suppliers.id})
-- 20 logistics lines:
SELECT part, supplier, SUM(quantity) FROM order_lines
WHERE shipped >= '1994-01-01' AND shipped < '1995-01-01' AND part IN ({offers.part}) AND supplier IN ({offers.supplier})
GROUP BY part, supplier

-- 21 here nations:
SELECT id FROM nations WHERE label = 'saudi arabia'
-- 21 procurement suppliers:
SELECT id, label FROM suppliers WHERE nation IN ({nations.id})
-- 21 logistics lines:
SELECT order_no, supplier FROM order_lines AS a
WHERE supplier IN ({suppliers.id}) AND received > STR_TO_DATE(committed, '%d/%m/%Y')
  AND EXISTS (SELECT 1 FROM order_lines AS b WHERE b.order_no = a.order_no AND b.supplier <> a.supplier)
  AND NOT EXISTS (SELECT 1 FROM order_lines AS c WHERE c.order_no = a.order_no AND c.supplier <> a.supplier
    AND c.received > STR_TO_DATE(c.committed, '%d/%m/%Y'))
-- 21 sales orders:
SELECT no FROM crm.orders WHERE state = 1 AND no IN ({lines.order_no})

-- 22 sales groups:
SELECT left(phone, 2), count(*), sum(balance_cents) FROM crm.accounts AS a
WHERE left(phone, 2) IN ('13', '31', '23', '29', '30', '18', '17') AND balance_cents > (SELECT avg(balance_cents)
  FROM crm.accounts WHERE balance_cents > 0 AND left(phone, 2) IN ('13', '31', '23', '29', '30', '18', '17'))
  AND NOT EXISTS (SELECT 1 FROM crm.orders AS o WHERE o.account = a.id) GROUP BY 1
