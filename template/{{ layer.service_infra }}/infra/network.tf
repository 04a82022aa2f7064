# Requests come from the load balancer only. The way to the database is a security group of the platform's, which the
# tasks wear: whoever wears it may connect.

resource "aws_security_group" "service" {
  #checkov:skip=CKV2_AWS_5:The service and the migrations wear it, by way of local.network_configuration
  name_prefix = "${local.name}-"
  description = "Tasks of the service" # A change would replace the group while it is in use.
  vpc_id      = local.contract.network.vpc_id

  tags = {
    Name = local.name
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "load_balancer" {
  security_group_id            = aws_security_group.service.id
  description                  = "Requests from the load balancer"
  referenced_security_group_id = local.contract.edge.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.service.id
  description       = "Images, secrets, logs and APIs"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

locals {
  network_configuration = {
    subnets          = local.contract.network.subnet_ids
    security_groups  = [aws_security_group.service.id, local.contract.database.client_security_group_id]
    assign_public_ip = local.contract.network["capabilities.egress"] == "public"
  }
}
