# The way to a database, without one: services only learn its name and wear its clients' group.

resource "aws_security_group" "database" {
  name_prefix = "${local.name}-database-"
  description = "Database"
  vpc_id      = aws_vpc.main.id
}

resource "aws_security_group" "database_clients" {
  name_prefix = "${local.name}-database-clients-"
  description = "Who may connect to the database"
  vpc_id      = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  security_group_id            = aws_security_group.database.id
  referenced_security_group_id = aws_security_group.database_clients.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_egress_rule" "database_clients" {
  security_group_id            = aws_security_group.database_clients.id
  referenced_security_group_id = aws_security_group.database.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}
