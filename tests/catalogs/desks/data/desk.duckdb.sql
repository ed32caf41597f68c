CREATE TABLE contacts (code VARCHAR, name VARCHAR);
INSERT INTO contacts VALUES ('1', 'Ann'), ('01', 'Eve'), (NULL, 'Nobody'), ('x', 'Fay');
CREATE TABLE tickets (no INTEGER, topic VARCHAR, contact VARCHAR, account INTEGER);
INSERT INTO tickets VALUES (1, 'bill', '1', 1), (2, 'bill', '01', 2), (3, 'login', 'x', NULL), (4, 'login', NULL, 3),
  (5, 'bill', NULL, NULL), (6, 'other', 'gone', 99), (7, 'other', '1', 1);
