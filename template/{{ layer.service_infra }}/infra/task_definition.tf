locals {
  port = 8080

  environment_variables = merge(
    {
      PORT              = tostring(local.port)
      ENVIRONMENT       = var.environment
      LOG_LEVEL         = var.log_level
      DATABASE_HOST     = local.contract.database.host
      DATABASE_PORT     = local.contract.database.port
      DATABASE_NAME     = local.contract.service["database.name"]
      DATABASE_SSL_MODE = var.database_ssl_mode
    },
    local.environment,
  )

  # ECS reads the key USER of a secret as arn:…:secret:NAME:USER::
  database_secrets = {
    DATABASE_USER     = "${local.contract.service["database.secret_arn"]}:username::"
    DATABASE_PASSWORD = "${local.contract.service["database.secret_arn"]}:password::"
  }
  secret_references = merge(local.database_secrets, local.secrets)

  # ECS Exec writes below these paths, while the rest of the file system stays read-only.
  execute_command_mounts = var.enable_execute_command ? {
    managed-agents = "/managed-agents"
    ssm-state      = "/var/lib/amazon/ssm"
    ssm-logs       = "/var/log/amazon/ssm"
  } : {}

  # The keys are ECS's own, in camelCase: it drops a key that it does not know without a word.
  container_defaults = {
    essential              = true
    readonlyRootFilesystem = true
    linuxParameters        = { initProcessEnabled = true }
    mountPoints            = []
    portMappings           = []
    systemControls         = []
    volumesFrom            = []
  }

  app_container = merge(local.container_defaults, {
    name  = "app"
    user  = "65532:65532" # As in app/Dockerfile.
    image = "${local.contract.service["repositories.app"]}:${var.image_tag}"

    # Sorted by name: ECS answers in the order in which it was asked.
    environment = [for name, value in local.environment_variables : { name = name, value = value }]
    secrets     = [for name, reference in local.secret_references : { name = name, valueFrom = reference }]

    portMappings = [{ containerPort = local.port, hostPort = local.port, protocol = "tcp" }]
    mountPoints  = [for name, path in local.execute_command_mounts : { sourceVolume = name, containerPath = path, readOnly = false }]

    # Longer than the application takes to end by itself: SHUTDOWN_DRAIN_SECONDS + SHUTDOWN_TIMEOUT_SECONDS.
    stopTimeout = 45

    dependsOn = var.migration_mode == "init" ? [{ containerName = "migrations", condition = "SUCCESS" }] : []

    logConfiguration = merge(local.log_configuration, {
      options = merge(local.log_configuration.options, { awslogs-stream-prefix = "app" })
    })
  })

  migrations_container = merge(local.container_defaults, {
    name  = "migrations"
    user  = "65534:65534" # As in migrations/Dockerfile.
    image = "${local.contract.service["repositories.migrations"]}:${var.image_tag}"

    # An essential container can't be waited for: it would take the task down when it ends.
    essential = var.migration_mode == "task"

    environment = [
      for name in ["DATABASE_HOST", "DATABASE_NAME", "DATABASE_PORT", "DATABASE_SSL_MODE"] :
      { name = name, value = local.environment_variables[name] }
    ]
    secrets = [for name, reference in local.database_secrets : { name = name, valueFrom = reference }]

    # A migration may be in the middle of a statement.
    stopTimeout = 120

    logConfiguration = merge(local.log_configuration, {
      options = merge(local.log_configuration.options, { awslogs-stream-prefix = "migrations" })
    })
  })

  log_configuration = {
    logDriver = "awslogs"
    options = {
      awslogs-group  = aws_cloudwatch_log_group.service.name
      awslogs-region = var.aws_region
    }
  }
}

resource "aws_ecs_task_definition" "service" {
  family                   = local.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  container_definitions = jsonencode(concat(
    [local.app_container],
    [for container in [local.migrations_container] : container if var.migration_mode == "init"],
  ))

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  dynamic "volume" {
    for_each = local.execute_command_mounts

    content {
      name = volume.key
    }
  }

  lifecycle {
    # The old revision stays until the new one runs: the circuit breaker may need it.
    create_before_destroy = true

    precondition {
      condition     = alltrue([for reference in values(local.secret_references) : can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^:]+(:[^:]*:[^:]*:[^:]*)?$", reference))])
      error_message = "A secret in service.tf is not named by its ARN, as in: arn:aws:secretsmanager:us-east-1:123456789012:secret:stripe-AbCdEf:api_key::."
    }
  }
}

# ── Migrations in a one-off task, before each deployment ─────────────────────────────────────────────────────────────

resource "aws_ecs_task_definition" "migrations" {
  count = var.migration_mode == "task" ? 1 : 0

  family                   = "${local.name}-migrations"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  container_definitions    = jsonencode([local.migrations_container])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }
}

# All that a run of the migrations needs. `apply -target=terraform_data.migrations` makes it before the service changes.
resource "terraform_data" "migrations" {
  count = var.migration_mode == "task" ? 1 : 0

  input = {
    cluster         = local.contract.cluster.cluster_name
    task_definition = aws_ecs_task_definition.migrations[0].arn
    container       = local.migrations_container.name
    log_group       = aws_cloudwatch_log_group.service.name
    network_configuration = jsonencode({
      awsvpcConfiguration = {
        subnets        = local.network_configuration.subnets
        securityGroups = local.network_configuration.security_groups
        assignPublicIp = local.network_configuration.assign_public_ip ? "ENABLED" : "DISABLED"
      }
    })
  }

  depends_on = [
    aws_iam_role_policy.execution,
    aws_vpc_security_group_egress_rule.https,
  ]
}
