output "url" {
  description = "Where the service answers"
  value       = "https://${var.host_name}"
}

output "image_tag" {
  description = "Tag of the images that this state deploys"
  value       = var.image_tag
}

output "repositories" {
  description = "ECR repositories of the images: app and migrations"
  value = {
    app        = local.contract.service["repositories.app"]
    migrations = local.contract.service["repositories.migrations"]
  }
}

output "cluster_name" {
  description = "ECS cluster that runs the service"
  value       = local.contract.cluster.cluster_name
}

output "service_name" {
  description = "Name of the ECS service"
  value       = aws_ecs_service.service.name
}

output "task_definition_arn" {
  description = "Task definition that the service is to run"
  value       = aws_ecs_task_definition.service.arn
}

output "target_group_arn" {
  description = "Target group in which the tasks are registered"
  value       = aws_lb_target_group.service.arn
}

output "log_group_name" {
  description = "Log group of all containers; streams begin with app/ or migrations/"
  value       = aws_cloudwatch_log_group.service.name
}

output "migrations" {
  description = "What `aws ecs run-task` needs to run the migrations: cluster, task_definition, container, network_configuration, log_group. Null when each task migrates by itself"
  value       = one(terraform_data.migrations[*].output)
}
