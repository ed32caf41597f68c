CREATE TABLE shoppers (id TEXT PRIMARY KEY, mail TEXT, name TEXT, town TEXT, points INTEGER, grade INTEGER, seen TEXT);
CREATE INDEX shoppers_mail ON shoppers (mail);
INSERT INTO shoppers VALUES
  ('s1', 'ann@shop', 'A. Ames', 'Bonn', 30, 2, '2023-05-05'),
  ('s2', 'bob@shop', NULL, 'Nice', 1, 2, '2024-09-09'),
  ('s3', NULL, 'Dan', 'Graz', 4, 4, '2024-03-03'),
  ('s4', 'fay@shop', 'Fay', 'Lyon', 4, 4, '2024-04-04'),
  (NULL, 'nobody@shop', 'No One', 'Linz', 0, 0, '2024-04-05');
