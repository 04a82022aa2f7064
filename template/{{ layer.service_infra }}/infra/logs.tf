resource "aws_cloudwatch_log_group" "service" {
  #checkov:skip=CKV_AWS_158:CloudWatch encrypts logs with a key of its own; a customer key costs and adds nothing against the same account
  #checkov:skip=CKV_AWS_338:How long logs are kept is chosen for each environment; a year of debug logs is cost and personal data
  name              = "/${var.platform}/${var.environment}/${var.service}"
  retention_in_days = var.log_retention_days
}
