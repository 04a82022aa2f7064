resource "aws_ecs_service" "service" {
  name            = local.name
  cluster         = local.contract.cluster.cluster_arn
  task_definition = aws_ecs_task_definition.service.arn
  desired_count   = var.min_tasks

  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = var.health_check_grace_period_seconds

  enable_ecs_managed_tags = true
  enable_execute_command  = var.enable_execute_command
  propagate_tags          = "SERVICE"

  # Lets a change of the capacity providers happen in place.
  force_new_deployment = true

  # The apply ends when the deployment has. A rollback ends it too, so scripts/verify-deployment.sh compares afterwards.
  wait_for_steady_state = true

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "capacity_provider_strategy" {
    for_each = var.spot ? { FARGATE = { base = 1, weight = 0 }, FARGATE_SPOT = { base = 0, weight = 1 } } : { FARGATE = { base = 0, weight = 1 } }

    content {
      capacity_provider = capacity_provider_strategy.key
      base              = capacity_provider_strategy.value.base
      weight            = capacity_provider_strategy.value.weight
    }
  }

  network_configuration {
    #checkov:skip=CKV_AWS_333:A platform without NAT runs tasks in public subnets; they take requests from the load balancer only
    subnets          = local.network_configuration.subnets
    security_groups  = local.network_configuration.security_groups
    assign_public_ip = local.network_configuration.assign_public_ip
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.service.arn
    container_name   = local.app_container.name
    container_port   = local.port
  }

  lifecycle {
    ignore_changes = [desired_count] # Autoscaling's.
  }

  depends_on = [
    aws_iam_role_policy.execution,
    aws_lb_listener_rule.service,
    aws_vpc_security_group_egress_rule.https,
    aws_vpc_security_group_ingress_rule.load_balancer,
  ]

  timeouts {
    create = "20m"
    update = "20m"
    delete = "20m"
  }
}
