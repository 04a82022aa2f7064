resource "aws_lb_target_group" "service" {
  #checkov:skip=CKV_AWS_378:TLS ends at the load balancer; behind it the tasks take requests from its security group only
  name_prefix          = "${trimsuffix(substr(var.service, 0, 5), "-")}-"
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = local.port
  vpc_id               = local.contract.network.vpc_id
  deregistration_delay = 30

  health_check {
    path                = "/health/ready"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  tags = {
    Name = local.name
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener_rule" "service" {
  # No priority: host names are exact, so the order is free, and the provider takes the next one.
  listener_arn = local.contract.edge.https_listener_arn

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.service.arn
  }

  condition {
    host_header {
      values = [var.host_name]
    }
  }

  tags = {
    Name = local.name
  }
}
