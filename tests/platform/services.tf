# What the platform makes for each service that it knows.

locals {
  repositories = { for pair in setproduct(var.services, ["app", "migrations"]) : "${pair[0]}/${pair[1]}" => pair[0] }
}

resource "aws_ecr_repository" "service" {
  for_each = local.repositories

  name                 = "${var.platform}/${each.key}"
  image_tag_mutability = "IMMUTABLE"
}

ephemeral "aws_secretsmanager_random_password" "database" {
  for_each = var.services

  password_length     = 32
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret" "database" {
  for_each = var.services

  name                    = "${var.platform}/${var.environment}/${each.key}/database"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "database" {
  for_each = var.services

  secret_id = aws_secretsmanager_secret.database[each.key].id
  secret_string_wo = jsonencode({
    username = replace(each.key, "-", "_")
    password = ephemeral.aws_secretsmanager_random_password.database[each.key].random_password
  })
  secret_string_wo_version = 1
}

resource "aws_iam_policy" "boundary" {
  name = "${local.name}-service-boundary"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "AllButIdentities"
      Effect   = "Allow"
      Action   = "*"
      Resource = "*"
      }, {
      Sid      = "NoIdentities"
      Effect   = "Deny"
      Action   = ["iam:*", "organizations:*"]
      Resource = "*"
    }]
  })
}
