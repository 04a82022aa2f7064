# Two roles, each minimal: ECS starts the task as the execution role, the application runs as the task role.

locals {
  # One name for everything that AWS wants unique in an account: <platform>-<environment>-<service>.
  name = "${var.platform}-${var.environment}-${var.service}"

  # arn:…:secret:NAME, without the key that ECS takes after it: IAM knows secrets only as a whole.
  secret_arns = distinct([for reference in values(local.secret_references) : join(":", slice(split(":", reference), 0, 7))])

  repository_arns = [
    for url in [local.contract.service["repositories.app"], local.contract.service["repositories.migrations"]] :
    replace(url, "/^([0-9]+)[.]dkr[.]ecr[.]([a-z0-9-]+)[^/]*/(.+)$/", "arn:${data.aws_partition.current.partition}:ecr:$2:$1:repository/$3")
  ]
}

# ── Execution role: pull the images, read the secrets, write the logs ────────────────────────────────────────────────

data "aws_iam_policy_document" "execution_trust" {
  statement {
    sid     = "StartsTasks"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "execution" {
  name                 = "${local.name}-execution"
  assume_role_policy   = data.aws_iam_policy_document.execution_trust.json
  permissions_boundary = local.contract.service.permissions_boundary_arn
}

data "aws_iam_policy_document" "execution" {
  statement {
    sid       = "LogInToTheRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # The action knows no resource: the token is the registry's.
  }

  statement {
    sid       = "PullTheImages"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = local.repository_arns
  }

  statement {
    sid       = "ReadTheSecrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = local.secret_arns
  }

  statement {
    sid       = "WriteTheLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.service.arn}:*"]
  }
}

resource "aws_iam_role_policy" "execution" {
  name   = "execution"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

# ── Task role: nothing, but for what service.tf adds ─────────────────────────────────────────────────────────────────

data "aws_iam_policy_document" "task_trust" {
  statement {
    sid     = "TasksOfThisAccount"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    # ECS may use the role for this account only: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cross-service-confused-deputy-prevention.html
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.aws_account_id]
    }
  }
}

resource "aws_iam_role" "task" {
  name                 = "${local.name}-task"
  assume_role_policy   = data.aws_iam_policy_document.task_trust.json
  permissions_boundary = local.contract.service.permissions_boundary_arn
}

data "aws_iam_policy_document" "execute_command" {
  statement {
    sid = "OpenTheChannels"
    actions = [
      "ssmmessages:CreateControlChannel",
      "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"] # The actions know no resource.
  }
}

resource "aws_iam_role_policy" "execute_command" {
  count = var.enable_execute_command ? 1 : 0

  name   = "execute-command"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.execute_command.json
}
