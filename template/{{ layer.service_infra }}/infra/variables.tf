# ── Who it is ────────────────────────────────────────────────────────────────────────────────────────────────────────

variable "service" {
  description = "Name of the service, as the platform knows it"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.service)) && length(var.service) <= 24
    error_message = "A service's name has at most 24 lowercase letters, digits and single hyphens and starts with a letter, as in: orders-api."
  }
}

variable "owner" {
  description = "Team or person that answers for the service"
  type        = string
  nullable    = false
}

variable "repository" {
  description = "Where this code lives, as in gitlab.com/acme/orders"
  type        = string
  nullable    = false
}

variable "environment" {
  description = "Name of the environment"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{0,11}$", var.environment))
    error_message = "An environment's name has at most 12 lowercase letters and digits and starts with a letter, as in: prod."
  }
}

# ── Where it runs ────────────────────────────────────────────────────────────────────────────────────────────────────

variable "platform" {
  description = "Name of the platform that the service runs on"
  type        = string
  nullable    = false
}

variable "platform_contract" {
  description = <<-EOT
    The platform's documents, for a cluster that publishes none in the Parameter Store: one object each for network,
    cluster, edge, database and service. contract.tf lists their fields. Null: read what the platform publishes.
  EOT
  type = object({
    network  = any
    cluster  = any
    edge     = any
    database = any
    service  = any
  })
  default = null
}

variable "aws_account_id" {
  description = "The only AWS account that Terraform may touch"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.aws_account_id))
    error_message = "An AWS account id has 12 digits, as in: 123456789012."
  }
}

variable "aws_region" {
  description = "AWS region of the platform"
  type        = string
  nullable    = false
}

variable "host_name" {
  description = "Name under which the load balancer knows the service"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]+([.][a-z0-9-]+)+$", var.host_name))
    error_message = "A host name is two or more labels of lowercase letters, digits and hyphens, as in: orders.example.com."
  }
}

# ── What runs ────────────────────────────────────────────────────────────────────────────────────────────────────────

variable "image_tag" {
  description = "Tag of both images, the commit they were built from"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", var.image_tag)) && var.image_tag != "latest"
    error_message = "An image tag names one build, so it is a commit and never \"latest\", as in: 3f2a9c1."
  }
}

variable "cpu_architecture" {
  description = "Processor that the images were built for: X86_64 or ARM64"
  type        = string
  nullable    = false

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "ECS knows the processors X86_64 and ARM64."
  }
}

variable "cpu" {
  description = "CPU units of one task, 1024 for one vCPU"
  type        = number
  nullable    = false
}

variable "memory" {
  description = "Memory of one task in MiB"
  type        = number
  nullable    = false

  validation {
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
    condition = contains(lookup({
      "256"   = [512, 1024, 2048]
      "512"   = range(1024, 4097, 1024)
      "1024"  = range(2048, 8193, 1024)
      "2048"  = range(4096, 16385, 1024)
      "4096"  = range(8192, 30721, 1024)
      "8192"  = range(16384, 61441, 4096)
      "16384" = range(32768, 122881, 8192)
    }, tostring(var.cpu), []), var.memory)
    error_message = "Fargate does not offer ${var.cpu} CPU units with ${var.memory} MiB. Choose one of its pairs, as in: cpu = 256, memory = 512."
  }
}

variable "min_tasks" {
  description = <<-EOT
    Tasks at rest. Deployments leave the running count alone, so a service with a fixed count (min_tasks = max_tasks) is
    resized with `aws ecs update-service --desired-count` as well
  EOT
  type        = number
  nullable    = false

  validation {
    condition     = var.min_tasks >= 1 && floor(var.min_tasks) == var.min_tasks
    error_message = "At least one task runs, as in: min_tasks = 1."
  }
}

variable "max_tasks" {
  description = "Tasks under the highest load"
  type        = number
  nullable    = false

  validation {
    condition     = var.max_tasks >= var.min_tasks && floor(var.max_tasks) == var.max_tasks
    error_message = "max_tasks is not below min_tasks, as in: min_tasks = 1, max_tasks = 4."
  }
}

variable "target_cpu_percent" {
  description = "Processor time at which the service grows or shrinks"
  type        = number
  default     = 60
  nullable    = false
}

variable "target_requests_per_minute" {
  description = "Requests to one task in a minute at which the service grows or shrinks"
  type        = number
  default     = 3000
  nullable    = false
}

variable "spot" {
  description = "Run on Fargate Spot what exceeds the first task: about 70 % cheaper, stopped with two minutes' notice"
  type        = bool
  default     = false
  nullable    = false
}

variable "migration_mode" {
  description = "When migrations run: \"task\", a one-off task before the deployment, or \"init\", a container in each task"
  type        = string
  default     = "task"
  nullable    = false

  validation {
    condition     = contains(["task", "init"], var.migration_mode)
    error_message = "Migrations run in a one-off task or in each task: migration_mode = \"task\" or \"init\"."
  }
}

variable "health_check_grace_period_seconds" {
  description = "How long a new task may take to become ready, migrations of the mode \"init\" included"
  type        = number
  default     = 120
  nullable    = false
}

variable "enable_execute_command" {
  description = "Allow `aws ecs execute-command`. It gives a shell in a running task: not for production"
  type        = bool
  default     = false
  nullable    = false
}

# ── Settings of the application ──────────────────────────────────────────────────────────────────────────────────────

variable "log_level" {
  description = "error, warn, info, debug or trace"
  type        = string
  default     = "info"
  nullable    = false

  validation {
    condition     = contains(["error", "warn", "info", "debug", "trace"], var.log_level)
    error_message = "A log level is one of error, warn, info, debug and trace, as in: log_level = \"info\"."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept"
  type        = number
  default     = 90
  nullable    = false

  validation {
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch keeps logs for certain numbers of days only, as in: 14, 30, 90 or 365."
  }
}

variable "database_ssl_mode" {
  description = "How the connection to the database is secured: require, verify-ca or verify-full"
  type        = string
  default     = "require"
  nullable    = false

  validation {
    condition     = contains(["require", "verify-ca", "verify-full"], var.database_ssl_mode)
    error_message = "A connection over the network is encrypted: database_ssl_mode = \"require\", \"verify-ca\" or \"verify-full\"."
  }
}
