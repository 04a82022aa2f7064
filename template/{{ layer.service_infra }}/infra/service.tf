# What this service needs of its own: buckets, queues, permissions, settings. This file is yours; template updates leave it alone.

locals {
  # Plain settings of the application, as in: { CORS_ALLOWED_ORIGINS = "https://www.example.com" }
  environment = {}

  # Its secrets in Secrets Manager, each by the secret's ARN and, after it, the key inside the secret's JSON, as in:
  # { STRIPE_KEY = "arn:aws:secretsmanager:us-east-1:123456789012:secret:stripe-AbCdEf:api_key::" }
  secrets = {}
}

# What the application itself may do on AWS: nothing, until a policy is attached to its role, as in:
#
# resource "aws_iam_role_policy" "uploads" {
#   name   = "uploads"
#   role   = aws_iam_role.task.id
#   policy = data.aws_iam_policy_document.uploads.json
# }
