resource "aws_security_group" "load_balancer" {
  name_prefix = "${local.name}-alb-"
  description = "Load balancer"
  vpc_id      = aws_vpc.main.id
}

resource "aws_lb" "main" {
  name            = local.name
  subnets         = aws_subnet.public[*].id
  security_groups = [aws_security_group.load_balancer.id]
}

resource "aws_acm_certificate" "main" {
  domain_name               = var.domain
  subject_alternative_names = ["*.${var.domain}"]
  validation_method         = "DNS"
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.main.arn
  port              = 443
  protocol          = "HTTPS"
  certificate_arn   = aws_acm_certificate.main.arn

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "There is no such service"
      status_code  = "404"
    }
  }
}
