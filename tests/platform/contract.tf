locals {
  documents = merge(
    {
      "v1/network" = {
        schema_version     = 1
        capabilities       = { egress = "public" }
        vpc_id             = aws_vpc.main.id
        public_subnet_ids  = aws_subnet.public[*].id
        private_subnet_ids = aws_subnet.private[*].id
      }
      "v1/cluster" = {
        schema_version = 1
        capabilities = {
          launch_types       = ["FARGATE"]
          capacity_providers = ["FARGATE", "FARGATE_SPOT"]
          network_modes      = ["awsvpc"]
          cpu_architectures  = ["X86_64", "ARM64"]
        }
        cluster_arn  = aws_ecs_cluster.main.arn
        cluster_name = aws_ecs_cluster.main.name
      }
      "v1/edge" = {
        schema_version           = 1
        capabilities             = { ingress = ["alb"] }
        load_balancer_arn        = aws_lb.main.arn
        load_balancer_arn_suffix = aws_lb.main.arn_suffix
        https_listener_arn       = aws_lb_listener.https.arn
        security_group_id        = aws_security_group.load_balancer.id
        certificate_domains      = [var.domain, "*.${var.domain}"]
      }
      "v1/database" = {
        schema_version           = 1
        capabilities             = { engine = "postgres", major_version = 17, extensions = ["vector"] }
        host                     = "database.${local.name}.internal"
        port                     = 5432
        client_security_group_id = aws_security_group.database_clients.id
      }
    },
    {
      for service in var.services : "services/${service}" => {
        schema_version = 1
        repositories = {
          app        = aws_ecr_repository.service["${service}/app"].repository_url
          migrations = aws_ecr_repository.service["${service}/migrations"].repository_url
        }
        database = {
          name       = replace(service, "-", "_")
          user       = replace(service, "-", "_")
          secret_arn = aws_secretsmanager_secret.database[service].arn
        }
        permissions_boundary_arn = aws_iam_policy.boundary.arn
      }
    },
  )
}

resource "aws_ssm_parameter" "document" {
  for_each = local.documents

  name           = "/${var.platform}/${var.environment}/${each.key}"
  type           = "String"
  insecure_value = jsonencode(each.value)
}
