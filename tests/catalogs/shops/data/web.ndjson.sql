CREATE TABLE visitors (id VARCHAR, mail VARCHAR);
INSERT INTO visitors VALUES ('A1', 'ANN@X.ORG'), ('W2', NULL), ('W3', 'K@x.org');
